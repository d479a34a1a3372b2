import type { EpochMillis, Millis } from '../base/clock';
import { serviceNameOf } from '../domain/resource';
import { durationNano } from '../domain/span';
import type { MatrixSeries, PromqlEngine, VectorSample } from '../promql';
import type { LedgerReader, SpanReader } from '../storage';
import { assembleTrace, criticalTimes } from '../traces';
import { NO_FACTS } from './facts';
import type { AlertFacts, OperationFacts, PeriodFacts, ReportData, TraceFacts } from './facts';
import type { ReportPeriod } from './report';

/** The stores that a report reads. */
export interface StackFactsSources {
  readonly ledger: LedgerReader;
  readonly spans: SpanReader;
  readonly engine: PromqlEngine;
}

const MAX_CALLS = 100_000;
const MAX_SESSIONS = 500;
const MAX_TRACES = 200;
/** Traces whose critical path is worked out. */
const SLOWEST = 10;
const CALLS = 'traces_span_metrics_calls_total';
const DURATION = 'traces_span_metrics_duration_seconds';

/** Reads a period from the stack's own stores. What a bound cuts off is told in `gaps`. */
export class StackFacts implements ReportData {
  constructor(private readonly sources: StackFactsSources) {}

  async read(period: ReportPeriod): Promise<PeriodFacts> {
    const { ledger } = this.sources;
    const gaps: string[] = [];
    // A period ends before its end; the ledger's questions include theirs.
    const window = { start: period.start, end: period.end - 1 };
    const calls = await ledger.calls({ ...window, limit: MAX_CALLS });
    if (calls.length === MAX_CALLS)
      gaps.push(`Only the first ${MAX_CALLS.toLocaleString('en-US')} model calls are counted.`);
    const sessions = await ledger.sessions({ ...window, limit: MAX_SESSIONS });
    if (sessions.length === MAX_SESSIONS)
      gaps.push(`Tools and waits are those of the newest ${MAX_SESSIONS} sessions.`);
    const activities = (await Promise.all(sessions.map(({ session }) => ledger.activities(session))))
      .flat()
      .filter(({ at }) => at >= period.start && at < period.end);
    const [operations, traces, alerts] = await Promise.all([
      this.operations(period),
      this.traces(period, gaps),
      this.alerts(period),
    ]);
    return { ...NO_FACTS, calls, activities, operations, traces, alerts, gaps };
  }

  private async operations(period: ReportPeriod): Promise<OperationFacts[]> {
    const range = `[${Math.max(1, Math.round((period.end - period.start) / 1000))}s]`;
    const by = 'service_name, span_name, stage';
    const quantile = (q: number): string =>
      `histogram_quantile(${q}, sum by (le, ${by}) (increase(${DURATION}_bucket${range})))`;
    const [calls, errors, seconds, p50, p95, p99] = await Promise.all(
      [
        `sum by (${by}) (increase(${CALLS}${range}))`,
        `sum by (${by}) (increase(${CALLS}{status_code="STATUS_CODE_ERROR"}${range}))`,
        `sum by (${by}) (increase(${DURATION}_sum${range}))`,
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
      ].map(async (expr) => new Map((await this.instant(expr, period.end)).map((sample) => [keyOf(sample), sample]))),
    );
    return [...(calls?.values() ?? [])]
      .filter(({ value }) => value >= 0.5)
      .map((sample) => {
        const key = keyOf(sample);
        return {
          service: sample.labels.get('service_name'),
          operation: sample.labels.get('span_name'),
          stage: sample.labels.get('stage'),
          calls: Math.round(sample.value),
          errors: Math.round(errors?.get(key)?.value ?? 0),
          totalMs: (seconds?.get(key)?.value ?? 0) * 1000,
          ...millis('p50Ms', p50?.get(key)),
          ...millis('p95Ms', p95?.get(key)),
          ...millis('p99Ms', p99?.get(key)),
        };
      });
  }

  private async traces({ start, end }: ReportPeriod, gaps: string[]): Promise<TraceFacts[]> {
    const { spans } = this.sources;
    const found = await spans.search({ start, end, limit: MAX_TRACES });
    if (found.length === MAX_TRACES) gaps.push(`The slowest traces are sought among the newest ${MAX_TRACES}.`);
    const slowest = [...found]
      .sort((a, b) => Number(b.endUnixNano - b.startUnixNano - (a.endUnixNano - a.startUnixNano)))
      .slice(0, SLOWEST);
    return Promise.all(
      slowest.map(async (summary) => {
        const tree = assembleTrace(await spans.trace(summary.traceId));
        const path = criticalTimes(tree).map(({ node, nano }) => ({
          service: serviceNameOf(node.span.resource),
          operation: node.span.name,
          ms: Number(nano) / 1e6,
        }));
        return {
          traceId: summary.traceId,
          service: summary.rootService,
          operation: summary.rootOperation,
          at: Number(summary.startUnixNano / 1_000_000n),
          durationMs: Number(durationNano(summary)) / 1e6,
          failed: summary.errorSpanCount > 0,
          path: path.sort((a, b) => b.ms - a.ms).slice(0, 5),
        };
      }),
    );
  }

  private async alerts({ start, end }: ReportPeriod): Promise<AlertFacts[]> {
    const step = Math.max(15_000, Math.ceil((end - start) / 10_000 / 1000) * 1000);
    const { value } = await this.sources.engine.range(
      'max by (alertname) (ALERTS{alertstate="firing"})',
      start,
      end,
      step,
    );
    if (value.type !== 'matrix') return [];
    return value.series.map((series) => ({
      name: series.labels.get('alertname'),
      episodes: episodesOf(series, step, end),
    }));
  }

  private async instant(expr: string, at: EpochMillis): Promise<readonly VectorSample[]> {
    const { value } = await this.sources.engine.instant(expr, at);
    return value.type === 'vector' ? value.samples : [];
  }
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

/** Stretches in which a series has points; one that reaches the end of the period lasts. */
function episodesOf(
  { timestamps }: MatrixSeries,
  step: Millis,
  end: EpochMillis,
): { start: EpochMillis; end?: EpochMillis }[] {
  const episodes: { start: EpochMillis; end?: EpochMillis }[] = [];
  let begin: EpochMillis | undefined;
  let last = 0;
  for (const t of timestamps) {
    if (begin !== undefined && t - last > step * 1.5) {
      episodes.push({ start: begin, end: last + step });
      begin = undefined;
    }
    begin ??= t;
    last = t;
  }
  if (begin !== undefined) episodes.push(last + step >= end ? { start: begin } : { start: begin, end: last + step });
  return episodes;
}
