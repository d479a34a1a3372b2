import type { Millis } from '../../base/clock';
import type { VectorSample } from '../../promql';
import type { SpanDigest } from '../../storage';
import type { OperationFacts } from '../facts';
import type { ReportPeriod } from '../report';
import { rangeOf } from './ask';
import type { Ask } from './ask';

const CALLS = 'traces_span_metrics_calls_total';
const DURATION = 'traces_span_metrics_duration_seconds';
const BY = 'service_name, span_name, stage';

/** Calls, errors and durations by operation: counted before any span was dropped where span metrics tell, else from the spans kept. */
export async function readOperations(
  ask: Ask,
  period: ReportPeriod,
  digest: SpanDigest | undefined,
): Promise<OperationFacts[]> {
  const range = `[${rangeOf(period)}]`;
  const quantile = (q: number): string =>
    `histogram_quantile(${q}, sum by (le, ${BY}) (increase(${DURATION}_bucket${range})))`;
  const keyed = async (expr: string): Promise<ReadonlyMap<string, VectorSample>> =>
    new Map((await ask.instant(expr, period.end)).map((sample) => [keyOf(sample), sample]));
  const calls = await keyed(`sum by (${BY}) (increase(${CALLS}${range}))`);
  if (calls.size === 0) return fromDigest(digest);
  const errors = await keyed(`sum by (${BY}) (increase(${CALLS}{status_code="STATUS_CODE_ERROR"}${range}))`);
  const seconds = await keyed(`sum by (${BY}) (increase(${DURATION}_sum${range}))`);
  const kept = new Map(
    (digest?.operations ?? []).map((operation) => [`${operation.service}\n${operation.name}`, operation]),
  );
  // Spans tell quantiles more exactly than buckets; the buckets are asked where spans are missing.
  const exact = [...calls.values()].every(({ labels, value }) => {
    const own = kept.get(`${labels.get('service_name')}\n${labels.get('span_name')}`);
    return value < 20 || (own !== undefined && own.spans > 0.5 * value);
  });
  const none = new Map<string, VectorSample>();
  const p50 = exact ? none : await keyed(quantile(0.5));
  const p95 = exact ? none : await keyed(quantile(0.95));
  const p99 = exact ? none : await keyed(quantile(0.99));
  return [...calls.values()]
    .filter(({ value }) => value >= 0.5)
    .map((sample) => {
      const key = keyOf(sample);
      const service = sample.labels.get('service_name');
      const operation = sample.labels.get('span_name');
      const own = exact ? kept.get(`${service}\n${operation}`) : undefined;
      return {
        service,
        operation,
        stage: sample.labels.get('stage'),
        calls: Math.round(sample.value),
        errors: Math.round(errors.get(key)?.value ?? 0),
        totalMs: (seconds.get(key)?.value ?? 0) * 1000,
        ...(own === undefined
          ? { ...millis('p50Ms', p50.get(key)), ...millis('p95Ms', p95.get(key)), ...millis('p99Ms', p99.get(key)) }
          : { p50Ms: own.p50Ms, p95Ms: own.p95Ms, p99Ms: own.p99Ms }),
      };
    });
}

function fromDigest(digest: SpanDigest | undefined): OperationFacts[] {
  return (digest?.operations ?? []).map(({ service, name, spans, errors, totalMs, p50Ms, p95Ms, p99Ms }) => ({
    service,
    operation: name,
    stage: '',
    calls: spans,
    errors,
    totalMs,
    p50Ms,
    p95Ms,
    p99Ms,
  }));
}

function keyOf({ labels }: VectorSample): string {
  return labels.only('service_name', 'span_name', 'stage').key;
}

function millis(
  name: 'p50Ms' | 'p95Ms' | 'p99Ms',
  sample: VectorSample | undefined,
): Partial<Record<typeof name, Millis>> {
  return sample === undefined || !Number.isFinite(sample.value) ? {} : { [name]: sample.value * 1000 };
}
