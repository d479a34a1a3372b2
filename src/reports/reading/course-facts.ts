import type { PeriodFacts } from '../facts';
import type { ReportLine, ReportPeriod } from '../report';
import type { Ask } from './ask';

/** Points of a course. */
const POINTS = 168;
const LEAST_STEP = 60_000;
const MOST_RESOURCES = 24;

/** Series of resources that may explain latency, each as a short name and an expression over `$width`. */
const RESOURCES: readonly (readonly [name: string, label: string, expr: string])[] = [
  ['pool in use', 'pool', 'sum by (pool) (avg_over_time(telltale_pool_in_use[$width]))'],
  ['pool waiters', 'pool', 'sum by (pool) (avg_over_time(telltale_pool_waiters[$width]))'],
  ['cache entries', 'cache', 'sum by (cache) (avg_over_time(telltale_cache_entries[$width]))'],
  [
    'cache miss ratio',
    'cache',
    'sum by (cache) (rate(telltale_cache_requests_total{result="miss"}[$width])) / sum by (cache) (rate(telltale_cache_requests_total[$width]))',
  ],
  ['batcher queue', 'batcher', 'sum by (batcher) (avg_over_time(telltale_batcher_queue_items[$width]))'],
  ['processor use', 'job', 'sum by (job) (rate(process_cpu_seconds_total[$width]))'],
  ['memory', 'job', 'sum by (job) (avg_over_time(process_resident_memory_bytes[$width]))'],
  ['event loop delay', 'job', 'max by (job) (max_over_time(nodejs_eventloop_lag_p99_seconds[$width]))'],
  ['heap', 'job', 'sum by (job) (avg_over_time(nodejs_heap_size_used_bytes[$width]))'],
];

/** Mean latency by stage and the use of resources over the period. */
export async function readCourses(
  ask: Ask,
  { start, end }: ReportPeriod,
): Promise<Pick<PeriodFacts, 'latencies' | 'resources'>> {
  const step = Math.max(LEAST_STEP, Math.ceil((end - start) / POINTS / 60_000) * 60_000);
  if (start + step > end) return { latencies: [], resources: [] };
  const width = `${step / 1000}s`;
  const lines = async (expr: string, label: string, prefix: string, factor = 1): Promise<ReportLine[]> =>
    (await ask.range(expr.replaceAll('$width', width), start + step, end, step)).map(
      ({ labels, timestamps, values }) => ({
        name: `${prefix}${labels.get(label)}`.trim(),
        points: [...timestamps].map((t, index) => ({ t, value: (values[index] ?? NaN) * factor })),
      }),
    );
  const duration = 'traces_span_metrics_duration_seconds';
  const latencies = await lines(
    `sum by (stage) (increase(${duration}_sum{stage!=""}[$width])) / sum by (stage) (increase(${duration}_count{stage!=""}[$width]))`,
    'stage',
    '',
    1000,
  );
  const resources: ReportLine[] = [];
  for (const [name, label, expr] of RESOURCES) resources.push(...(await lines(expr, label, `${name} `)));
  return { latencies, resources: resources.slice(0, MOST_RESOURCES) };
}
