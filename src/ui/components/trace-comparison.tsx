import { useMemo } from 'preact/hooks';
import type { StackTraceDifference } from '../../contracts/stack';
import type { TraceFactsBody, TraceOutlineBody } from '../../contracts/trace-search';
import { compareTraces, traceOutline } from '../api/traces';
import { formatSeconds } from '../lib/format';
import { hrefTo, navigate, setQuery, useLocation } from '../lib/location';
import { buildTree, flatten, visibleRows } from '../lib/trace-model';
import { useFetched } from '../lib/use-fetched';
import { FigureTable } from './figure-table';
import { Link } from './link';
import { Loading } from './loading';
import { Waterfall } from './waterfall';

const NOTHING: ReadonlySet<string> = new Set();

/** Two traces side by side: their figures, place by place, and both waterfalls. */
export function TraceComparison({ outline, other }: { readonly outline: TraceOutlineBody; readonly other: string }) {
  const a = outline.facts;
  const second = useFetched(`trace:${other}`, (signal) => traceOutline(other, signal));
  const places = useFetched(`compare:${a.traceId}:${other}`, (signal) => compareTraces(a.traceId, other, signal));
  const error = second.error ?? places.error;
  const b = second.value?.facts;
  return (
    <div class="stack">
      <div class="row">
        <h2>Two traces</h2>
        <span class="grow" />
        <Link
          class="button"
          href={hrefTo(`/trace/${other}`, { compare: a.traceId })}
          title="Take the other one as what is compared with"
        >
          Swap
        </Link>
        <Link class="button" href={hrefTo(`/trace/${a.traceId}`)}>
          Only the first
        </Link>
      </div>
      {error !== undefined && <p class="notice error">{error}</p>}
      {b !== undefined && <Figures a={a} b={b} />}
      {places.value !== undefined && <Places rows={places.value} />}
      <div class="compare">
        <Side outline={outline} />
        {second.value === undefined ? <Loading /> : <Side outline={second.value} />}
      </div>
    </div>
  );
}

function Figures({ a, b }: { readonly a: TraceFactsBody; readonly b: TraceFactsBody }) {
  return (
    <FigureTable
      titles={[`${a.name} ${a.traceId.slice(0, 8)}`, `${b.name} ${b.traceId.slice(0, 8)}`]}
      hrefs={[hrefTo(`/trace/${a.traceId}`), hrefTo(`/trace/${b.traceId}`)]}
      figures={[
        { name: 'Started', unit: 'time', a: a.start, b: b.start },
        { name: 'Duration', unit: 'seconds', a: a.durationMs / 1000, b: b.durationMs / 1000 },
        { name: 'Spans', unit: 'count', a: a.spanCount, b: b.spanCount },
        { name: 'Failed', unit: 'count', a: a.errorCount, b: b.errorCount },
        { name: 'Tokens', unit: 'count', a: a.tokens, b: b.tokens },
        { name: 'Cost', unit: 'usd', a: a.costUsd, b: b.costUsd },
        { name: 'Models', unit: 'text', a: a.models.join(', '), b: b.models.join(', ') },
      ]}
    />
  );
}

/** Where in the tree the two differ, the largest difference in time first. */
function Places({ rows }: { readonly rows: readonly StackTraceDifference[] }) {
  const { query } = useLocation();
  const all = query.get('places') === 'all';
  const sorted = useMemo(() => [...rows].sort((x, y) => Math.abs(y.msB - y.msA) - Math.abs(x.msB - x.msA)), [rows]);
  const shown = all ? sorted : sorted.slice(0, 12);
  const most = Math.max(0.001, ...rows.map((row) => Math.max(row.msA, row.msB)));
  return (
    <section class="card scroll-x">
      <header>
        <h3>Where they differ</h3>
        <span class="muted small">by place in the tree, all spans of a place added up</span>
        <span class="grow" />
        {sorted.length > 12 && (
          <button class="button" type="button" onClick={() => setQuery({ places: all ? undefined : 'all' })}>
            {all ? 'Fewer' : `All ${sorted.length}`}
          </button>
        )}
      </header>
      <table class="places">
        <thead>
          <tr>
            <th>Place</th>
            <th class="right">Count</th>
            <th>First, second</th>
            <th class="right">Difference</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.path.join('\u0000')}>
              <td>
                <PlacePath path={row.path} />
                {row.countA === 0 && <span class="pill warning">only in the second</span>}
                {row.countB === 0 && <span class="pill warning">only in the first</span>}
                {row.errorsA !== row.errorsB && (
                  <span class="pill error">
                    {row.errorsA} → {row.errorsB} failed
                  </span>
                )}
              </td>
              <td class="right">{row.countA === row.countB ? row.countA : `${row.countA} → ${row.countB}`}</td>
              <td class="pair">
                <PairBar a={row.msA} b={row.msB} most={most} />
              </td>
              <td class={`right ${gradeOf(row, most)}`}>
                {row.msA === row.msB ? (
                  'same'
                ) : (
                  <>
                    {row.msB > row.msA ? '+' : '−'}
                    {formatSeconds(Math.abs(row.msB - row.msA) / 1000)}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What changed by a fifth, and by enough to matter in the whole. */
function gradeOf({ msA, msB }: StackTraceDifference, most: number): string {
  if (Math.abs(msB - msA) < most * 0.02) return 'muted';
  return msB > msA * 1.2 ? 'bad' : msB < msA * 0.8 ? 'good' : '';
}

/** `service operation` entries; the service is named where it changes. */
function PlacePath({ path }: { readonly path: readonly string[] }) {
  const names = path.map((entry, index) => {
    const service = entry.slice(0, entry.indexOf(' ') + 1);
    return index > 0 && service !== '' && path[index - 1]?.startsWith(service) === true
      ? entry.slice(service.length)
      : entry;
  });
  return (
    <>
      {names.length > 1 && <span class="muted small">{names.slice(0, -1).join(' › ')} › </span>}
      {names.at(-1)}{' '}
    </>
  );
}

function PairBar({ a, b, most }: { readonly a: number; readonly b: number; readonly most: number }) {
  return (
    <div class="pair-bar" title={`${formatSeconds(a / 1000)}, ${formatSeconds(b / 1000)}`}>
      <i style={{ width: `${(a / most) * 100}%` }} class="first" />
      <i style={{ width: `${(b / most) * 100}%` }} />
    </div>
  );
}

function Side({ outline }: { readonly outline: TraceOutlineBody }) {
  const { facts } = outline;
  const roots = useMemo(() => buildTree(outline.spans), [outline]);
  const all = useMemo(() => flatten(roots), [roots]);
  const rows = useMemo(() => visibleRows(roots, NOTHING, true), [roots]);
  return (
    <div class="compact">
      <Waterfall
        rows={rows}
        all={all}
        start={Math.round(facts.start * 1000)}
        duration={facts.durationMs * 1000}
        path={undefined}
        found={undefined}
        collapsed={NOTHING}
        selected=""
        colorBy={facts.services.length > 1 ? 'service' : 'operation'}
        mode="time"
        zoom={undefined}
        ruler={[]}
        onZoom={() => undefined}
        onRuler={() => undefined}
        onToggle={() => undefined}
        onSelect={(id) => navigate(hrefTo(`/trace/${facts.traceId}`, { span: id }))}
      />
    </div>
  );
}
