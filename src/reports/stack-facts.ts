import type { LedgerRow } from '../domain/ledger';
import { serviceNameOf } from '../domain/resource';
import { durationNano } from '../domain/span';
import type { Span } from '../domain/span';
import type { PriceList } from '../pricing';
import type { PromqlEngine } from '../promql';
import type { LedgerReader, SpanDetail, SpanDigest, SpanDigester, SpanReader } from '../storage';
import { assembleTrace, criticalTimes } from '../traces';
import { NO_FACTS } from './facts';
import type { PeriodFacts, ReportData, SamplingFacts, TraceFacts } from './facts';
import { readAlerts } from './reading/alert-facts';
import type { AlertSource } from './reading/alert-facts';
import { Ask, rangeOf } from './reading/ask';
import { readOperations } from './reading/operation-facts';
import { readResourceFacts } from './reading/resource-facts';
import { readCourses } from './reading/course-facts';
import { readDetails, toSpanFacts } from './reading/span-facts';
import type { ReportPeriod } from './report';

/** The stores that a report reads. */
export interface StackFactsSources {
  readonly ledger: Pick<LedgerReader, 'calls'>;
  readonly spans: Pick<SpanReader, 'trace'> & SpanDigester;
  readonly engine: PromqlEngine;
  readonly alerts?: AlertSource;
  readonly prices?: PriceList;
}

const MAX_CALLS = 300_000;
/** Calls taken from the ledger at a time: more would hold up everything else while they are unpacked. */
const CALLS_PER_PAGE = 500;
/** Traces whose critical path is worked out. */
const SLOWEST = 10;

/** Takes what there is much of, in parts. */
export interface FactSink {
  calls(page: LedgerRow[]): Promise<void>;
  details(page: SpanDetail[]): Promise<void>;
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
      calls: (page) => Promise.resolve(void calls.push(...page)),
      details: (page) => Promise.resolve(void details.push(...page)),
    });
    return { ...NO_FACTS, ...rest, calls, ...toSpanFacts(details, calls) };
  }

  /** Reads the same, handing on in small parts what there is much of. */
  async collect(period: ReportPeriod, sink: FactSink): Promise<CollectedFacts> {
    const { spans } = this.sources;
    const gaps: string[] = [];
    await this.calls(period, gaps, (page) => sink.calls(page));
    // A period ends before its end; the store's questions include theirs.
    const digest = await spans.digest({ start: period.start, end: period.end - 1, slowest: SLOWEST });
    const detailShare = await readDetails(spans, period, digest.spans, (page) => sink.details(page));
    if (detailShare < 1)
      gaps.push(`Tools, statements and requests are read from ${(100 * detailShare).toFixed(0)} % of the traces.`);
    return {
      ...(await readResourceFacts(this.ask, period)),
      ...(await readCourses(this.ask, period)),
      operations: await readOperations(this.ask, period, digest),
      traces: await this.traces(digest),
      alerts: await readAlerts(this.ask, period, this.sources.alerts),
      sampling: await this.sampling(period, digest),
      detailShare,
      gaps,
    };
  }

  /** All calls of the period, a page at a time; adds to `gaps` what a bound cut off. */
  async calls({ start, end }: ReportPeriod, gaps: string[], take: FactSink['calls']): Promise<void> {
    let from = start;
    let count = 0;
    let atEnd = new Set<string>();
    for (;;) {
      const page = await this.sources.ledger.calls({ start: from, end: end - 1, limit: CALLS_PER_PAGE });
      // Calls of one instant may lie on both sides of a page's end.
      const fresh = page.filter(({ id }) => !atEnd.has(id));
      count += fresh.length;
      await take(fresh);
      const last = page.at(-1);
      if (page.length < CALLS_PER_PAGE || last === undefined) return;
      if (count >= MAX_CALLS) {
        gaps.push(`Only the first ${MAX_CALLS.toLocaleString('en-US')} model calls are counted.`);
        return;
      }
      from = last.at > from ? last.at : last.at + 1;
      atEnd = new Set(page.filter(({ at }) => at === last.at).map(({ id }) => id));
    }
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
