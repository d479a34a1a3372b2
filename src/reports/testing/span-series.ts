import type { Span } from '../../domain/span';
import { durationNano } from '../../domain/span';
import type { WeekSample } from './week';

const STEP = 600_000;
const BOUNDS: readonly number[] = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/** The span metrics that the way in would have counted, sampled every ten minutes. */
export function spanSeries(spans: readonly Span[], start: number, end: number): WeekSample[] {
  const order = spans
    .map((span) => ({ span, at: Number(span.startUnixNano / 1_000_000n), seconds: Number(durationNano(span)) / 1e9 }))
    .sort((a, b) => a.at - b.at);
  const cells = new Map<
    string,
    { labels: Record<string, string>; counts: number[]; sum: number; calls: Map<string, number> }
  >();
  const samples: WeekSample[] = [];
  let next = 0;
  for (let t = start; t <= end; t += STEP) {
    for (; next < order.length && (order[next]?.at ?? 0) <= t; next++) {
      const item = order[next];
      if (item === undefined) break;
      const stage = item.span.attributes['telltale.stage'];
      const labels = {
        service_name: 'assistant',
        span_name: item.span.name,
        stage: typeof stage === 'string' ? stage : '',
      };
      const key = `${labels.span_name}\n${labels.stage}`;
      const cell = cells.get(key) ?? {
        labels,
        counts: BOUNDS.map(() => 0).concat(0),
        sum: 0,
        calls: new Map<string, number>(),
      };
      cells.set(key, cell);
      const bucket = BOUNDS.findIndex((bound) => item.seconds <= bound);
      const place = bucket < 0 ? BOUNDS.length : bucket;
      cell.counts[place] = (cell.counts[place] ?? 0) + 1;
      cell.sum += item.seconds;
      const status = item.span.status.code === 'error' ? 'STATUS_CODE_ERROR' : 'STATUS_CODE_UNSET';
      cell.calls.set(status, (cell.calls.get(status) ?? 0) + 1);
    }
    for (const { labels, counts, sum, calls } of cells.values()) {
      const put = (name: string, value: number, more: Record<string, string> = {}): void =>
        void samples.push({ labels: { __name__: `traces_span_metrics_${name}`, ...labels, ...more }, t, value });
      let total = 0;
      counts.forEach((count, index) => {
        total += count;
        put('duration_seconds_bucket', total, { le: String(BOUNDS[index] ?? '+Inf') });
      });
      put('duration_seconds_sum', sum);
      put('duration_seconds_count', total);
      for (const [status, count] of calls) put('calls_total', count, { status_code: status });
    }
  }
  return samples;
}
