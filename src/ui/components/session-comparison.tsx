import type { StackSessionDetail } from '../../contracts/stack';
import { session } from '../api/stack';
import { hrefTo } from '../lib/location';
import { useFetched } from '../lib/use-fetched';
import { ContextChart } from './context-chart';
import { FigureTable } from './figure-table';
import { Link } from './link';
import { Loading } from './loading';

/** Two sessions side by side: their figures, and how their contexts grew. */
export function SessionComparison({ first, second }: { readonly first: string; readonly second: string }) {
  const { value, error } = useFetched(`sessions:${first}:${second}`, (signal) =>
    Promise.all([session(first, signal), session(second, signal)]),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading />;
  const [a, b] = value;
  const figures = (read: (detail: StackSessionDetail) => number | string | null) => ({ a: read(a), b: read(b) });
  return (
    <div class="stack">
      <div class="row">
        <h2>Two sessions</h2>
        <span class="grow" />
        <Link class="button" href={hrefTo(`/sessions/${encodeURIComponent(second)}`, { compare: first })}>
          Swap
        </Link>
        <Link class="button" href={hrefTo(`/sessions/${encodeURIComponent(first)}`)}>
          Only the first
        </Link>
      </div>
      <FigureTable
        titles={[a.session.slice(0, 18), b.session.slice(0, 18)]}
        hrefs={[
          hrefTo(`/sessions/${encodeURIComponent(a.session)}`),
          hrefTo(`/sessions/${encodeURIComponent(b.session)}`),
        ]}
        figures={[
          { name: 'Assistant', unit: 'text', ...figures((each) => each.emitter || each.service) },
          { name: 'Models', unit: 'text', ...figures((each) => each.models.join(', ')) },
          { name: 'Started', unit: 'time', ...figures((each) => each.start) },
          { name: 'Length', unit: 'seconds', ...figures((each) => (each.end - each.start) / 1000) },
          { name: 'Turns', unit: 'count', ...figures((each) => each.turns || null) },
          { name: 'Model calls', unit: 'count', ...figures((each) => each.modelCalls) },
          { name: 'Failed calls', unit: 'count', ...figures((each) => each.failedCalls) },
          { name: 'Tool calls', unit: 'count', ...figures((each) => each.toolCalls) },
          { name: 'Failed tools', unit: 'count', ...figures((each) => each.failedToolCalls) },
          { name: 'Input tokens', unit: 'count', ...figures((each) => each.tokens.input) },
          { name: 'of it read from cache', unit: 'share', ...figures(cacheShare) },
          { name: 'Output tokens', unit: 'count', ...figures((each) => each.tokens.output) },
          { name: 'Cost', unit: 'usd', ...figures((each) => each.costUsd ?? each.reportedCostUsd) },
          { name: 'Waited for a person', unit: 'seconds', ...figures((each) => each.waitMs / 1000 || null) },
        ]}
      />
      <div class="compare">
        <ContextChart calls={a.calls} />
        <ContextChart calls={b.calls} />
      </div>
    </div>
  );
}

function cacheShare({ tokens }: StackSessionDetail): number | null {
  return tokens.cacheRead === null || tokens.input === null || tokens.input === 0
    ? null
    : tokens.cacheRead / tokens.input;
}
