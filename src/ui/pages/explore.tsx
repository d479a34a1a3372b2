import { useEffect, useState } from 'preact/hooks';
import { queryInstant, seriesName } from '../api/prometheus';
import type { InstantSample } from '../api/prometheus';
import { Loading } from '../components/loading';
import { QueryChart } from '../components/query-chart';
import { lazy } from '../lib/lazy';
import { setQuery, useLocation } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { formatTime, formatValue } from '../lib/format';
import type { PromqlEditorProps } from '../components/promql-editor';

/** Rows of a table. */
const MOST_SAMPLES = 500;

const PromqlEditor = lazy<PromqlEditorProps>(() => import('../components/promql-editor'), 36);

/** PromQL by hand: several queries, each as graph and table. The queries live in the URL, one per line of `q`. */
export default function Explore() {
  const { query } = useLocation();
  const committed = (query.get('q') ?? '').split('\n').filter((line) => line !== '');
  const [drafts, setDrafts] = useState<string[]>(committed.length === 0 ? [''] : committed);
  const view = query.get('view') ?? 'graph';
  useEffect(() => {
    if (committed.join('\n') !== drafts.filter((draft) => draft !== '').join('\n'))
      setDrafts(committed.length === 0 ? [''] : committed);
  }, [query.get('q')]);
  const run = (list: readonly string[]): void =>
    setQuery(
      {
        q: list
          .map((each) => each.replaceAll('\n', ' ').trim())
          .filter((each) => each !== '')
          .join('\n'),
      },
      { push: true },
    );
  const change = (index: number, text: string): string[] => drafts.map((draft, at) => (at === index ? text : draft));
  return (
    <div class="stack">
      <section class="card stack">
        {drafts.map((draft, index) => (
          <div key={index} class="row editor-row">
            <PromqlEditor
              value={draft}
              label={`Query ${index + 1}`}
              onChange={(text) => setDrafts(change(index, text))}
              onRun={(text) => run(change(index, text))}
            />
            {drafts.length > 1 && (
              <button
                class="button"
                type="button"
                aria-label={`Remove query ${index + 1}`}
                onClick={() => run(drafts.filter((_draft, at) => at !== index))}
              >
                ✕
              </button>
            )}
          </div>
        ))}
        <div class="row">
          <button class="button primary" type="button" onClick={() => run(drafts)}>
            Run
          </button>
          <button class="button" type="button" onClick={() => setDrafts([...drafts, ''])}>
            Add a query
          </button>
          <span class="grow" />
          {['graph', 'table'].map((name) => (
            <button
              key={name}
              class="button"
              type="button"
              aria-pressed={view === name}
              onClick={() => setQuery({ view: name === 'graph' ? undefined : name })}
            >
              {name === 'graph' ? 'Graph' : 'Table'}
            </button>
          ))}
        </div>
      </section>
      {committed.length === 0 ? (
        <div class="empty">
          <p>Write an expression above and press Ctrl-Enter. For example:</p>
          {[
            'sum by (stage) (rate(telltale_operations_total[5m]))',
            'topk(5, sum by (model) (increase(telltale_tokens_total[1h])))',
          ].map((example) => (
            <button key={example} class="button mono" type="button" onClick={() => run([example])}>
              {example}
            </button>
          ))}
        </div>
      ) : view === 'table' ? (
        committed.map((expr) => <ResultTable key={expr} expr={expr} />)
      ) : (
        <section class="card">
          <QueryChart
            bare
            title={committed.join(', ')}
            height={380}
            exemplars
            queries={committed.map((expr) => ({ expr }))}
          />
        </section>
      )}
    </div>
  );
}

function ResultTable({ expr }: { readonly expr: string }) {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`${expr}@${range.to}`, (signal) => queryInstant(expr, range.to, signal));
  return (
    <section class="card">
      <header>
        <code>{expr}</code>
        <span class="grow" />
        {value !== undefined && <span class="muted small">{value.result.length.toLocaleString('en-US')} series</span>}
      </header>
      {error !== undefined && <p class="notice error">{error}</p>}
      {[...(value?.warnings ?? []), ...(value?.infos ?? [])].map((text) => (
        <p key={text} class="notice">
          {text}
        </p>
      ))}
      {value === undefined && error === undefined && <Loading />}
      {value !== undefined && value.result.length > 0 && <Samples samples={value.result} />}
      {value?.result.length === 0 && <p class="muted small">Nothing has these labels at {formatTime(range.to)}.</p>}
    </section>
  );
}

/** Samples by what tells them apart; what all have in common is said once. */
function Samples({ samples }: { readonly samples: readonly InstantSample[] }) {
  const shared = Object.entries(samples[0]?.metric ?? {}).filter(
    ([name, value]) => samples.length > 1 && samples.every(({ metric }) => metric[name] === value),
  );
  const names = new Set(shared.map(([name]) => name));
  return (
    <div class="scroll-x">
      {shared.length > 0 && (
        <p class="small">
          <span class="muted">all</span> <span class="mono">{seriesName(Object.fromEntries(shared))}</span>
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th>Series</th>
            <th class="right">Value</th>
          </tr>
        </thead>
        <tbody>
          {samples.slice(0, MOST_SAMPLES).map(({ metric, value: [, text] }) => (
            <tr key={JSON.stringify(metric)}>
              <td class="mono">
                {seriesName(Object.fromEntries(Object.entries(metric).filter(([name]) => !names.has(name))))}
              </td>
              <td class="right number" title={text}>
                {formatValue(Number(text), 'none')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {samples.length > MOST_SAMPLES && (
        <p class="muted small more">
          The first {MOST_SAMPLES} of {samples.length.toLocaleString('en-US')}: topk() or a label narrows them.
        </p>
      )}
    </div>
  );
}
