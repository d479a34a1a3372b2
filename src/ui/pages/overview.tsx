import { activeAlerts } from '../api/alerts';
import { queryInstant } from '../api/prometheus';
import { services } from '../api/jaeger';
import { Link } from '../components/link';
import { QueryChart } from '../components/query-chart';
import { Stat } from '../components/stat';
import { SendDataHint } from '../components/send-data-hint';
import { formatAgo, formatExact, formatValue } from '../lib/format';
import { hrefTo } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';

const STAGES: readonly (readonly [stage: string, title: string])[] = [
  ['parsing', 'Parse & validate'],
  ['inference', 'Model inference'],
  ['tool', 'Tools'],
  ['response', 'Response'],
];

/** So many firing alerts are named here; the others are a click away. */
const MOST_ALERTS = 8;

/** The health of the critical path at a glance; every number leads to its evidence. */
export function Overview() {
  const { range } = useTimeRange();
  const window = `${Math.max(15, Math.min(3600, Math.round((range.to - range.from) / 1000 / 5)))}s`;
  const known = useFetched(`services@${Math.floor(range.to / 15_000)}`, (signal) => services(signal));
  return (
    <div class="stack">
      {known.value?.length === 0 && <SendDataHint />}
      <FiringAlerts at={range.to} />
      <Losses at={range.to} seconds={Math.round((range.to - range.from) / 1000)} />
      <CriticalPath window={window} at={range.to} />
      <div class="grid-4">
        <Stat
          title="Requests"
          expr={`sum(rate(telltale_operations_total{stage="response"}[${window}])) * 60`}
          hint="answered per minute"
        />
        <Stat
          title="Tokens"
          expr={`sum(rate(telltale_tokens_total[${window}])) * 60`}
          unit="tokens"
          hint="per minute"
        />
        <Stat
          title="Cost"
          expr={`sum(rate(telltale_cost_usd_total[${window}])) * 3600`}
          unit="currencyUSD"
          hint="per hour at list prices"
        />
        <Stat
          title="Cache-read share"
          expr={`sum(rate(telltale_tokens_total{type="cache_read"}[${window}])) / sum(rate(telltale_tokens_total{type=~"input|cache_read|cache_write"}[${window}]))`}
          unit="percentunit"
          hint="of input tokens"
        />
      </div>
      <div class="grid">
        <QueryChart
          title="Latency of stages, p95"
          unit="s"
          exemplars
          queries={[
            {
              expr: `histogram_quantile(0.95, sum by (le, stage) (rate(telltale_operation_duration_seconds_bucket{stage!="other"}[${window}])))`,
              legend: '{{stage}}',
            },
          ]}
        />
        <QueryChart
          title="Tokens per minute"
          unit="tokens"
          stacked
          queries={[{ expr: `sum by (type) (rate(telltale_tokens_total[${window}])) * 60`, legend: '{{type}}' }]}
        />
        <QueryChart
          title="Errors by stage"
          unit="percentunit"
          queries={[
            {
              expr: `sum by (stage) (rate(telltale_operation_errors_total[${window}])) / sum by (stage) (rate(telltale_operations_total[${window}]))`,
              legend: '{{stage}}',
            },
          ]}
        />
        <QueryChart
          title="Cost per hour by model"
          unit="currencyUSD"
          stacked
          queries={[{ expr: `sum by (model) (rate(telltale_cost_usd_total[${window}])) * 3600`, legend: '{{model}}' }]}
        />
        <QueryChart
          title="Pools: share in use"
          unit="percentunit"
          queries={[{ expr: 'max by (pool) (telltale_pool_in_use / telltale_pool_size)', legend: '{{pool}}' }]}
        />
        <QueryChart
          title="Event-loop delay, p99"
          unit="s"
          queries={[{ expr: 'max by (job, instance) (nodejs_eventloop_lag_p99_seconds)', legend: '{{job}}' }]}
        />
      </div>
    </div>
  );
}

function FiringAlerts({ at }: { readonly at: number }) {
  const { value, error } = useFetched(`alerts@${at}`, (signal) => activeAlerts(signal));
  if (error !== undefined) return <p class="notice error">{error}</p>;
  const firing = (value ?? []).filter((alert) => alert.state === 'firing');
  if (value === undefined) return null;
  if (firing.length === 0)
    return (
      <p class="small">
        <span class="pill ok">● all quiet</span> <Link href={hrefTo('/alerts')}>no alert is firing</Link>
      </p>
    );
  return (
    <section class="card scroll-x" aria-label="Firing alerts">
      <table class="stacked headless">
        <thead>
          <tr>
            <th class="narrow">Firing</th>
            <th>What</th>
            <th class="right">Since</th>
          </tr>
        </thead>
        <tbody>
          {firing.slice(0, MOST_ALERTS).map((alert) => (
            <tr key={JSON.stringify(alert.labels)}>
              <td>
                <Link href={hrefTo('/alerts', { rule: alert.labels['alertname'] ?? '' })}>
                  <span class={`pill ${alert.labels['severity'] ?? 'firing'}`}>{alert.labels['alertname']}</span>
                </Link>
              </td>
              <td>{alert.annotations['summary'] ?? alert.annotations['description'] ?? ''}</td>
              <td class="right nowrap" title={formatExact(Date.parse(alert.activeAt))}>
                {formatAgo(Date.parse(alert.activeAt), at)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {firing.length > MOST_ALERTS && (
        <p class="more small">
          <Link href={hrefTo('/alerts', { state: 'firing' })}>{firing.length - MOST_ALERTS} more</Link>
        </p>
      )}
    </section>
  );
}

/** Counters of what was sent and not kept against the sender's will. */
const LOSSES = [
  'telltale_ingest_failed_requests_total',
  'telltale_ingest_rejected_records_total',
  'telltale_span_store_refused_total',
  'telltale_tsdb_refused_samples_total',
];

/** Said where something was lost in the range; nothing where all is well. */
function Losses({ at, seconds }: { readonly at: number; readonly seconds: number }) {
  const expr = LOSSES.map((name) => `(sum(increase(${name}[${seconds}s])) or vector(0))`).join(' + ');
  const { value } = useFetched(`losses@${Math.floor(at / 15_000)}@${seconds}`, (signal) =>
    queryInstant(expr, at, signal),
  );
  const lost = Math.round(Number(value?.result[0]?.value[1] ?? 0));
  if (!(lost > 0)) return null;
  return (
    <p class="notice">
      {lost.toLocaleString('en-US')} records or requests were not taken in this range of time.{' '}
      <Link href={hrefTo('/limits')}>What was lost and why</Link>
    </p>
  );
}

/** The four stages side by side: p50, p95, errors, calls. */
function CriticalPath({ window, at }: { readonly window: string; readonly at: number }) {
  const quantile = (q: number): string =>
    `histogram_quantile(${q}, sum by (le, stage) (rate(telltale_operation_duration_seconds_bucket[${window}])))`;
  const expressions = {
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    rate: `sum by (stage) (rate(telltale_operations_total[${window}]))`,
    errors: `sum by (stage) (rate(telltale_operation_errors_total[${window}])) / sum by (stage) (rate(telltale_operations_total[${window}]))`,
  };
  const { value, error } = useFetched(`path@${window}@${at}`, async (signal) => {
    const names = Object.keys(expressions) as (keyof typeof expressions)[];
    const answers = await Promise.all(names.map((name) => queryInstant(expressions[name], at, signal)));
    return Object.fromEntries(
      names.map((name, index) => [
        name,
        new Map(answers[index]?.result.map((sample) => [sample.metric['stage'] ?? '', Number(sample.value[1])])),
      ]),
    ) as Record<keyof typeof expressions, Map<string, number>>;
  });
  const read = (name: keyof typeof expressions, stage: string): number | undefined => value?.[name].get(stage);
  return (
    <section aria-label="Critical path">
      {error !== undefined && <p class="notice error">{error}</p>}
      <div class="path">
        {STAGES.map(([stage, title]) => {
          const rate = read('rate', stage);
          // Operations without a counter of errors have not failed; without operations nothing is known.
          const errorRatio = rate === undefined || !(rate > 0) ? undefined : (read('errors', stage) ?? 0);
          return (
            <Link key={stage} class="card path-stage" href={hrefTo('/explore', { q: expressions.p95 })}>
              <h3>{title}</h3>
              <div>
                <span class="big">{formatValue(read('p95', stage), 's')}</span>{' '}
                {read('p95', stage) !== undefined && <span class="muted small">p95</span>}
              </div>
              <div class="muted small">
                <span class="nowrap">p50 {formatValue(read('p50', stage), 's')}</span> ·{' '}
                <span class="nowrap">p99 {formatValue(read('p99', stage), 's')}</span>
              </div>
              <div class="row small">
                <span class="number">{formatValue(rate, 'reqps')}</span>
                <span class="grow" />
                <span class={`number ${(errorRatio ?? 0) > 0.05 ? 'bad' : (errorRatio ?? 0) > 0 ? 'warn' : 'muted'}`}>
                  {errorRatio !== undefined
                    ? `${formatValue(errorRatio, 'percentunit')} errors`
                    : value === undefined
                      ? ''
                      : 'no calls'}
                </span>
              </div>
            </Link>
          );
        })}
      </div>
    </section>
  );
}
