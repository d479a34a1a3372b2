import type { EpochMillis, Millis } from '../base/clock';
import { nextTurn } from '../base/turn';
import { Labels } from '../domain/labels';
import { matchesAll } from '../domain/matcher';
import type { Matcher } from '../domain/matcher';
import type { SeriesColumns } from '../storage';
import type { SelectingReader } from './eval/environment';

/** When the benchmark's data begins. */
export const BENCH_START: EpochMillis = 1_700_000_000_000;
/** Between two samples. */
export const BENCH_INTERVAL: Millis = 15_000;

/** What the benchmark's data looks like. */
export interface BenchShape {
  readonly series: number;
  readonly samples: number;
}

/** A tenth each of ten kinds of metrics: counters, gauges and histogram buckets of services and their instances. */
export function benchSeries({ series, samples }: BenchShape): SeriesColumns[] {
  const made: SeriesColumns[] = [];
  const bounds = ['0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30', '+Inf'];
  let seed = 42;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 4_294_967_296;
  };
  // Series that are scraped together have their times in common, and a store keeps them once.
  const timestamps = Float64Array.from({ length: samples }, (_, s) => BENCH_START + s * BENCH_INTERVAL);
  for (let i = 0; i < series; i++) {
    const kind = Math.floor(i / 10) % 10;
    const instance = `i${Math.floor(i / 100) % 100}`;
    const group = String(Math.floor(i / 10_000));
    const base = { job: `job${kind}`, instance, group };
    const bucket = kind >= 5;
    const labels = Labels.of(
      bucket
        ? { __name__: `latency_seconds_bucket`, ...base, le: bounds[i % 10] ?? '' }
        : {
            __name__: kind < 3 ? 'http_requests_total' : 'memory_bytes',
            ...base,
            code: ['200', '404', '500'][i % 3] ?? '',
            shard: String(i % 10),
          },
    );
    const values = new Float64Array(samples);
    let total = 0;
    for (let s = 0; s < samples; s++) {
      total = random() < 0.002 ? 0 : total + Math.floor(random() * 20);
      values[s] = bucket ? s * (1 + (i % 10)) : kind < 3 ? total : random() * 1e9;
    }
    made.push({ labels, timestamps, values, from: 0, to: samples });
  }
  return made;
}

/** So many series are given at one go. */
const AT_ONCE = 8192;

/** What `make` makes of a list, a part of it at a time. */
async function inParts(
  list: readonly SeriesColumns[],
  make: (own: SeriesColumns) => SeriesColumns | undefined,
): Promise<SeriesColumns[]> {
  const made: SeriesColumns[] = [];
  for (let from = 0; from < list.length; from += AT_ONCE) {
    const to = Math.min(list.length, from + AT_ONCE);
    for (let i = from; i < to; i++) {
      const own = list[i];
      const one = own === undefined ? undefined : make(own);
      if (one !== undefined) made.push(one);
    }
    await nextTurn();
  }
  return made;
}

/** A reader of fixed series that finds them by metric name, as a store with an index does. */
export class FixedSeriesReader implements SelectingReader {
  readonly stableColumns = true;
  private readonly byName = new Map<string, SeriesColumns[]>();
  private readonly found = new Map<string, SeriesColumns[]>();

  constructor(all: readonly SeriesColumns[]) {
    for (const own of all) {
      const list = this.byName.get(own.labels.metricName);
      if (list === undefined) this.byName.set(own.labels.metricName, [own]);
      else list.push(own);
    }
  }

  select(
    matchers: readonly Matcher[],
    start: EpochMillis,
    end: EpochMillis,
  ): SeriesColumns[] | Promise<SeriesColumns[]> {
    const list = this.found.get(matchers.join());
    return list === undefined ? this.selectFirst(matchers, start, end) : windowsOf(list, start, end);
  }

  private async selectFirst(
    matchers: readonly Matcher[],
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<SeriesColumns[]> {
    const name = matchers.find(({ name: own, operator }) => own === '__name__' && operator === '=')?.value;
    const candidates = name === undefined ? [...this.byName.values()].flat() : (this.byName.get(name) ?? []);
    const list = await inParts(candidates, (own) => (matchesAll(matchers, own.labels) ? own : undefined));
    this.found.set(matchers.join(), list);
    return windowsOf(list, start, end);
  }
}

function windowsOf(
  list: readonly SeriesColumns[],
  start: EpochMillis,
  end: EpochMillis,
): SeriesColumns[] | Promise<SeriesColumns[]> {
  const from = Math.floor((start - BENCH_START) / BENCH_INTERVAL) + 1;
  const to = Math.floor((end - BENCH_START) / BENCH_INTERVAL) + 1;
  const windowOf = (own: SeriesColumns): SeriesColumns => ({
    labels: own.labels,
    timestamps: own.timestamps,
    values: own.values,
    from: Math.max(0, from),
    to: Math.min(own.to, to),
  });
  return list.length <= AT_ONCE ? list.map(windowOf) : inParts(list, windowOf);
}

/** A thousand rules as people write them: rates and ratios, quantiles, thresholds, of all and of single services. */
export function benchRules(count: number): string[] {
  const rules: string[] = [];
  for (let i = 0; i < count; i++) {
    const job = `job${i % 3}`;
    const bucketJob = `job${5 + (i % 5)}`;
    const instance = `i${i % 100}`;
    rules.push(
      [
        `sum by (job) (rate(http_requests_total{job="${job}",instance="${instance}"}[5m])) > 100`,
        `sum by (instance) (rate(http_requests_total{job="${job}",code="500"}[5m])) / sum by (instance) (rate(http_requests_total{job="${job}"}[5m])) > 0.5`,
        `histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket{job="${bucketJob}",instance="${instance}"}[5m]))) > 1`,
        `histogram_quantile(0.9, sum by (le, instance) (rate(latency_seconds_bucket{job="${bucketJob}"}[5m])))`,
        `max_over_time(memory_bytes{job="job3",instance="${instance}"}[10m]) > 5e8`,
        `avg by (job) (memory_bytes) > 4e8`,
        `absent(memory_bytes{job="job4",instance="${instance}"})`,
        `topk(5, sum by (instance) (increase(http_requests_total{job="${job}"}[10m])))`,
        `memory_bytes{instance="${instance}"} / on (instance, shard, group) group_left sum by (instance, shard, group) (memory_bytes{instance="${instance}"}) > 0.9`,
        `count(http_requests_total{job="${job}"} > 100) by (instance)`,
      ][i % 10] ?? '',
    );
  }
  return rules;
}
