import { notificationHistory } from '../api/alerts';
import type { NotificationRow } from '../api/alerts';
import type { AlertTabProps } from '../lib/alert-tab';
import { setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { Loading } from './loading';
import { Time } from './time';

const GRADES: Readonly<Record<string, string>> = {
  delivered: 'ok',
  refused: 'error',
  dropped: 'error',
  postponed: 'warning',
  suppressed: 'warning',
};

/** What was sent, what was kept back and why, what failed. */
export function NotificationHistory({ turn }: AlertTabProps) {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const event = query.get('event') ?? '';
  const { value, error } = useFetched(`notifications@${range.from}@${range.to}@${turn}`, (signal) =>
    notificationHistory(range.from, range.to, signal),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading />;
  if (value.length === 0)
    return (
      <div class="empty">
        <p>Nothing was sent or kept back in this range of time.</p>
        <button class="button" type="button" onClick={() => setQuery({ from: 'now-24h', to: undefined })}>
          Look at the last 24 hours
        </button>
      </div>
    );
  const events = [...new Set(value.map((row) => row.value.event))];
  const rows = value.filter((row) => event === '' || row.value.event === event);
  return (
    <>
      <div class="row">
        {events.map((name) => (
          <button
            key={name}
            class={`pill ${GRADES[name] ?? ''}`}
            type="button"
            aria-pressed={event === name}
            onClick={() => setQuery({ event: event === name ? undefined : name })}
          >
            {value.filter((row) => row.value.event === name).length} {name}
          </button>
        ))}
      </div>
      <section class="card scroll-x">
        <table>
          <thead>
            <tr>
              <th>When</th>
              <th>What</th>
              <th>To</th>
              <th>About</th>
              <th>Why</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, 200).map((row, index) => (
              <tr key={`${row.t}.${index}`}>
                <td class="number nowrap">
                  <Time at={row.t} now={range.to} />
                </td>
                <td>
                  <span class={`pill ${GRADES[row.value.event] ?? ''}`}>{row.value.event}</span>
                  {(row.value.attempts ?? 1) > 1 && <div class="muted small">after {row.value.attempts} attempts</div>}
                </td>
                <td>{row.value.integration ?? row.value.receiver ?? '–'}</td>
                <td>
                  <About row={row} />
                </td>
                <td>
                  {row.value.reason}
                  {row.value.message !== undefined && <div class="muted small">{row.value.message}</div>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length > 200 && <p class="muted small more">The last 200 of {rows.length}.</p>}
      </section>
    </>
  );
}

/** The group's labels, and a way to each alert. */
function About({ row: { value } }: { readonly row: NotificationRow }) {
  const labels = /:(\{.*\})$/.exec(value.groupKey ?? '')?.[1] ?? '';
  return (
    <>
      {labels !== '' && labels !== '{}' && <span class="mono small">{labels}</span>}
      <div class="small inline">
        {value.fingerprints.slice(0, 5).map((fingerprint) => (
          <button
            key={fingerprint}
            class="linklike mono"
            type="button"
            title="Why it was or was not notified"
            onClick={() => {
              setQuery({ alert: fingerprint });
              window.scrollTo(0, 0);
            }}
          >
            {fingerprint.slice(0, 8)}{' '}
          </button>
        ))}
        {value.fingerprints.length > 5 && <span class="muted">and {value.fingerprints.length - 5} more</span>}
      </div>
    </>
  );
}
