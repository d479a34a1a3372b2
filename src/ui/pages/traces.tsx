import { useMemo, useState } from 'preact/hooks';
import type { TraceFactsBody } from '../../contracts/trace-search';
import { services } from '../api/jaeger';
import { searchTraces } from '../api/traces';
import type { TraceForm } from '../api/traces';
import { Link } from '../components/link';
import { Loading } from '../components/loading';
import { SendDataHint } from '../components/send-data-hint';
import { LIMITS, TraceSearchForm } from '../components/trace-search-form';
import { TraceTable } from '../components/trace-table';
import { hrefTo, navigate, queryNow, setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { useKeys } from '../lib/use-keys';
import { useLiveTraces } from '../lib/use-live-traces';
import type { LiveTraces } from '../lib/use-live-traces';

/** The form's fields as the URL names them. */
export const FORM_FIELDS = [
  'service',
  'operation',
  'q',
  'minDuration',
  'maxDuration',
  'minTokens',
  'maxTokens',
  'minCost',
  'maxCost',
  'errors',
  'limit',
] as const satisfies readonly (keyof TraceForm)[];

/** Search over traces, once or live; the form is the URL. */
export default function Traces() {
  const { query } = useLocation();
  const { range } = useTimeRange();
  const [cursor, setCursor] = useState('');
  const form = readForm(query);
  const live = query.get('live') ?? '';
  const more = LIMITS.find((limit) => Number(limit) > Number(form.limit));
  const picked = (query.get('pick') ?? '').split('.').filter((id) => id !== '');
  const formKey = JSON.stringify(form);
  // A live list begins with what is there at that moment and grows by what comes in.
  const since = useMemo(() => Date.now(), [formKey, live === '']);
  const to = live === '' ? range.to : since;
  const known = useFetched(`services@${Math.floor(range.to / 15_000)}`, (signal) => services(signal));
  const found = useFetched(`${formKey}@${range.to - range.from}@${to}`, (signal) =>
    searchTraces(form, to - (range.to - range.from), to, signal),
  );
  const stream = useLiveTraces(form, live !== '', live === 'paused', since);
  const rows = useMemo(
    () => newestFirst(found.value?.traces ?? [], stream.shown, Math.max(Number(form.limit), live === '' ? 0 : 200)),
    [found.value, stream.shown, form.limit, live],
  );

  useKeys((key, event) => {
    const at = rows.findIndex(({ traceId }) => traceId === cursor);
    if (key === 'j') setCursor(rows[Math.min(rows.length - 1, at + 1)]?.traceId ?? '');
    else if (key === 'k') setCursor(rows[Math.max(0, at - 1)]?.traceId ?? '');
    else if (key === 'Enter' && event.target === document.body && at >= 0) navigate(hrefTo(`/trace/${cursor}`));
    else if (key === 'l') setQuery({ live: queryNow('live') === '' ? '1' : undefined });
    else if (key === 'p' && queryNow('live') !== '') setQuery({ live: queryNow('live') === 'paused' ? '1' : 'paused' });
    else if (key === '/') {
      event.preventDefault();
      document.getElementById('trace-conditions')?.focus();
    }
  });
  if (known.value?.length === 0) return <SendDataHint />;
  return (
    <div class="stack">
      <TraceSearchForm form={form} services={known.value ?? []} />
      {found.error !== undefined && <p class="notice error">{found.error}</p>}
      <div class="row list-head">
        <LiveBar live={live} stream={stream} />
        <span class="grow" />
        {picked.length === 2 && (
          <Link class="button primary" href={hrefTo(`/trace/${picked[0]}`, { compare: picked[1] ?? '' })}>
            Compare the two
          </Link>
        )}
        {picked.length === 1 && <span class="muted small">Tick a second trace to compare the two.</span>}
        {found.value !== undefined && rows.length > 0 && (
          <span class="muted small" role="status">
            {live === '' && rows.length >= Number(form.limit)
              ? `the newest ${rows.length}; older ones may pass too`
              : `${rows.length === 1 ? '1 trace' : `${rows.length} traces`}, the newest first`}
          </span>
        )}
        {live === '' && more !== undefined && rows.length >= Number(form.limit) && (
          <button class="button" type="button" onClick={() => setQuery({ limit: more })}>
            Show {more}
          </button>
        )}
      </div>
      {found.value?.truncated === true && (
        <p class="notice row" role="status">
          Only the newest {found.value.examined.toLocaleString('en-US')} candidates were looked through: older traces
          that pass are not listed. A shorter range, a service or an attribute=value condition narrows what is looked
          through.
        </p>
      )}
      {found.value === undefined && found.error === undefined && <Loading height={320} />}
      <TraceTable
        rows={rows}
        cursor={cursor}
        picked={picked}
        onPick={(id) =>
          setQuery({
            pick: (picked.includes(id) ? picked.filter((each) => each !== id) : [...picked, id].slice(-2)).join('.'),
          })
        }
      />
      {rows.length === 0 && found.value !== undefined && (
        <div class="empty">
          <p>
            {live === '' ? 'No trace in this range passes the conditions.' : 'Waiting for the first trace that passes.'}
          </p>
          {live === '' && (
            <div class="row">
              <button
                class="button"
                type="button"
                onClick={() => setQuery(Object.fromEntries(FORM_FIELDS.map((name) => [name, undefined])))}
              >
                Drop the conditions
              </button>
              <button class="button" type="button" onClick={() => setQuery({ from: 'now-24h', to: undefined })}>
                Look at the last 24 hours
              </button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function LiveBar({ live, stream }: { readonly live: string; readonly stream: LiveTraces }) {
  const paused = live === 'paused';
  return (
    <>
      <button
        class="button"
        type="button"
        aria-pressed={live !== ''}
        title="Traces appear as they come in (l)"
        onClick={() => setQuery({ live: live === '' ? '1' : undefined })}
      >
        <span
          class={`dot ${live === '' ? '' : stream.state === 'live' ? (paused ? 'warn' : 'good') : 'bad'}`}
          aria-hidden="true"
        />
        Live
      </button>
      {live !== '' && (
        <button
          class="button"
          type="button"
          title="Keeps the list still (p)"
          onClick={() => setQuery({ live: paused ? '1' : 'paused' })}
        >
          {paused ? 'Resume' : 'Pause'}
        </button>
      )}
      {live !== '' && stream.state !== 'live' && (
        <span class="small warn" role="status">
          {stream.state === 'lost'
            ? 'Connection lost, connecting again …'
            : stream.state === 'refused'
              ? 'The server refuses another live view, asking again …'
              : 'Connecting …'}
        </span>
      )}
      {stream.waiting.size > 0 && (
        <button class="pill ok" type="button" title="Show them" onClick={stream.take}>
          <span aria-live="polite">{stream.waiting.size} new</span>
        </button>
      )}
    </>
  );
}

function readForm(query: URLSearchParams): TraceForm {
  const read = (name: string): string => query.get(name) ?? '';
  return {
    service: read('service'),
    operation: read('operation'),
    // Older links name it `tags`.
    q: read('q') || read('tags'),
    minDuration: read('minDuration') || read('min'),
    maxDuration: read('maxDuration') || read('max'),
    minTokens: read('minTokens'),
    maxTokens: read('maxTokens'),
    minCost: read('minCost'),
    maxCost: read('maxCost'),
    errors: read('errors'),
    limit: read('limit') || '30',
  };
}

/** A trace that came in anew stands for the one that was found. */
function newestFirst(
  found: readonly TraceFactsBody[],
  arrived: ReadonlyMap<string, TraceFactsBody>,
  limit: number,
): TraceFactsBody[] {
  return [...found.filter(({ traceId }) => !arrived.has(traceId)), ...arrived.values()]
    .sort((a, b) => b.start - a.start)
    .slice(0, limit);
}
