import type { LedgerRow } from '../domain/ledger';
import { serviceNameOf } from '../domain/resource';
import { durationNano } from '../domain/span';
import type { Span } from '../domain/span';
import type { PriceList } from '../pricing';
import type { PromqlEngine } from '../promql';
import { unpackList } from '../storage';
import type { SpanDetail, SpanDigest, SpanDigester, SpanReader } from '../storage';
import { assembleTrace, criticalTimes } from '../traces';
import { NO_FACTS } from './facts';
import type { PeriodFacts, ReportData, SamplingFacts, TraceFacts } from './facts';
import { readAlerts } from './reading/alert-facts';
import type { AlertSource } from './reading/alert-facts';
import { Ask, rangeOf } from './reading/ask';
import { readCalls } from './reading/call-pages';
import type { CallSource, Page } from './reading/call-pages';
import { readOperations } from './reading/operation-facts';
import { readResourceFacts } from './reading/resource-facts';
import { readCourses } from './reading/course-facts';
import { readDetails, toSpanFacts } from './reading/span-facts';
import type { ReportPeriod } from './report';

/** The stores that a report reads. */
export interface StackFactsSources {
  readonly ledger: CallSource;
  readonly spans: Pick<SpanReader, 'trace'> & SpanDigester;
  readonly engine: PromqlEngine;
  readonly alerts?: AlertSource;
  readonly prices?: PriceList;
}

const MAX_CALLS = 300_000;
/** Traces whose critical path is worked out. */
const SLOWEST = 10;

/** Takes what there is much of, in parts. */
export interface FactSink {
  calls(page: Page<LedgerRow>): Promise<void>;
  details(page: Page<SpanDetail>): Promise<void>;
}

/** What there is little of. */
export type CollectedFacts = Omit<PeriodFacts, 'calls' | 'toolCalls' | 'statements' | 'requests'>;

/** Reads a period from the stack's own stores. What a bound cuts off is told in `gaps`. */
export class StackFacts implements ReportData {
  readonly prices?: PriceList;
  private readonly ask: Ask;

  constructor(private readonly sources: StackFactsSources) {
    this.ask = new Ask(sources.engine);
    if (sources.prices !== undefined) this.prices = sources.prices;
  }

  async read(period: ReportPeriod): Promise<PeriodFacts> {
    const calls: LedgerRow[] = [];
    const details: SpanDetail[] = [];
    const rest = await this.collect(period, {
      calls: (page) => Promise.resolve(void calls.push(...callsOf(page))),
      details: (page) => Promise.resolve(void details.push(...detailsOf(page))),
    });
    return { ...NO_FACTS, ...rest, calls, ...toSpanFacts(details, calls) };
  }

  /** Reads the same, handing on in small parts what there is much of. */
  async collect(period: ReportPeriod, sink: FactSink): Promise<CollectedFacts> {
    const gaps: string[] = [];
    // Ledger, spans and series lie with threads of their own: they are read beside each other.
    const [, detail, resources, courses, alerts] = await Promise.all([
      this.calls(period, gaps, (page) => sink.calls(page)),
      this.detail(period, sink),
      readResourceFacts(this.ask, period),
      readCourses(this.ask, period),
      readAlerts(this.ask, period, this.sources.alerts),
    ]);
    const { digest, detailShare } = detail;
    if (detailShare < 1)
      gaps.push(`Tools, statements and requests are read from ${(100 * detailShare).toFixed(0)} % of the traces.`);
    return {
      ...resources,
      ...courses,
      operations: await readOperations(this.ask, period, digest),
      traces: await this.traces(digest),
      alerts,
      sampling: await this.sampling(period, digest),
      detailShare,
      gaps,
    };
  }

  /** All calls of the period, a page at a time; adds to `gaps` what a bound cut off. */
  async calls(period: ReportPeriod, gaps: string[], take: FactSink['calls']): Promise<void> {
    if (!(await readCalls(this.sources.ledger, period, { most: MAX_CALLS }, take)))
      gaps.push(`Only the first ${MAX_CALLS.toLocaleString('en-US')} model calls are counted.`);
  }

  /** Counts all spans, and hands on those that tell of tools, statements and requests. */
  private async detail(period: ReportPeriod, sink: FactSink): Promise<{ digest: SpanDigest; detailShare: number }> {
    const { spans } = this.sources;
    // A period ends before its end; the store's questions include theirs.
    const digest = await spans.digest({ start: period.start, end: period.end - 1, slowest: SLOWEST });
    return {
      digest,
      detailShare: await readDetails(spans, period, digest.spans, (page) => sink.details(page)),
    };
  }

  private async traces({ slowest }: SpanDigest): Promise<TraceFacts[]> {
    const traces: TraceFacts[] = [];
    for (const traceId of slowest) {
      const found = toTrace(traceId, await this.sources.spans.trace(traceId));
      if (found !== undefined) traces.push(found);
    }
    return traces;
  }

  /** By service, how many spans were counted and how many are kept. */
  private async sampling(period: ReportPeriod, { operations }: SpanDigest): Promise<SamplingFacts[]> {
    const counted = await this.ask.by(
      'service_name',
      `sum by (service_name) (increase(traces_span_metrics_calls_total[${rangeOf(period)}]))`,
      period.end,
    );
    const kept = new Map<string, number>();
    for (const { service, spans } of operations) kept.set(service, (kept.get(service) ?? 0) + spans);
    return [...counted].map(([service, count]) => ({ service, counted: count, kept: kept.get(service) ?? 0 }));
  }
}

/** A trace with the operations that held it up; undefined when it is gone. */
function toTrace(traceId: string, spans: readonly Span[]): TraceFacts | undefined {
  const root = spans.find(({ parentSpanId }) => parentSpanId === '') ?? spans[0];
  if (root === undefined) return undefined;
  const byOperation = new Map<string, TraceFacts['path'][number]>();
  for (const { node, nano } of criticalTimes(assembleTrace(spans))) {
    const [service, operation] = [serviceNameOf(node.span.resource), node.span.name];
    const key = `${service}\n${operation}`;
    byOperation.set(key, { service, operation, ms: (byOperation.get(key)?.ms ?? 0) + Number(nano) / 1e6 });
  }
  return {
    traceId,
    service: serviceNameOf(root.resource),
    operation: root.name,
    at: Number(root.startUnixNano / 1_000_000n),
    durationMs: Number(durationNano(root)) / 1e6,
    failed: spans.some(({ status }) => status.code === 'error'),
    path: [...byOperation.values()].sort((a, b) => b.ms - a.ms).slice(0, 5),
  };
}

/** The calls of a page. */
export function callsOf(page: Page<LedgerRow>): readonly LedgerRow[] {
  // The ledger packed what it would have given.
  return page instanceof Uint8Array ? (unpackList(page) as LedgerRow[]) : page;
}

/** The details of a page. */
export function detailsOf(page: Page<SpanDetail>): readonly SpanDetail[] {
  // The span store packed what it would have given.
  return page instanceof Uint8Array ? (unpackList(page) as SpanDetail[]) : page;
}
