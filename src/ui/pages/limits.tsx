import type { ComponentChildren } from 'preact';
import { getJson } from '../api/http';
import { queryInstant } from '../api/prometheus';
import { contentLog } from '../api/traces';
import { Link } from '../components/link';
import { Loading } from '../components/loading';
import { Time } from '../components/time';
import { formatAgo, formatSeconds, formatTime, formatValue } from '../lib/format';
import { hrefTo } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

/** Something that is counted when data does not become what was sent. */
interface Loss {
  readonly title: string;
  readonly explanation: string;
  /** PromQL of the counter, all its series added up. */
  readonly counter: string;
  /** `gauge`: it counts since the start of the process without being a counter. */
  readonly gauge?: true;
}

const LOSSES: readonly Loss[] = [
  {
    title: 'Requests not taken',
    explanation: 'OTLP requests that were answered with an error; exporters send most of them again.',
    counter: 'sum(telltale_ingest_failed_requests_total)',
  },
  {
    title: 'Records rejected',
    explanation: 'Records of accepted requests that could not be read or broke a limit.',
    counter: 'sum(telltale_ingest_rejected_records_total)',
  },
  {
    title: 'Span writes refused',
    explanation: 'The queue to the store of spans was full; the exporter was told to come back later.',
    counter: 'sum(telltale_span_store_refused_total)',
  },
  {
    title: 'Spans sampled out',
    explanation: 'Dropped on purpose by tail sampling: failed, slow and rare traces are kept.',
    counter: 'sum(telltale_span_store_sampled_out_spans)',
    gauge: true,
  },
  {
    title: 'Metric samples refused',
    explanation: 'Too old, or of a series beyond the limit.',
    counter: 'sum(telltale_tsdb_refused_samples_total)',
  },
  {
    title: 'Operations counted as “other”',
    explanation: 'There were too many different names: their spans are kept, their metrics are lumped together.',
    counter: 'sum(telltale_ingest_span_metric_overflow_total)',
  },
  {
    title: 'Rule evaluations missed',
    explanation: 'Slots that passed before the one before was done.',
    counter: 'sum(telltale_rule_group_iterations_missed_total)',
  },
  {
    title: 'Alerts not handed over',
    explanation: 'They are sent again until they are taken.',
    counter: 'sum(telltale_rule_alerts_send_failures_total)',
  },
];

interface Redaction {
  readonly rule: string;
  readonly count: number;
  readonly lastAt: number;
}

interface Conformance {
  readonly emitter: string;
  readonly version: string;
  readonly kind: string;
  readonly key: string;
  readonly message: string;
  readonly count: number;
}

/** What is kept and for how long, what was lost on the way, taken out, and looked at. */
export default function Limits() {
  return (
    <div class="stack">
      <Kept />
      <Losses />
      <div class="grid">
        <Redactions />
        <ContentShown />
      </div>
      <ConformanceReport />
    </div>
  );
}

function Kept() {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`kept@${Math.floor(range.to / 15_000)}`, async (signal) => {
    const number = async (query: string): Promise<number | undefined> => {
      const text = (await queryInstant(query, range.to, signal)).result[0]?.value[1];
      return text === undefined ? undefined : Number(text);
    };
    const [spans, tsdb, runtime, records, spanBytes, blockBytes, logBytes, full] = await Promise.all([
      getJson<{ spansSince: number | null }>('/api/stack/kept', signal),
      getJson<{ data: { headStats: { minTime: number; numSeries: number } } }>('/api/v1/status/tsdb', signal),
      getJson<{ data: { storageRetention: string } }>('/api/v1/status/runtimeinfo', signal),
      number('sum(telltale_span_store_records)'),
      number('sum(telltale_span_store_size_bytes)'),
      number('sum(telltale_tsdb_block_bytes)'),
      number('sum(telltale_tsdb_log_bytes)'),
      number('max(telltale_tsdb_series_ratio)'),
    ]);
    return {
      spansSince: spans.spansSince,
      seriesSince: tsdb.data.headStats.minTime,
      series: tsdb.data.headStats.numSeries,
      retention: runtime.data.storageRetention,
      records,
      spanBytes,
      seriesBytes: blockBytes === undefined && logBytes === undefined ? undefined : (blockBytes ?? 0) + (logBytes ?? 0),
      full,
    };
  });
  if (error !== undefined) return <p class="notice error">{error}</p>;
  if (value === undefined) return <Loading height={320} />;
  return (
    <div class="grid-4">
      <Fact
        title="Spans and logs since"
        text={value.spansSince === null ? '–' : formatTime(value.spansSince, range.to)}
        hint={value.spansSince === null ? 'none is kept yet' : formatAgo(value.spansSince, range.to)}
      />
      <Fact
        title="Spans and logs kept"
        text={formatValue(value.records)}
        hint={`${formatValue(value.spanBytes, 'bytes')} on disk`}
      />
      <Fact
        title="Metrics in memory since"
        text={value.seriesSince > 0 ? formatTime(value.seriesSince, range.to) : '–'}
        hint={`kept for ${value.retention}`}
      />
      <Fact
        title="Series"
        text={formatValue(value.series)}
        hint={`${formatValue(value.full, 'percentunit')} of the most allowed · ${formatValue(value.seriesBytes, 'bytes')} on disk`}
      />
    </div>
  );
}

function Losses() {
  const { range } = useTimeRange();
  const seconds = Math.max(60, Math.round((range.to - range.from) / 1000));
  const { value, error } = useFetched(`losses@${range.to}@${seconds}`, (signal) =>
    Promise.all(
      LOSSES.map(async ({ counter, gauge }) => {
        const inner = counter.replace(/^sum\((.*)\)$/, '$1');
        const [total, recent] = await Promise.all([
          queryInstant(counter, range.to, signal),
          queryInstant(`sum(${gauge === true ? 'delta' : 'increase'}(${inner}[${seconds}s]))`, range.to, signal),
        ]);
        const read = (answer: typeof total): number | undefined => {
          const text = answer.result[0]?.value[1];
          return text === undefined ? undefined : Number(text);
        };
        // What a range begins and ends with is estimated: it cannot have been more than there ever was.
        const [all, last] = [read(total), read(recent)];
        return { total: all, recent: last === undefined || all === undefined ? last : Math.min(last, all) };
      }),
    ),
  );
  if (error !== undefined) return <p class="notice error">{error}</p>;
  const none = value?.every(({ total }) => total === undefined || total === 0) === true;
  return (
    <section class="card scroll-x">
      <header>
        <h3>Lost, refused, sampled</h3>
        {none && <span class="pill ok">nothing since the start</span>}
      </header>
      <table>
        <thead>
          <tr>
            <th>What</th>
            <th class="right">In the last {formatSeconds(seconds)}</th>
            <th class="right">Since the start</th>
            <th>
              <span class="visually-hidden">Query</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {LOSSES.map((loss, index) => {
            const found = value?.[index];
            return (
              <tr key={loss.title}>
                <td>
                  {loss.title}
                  <div class="muted small">{loss.explanation}</div>
                </td>
                <td class={`right ${(found?.recent ?? 0) >= 1 ? 'warn' : ''}`}>
                  {value === undefined
                    ? '…'
                    : formatValue(found?.recent === undefined ? null : Math.round(found.recent))}
                </td>
                <td class={`right ${(found?.total ?? 0) > 0 ? 'warn' : ''}`}>
                  {value === undefined ? '…' : formatValue(found?.total)}
                </td>
                <td class="right">
                  <Link
                    class="small"
                    href={hrefTo('/explore', { q: loss.counter })}
                    aria-label={`query of ${loss.title}`}
                  >
                    query
                  </Link>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** Where a column stands, and what it is of each row. */
interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  readonly class?: string;
}

interface RecordsProps<T> {
  readonly title: string;
  readonly subtitle: string;
  /** What is said while there are no rows. */
  readonly none: string;
  readonly name: string;
  readonly load: (signal: AbortSignal) => Promise<readonly T[]>;
  readonly columns: readonly Column<T>[];
  readonly most?: number;
}

/** A card with the latest rows of something that is kept in memory; read again every 15 seconds. */
function Records<T>({ title, subtitle, none, name, load, columns, most = 100 }: RecordsProps<T>) {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`${name}@${Math.floor(range.to / 15_000)}`, load);
  return (
    <section class="card scroll-x">
      <header>
        <h3>{title}</h3>
        <span class="muted small">{subtitle}</span>
      </header>
      {error !== undefined && <p class="notice error">{error}</p>}
      {value === undefined && error === undefined && <Loading height={24} />}
      {value?.length === 0 && <p class="muted small">{none}</p>}
      {value !== undefined && value.length > 0 && (
        <table class="small tight">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.title} class={column.class === 'right' ? 'right' : undefined}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value.slice(0, most).map((row, index) => (
              <tr key={index}>
                {columns.map((column) => (
                  <td key={column.title} class={column.class}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Redactions() {
  const { range } = useTimeRange();
  return (
    <Records
      title="Taken out on arrival"
      subtitle="secrets and what the configuration masks"
      none="Nothing had to be taken out since the start."
      name="redaction"
      load={(signal) => getJson<Redaction[]>('/api/stack/redaction', signal)}
      columns={[
        { title: 'Rule', class: 'mono', cell: ({ rule }) => rule },
        { title: 'Times', class: 'right', cell: ({ count }) => count.toLocaleString('en-US') },
        { title: 'Last', class: 'right', cell: ({ lastAt }) => <Time at={lastAt} now={range.to} /> },
      ]}
    />
  );
}

function ContentShown() {
  const { range } = useTimeRange();
  return (
    <Records
      title="Who looked at content"
      subtitle="prompts, answers, arguments of tools"
      none="Nobody since the start."
      name="content-log"
      load={contentLog}
      most={20}
      columns={[
        { title: 'When', class: 'number', cell: ({ at }) => <Time at={at} now={range.to} /> },
        { title: 'From', class: 'mono', cell: ({ by }) => by },
        {
          title: 'Span',
          cell: ({ traceId, spanId }) => (
            <Link class="mono" href={hrefTo(`/trace/${traceId}`, { span: spanId })}>
              {spanId}
            </Link>
          ),
        },
      ]}
    />
  );
}

function ConformanceReport() {
  return (
    <Records
      title="What emitters write amiss"
      subtitle="against the OpenTelemetry conventions; it is read all the same where it can be"
      none="Nothing: all that came keeps to the conventions."
      name="conformance"
      load={(signal) => getJson<Conformance[]>('/api/stack/conformance', signal)}
      columns={[
        {
          title: 'Emitter',
          cell: ({ emitter, version }) => (
            <>
              {emitter} <span class="muted">{version}</span>
            </>
          ),
        },
        { title: 'Attribute', class: 'mono', cell: ({ key }) => key },
        { title: 'What', cell: ({ message }) => message },
        { title: 'Times', class: 'right', cell: ({ count }) => count.toLocaleString('en-US') },
      ]}
    />
  );
}

function Fact({ title, text, hint }: { readonly title: string; readonly text: string; readonly hint: string }) {
  return (
    <div class="card">
      <div class="muted small">{title}</div>
      <div class="big">{text}</div>
      <div class="muted small">{hint}</div>
    </div>
  );
}
