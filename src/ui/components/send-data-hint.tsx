import { hrefTo } from '../lib/location';
import { Link } from './link';

/** Shown where nothing has arrived yet. */
export function SendDataHint() {
  return (
    <div class="empty">
      <h2>Nothing has arrived yet</h2>
      <p>
        Point an assistant or any OpenTelemetry exporter at <code>{window.location.origin}</code>. The exact lines for
        each are one click away, and this page fills as soon as the first span is in.
      </p>
      <Link class="button primary" href={hrefTo('/setup')}>
        Show me the lines
      </Link>
    </div>
  );
}
