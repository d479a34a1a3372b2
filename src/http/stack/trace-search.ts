import type { EpochMillis, Millis } from '../../base/clock';
import type { TraceFactsBody, TraceSearchBody } from '../../contracts/trace-search';
import { LimitExceededError } from '../../storage';
import type { SpanReader, TraceSearch, TraceSummary } from '../../storage';
import { storeAttributes, storeFilter, traceMeets } from './trace-conditions';
import type { Condition } from './trace-conditions';
import { traceFacts } from './trace-facts';

/** How many candidates are read for one question: at first, and when those do not suffice. */
const ROUNDS = [500, 3000] as const;
/** So many verdicts on traces are remembered: a list that refreshes itself reads only what is new. */
const REMEMBERED = 4000;

/** Least and most, both inclusive. */
export interface Range {
  readonly least?: number;
  readonly most?: number;
}

/** A question about whole traces. */
export interface TraceQuestion {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly service?: string;
  readonly operation?: string;
  readonly onlyErrors: boolean;
  readonly conditions: readonly Condition[];
  /** Milliseconds; of a span of the operation where one is named, else of the whole trace. */
  readonly duration: Range;
  readonly tokens: Range;
  /** US dollars. */
  readonly cost: Range;
  readonly limit: number;
}

/** Finds traces by what their spans have, lack and add up to. */
export class TraceSearcher {
  /** By trace and conditions; no facts where the trace does not meet them. */
  private readonly remembered = new Map<
    string,
    { readonly mark: string; readonly facts: TraceFactsBody | undefined }
  >();

  constructor(private readonly spans: SpanReader) {}

  /** The newest first. What spans are asked for is found however rare it is; of what whole traces are, 3000 are looked at. */
  async search(question: TraceQuestion): Promise<TraceSearchBody> {
    const { conditions, tokens, cost, limit } = question;
    const attributes = storeAttributes(conditions);
    const left = conditions.length > Object.keys(attributes).length;
    const byTrace = question.operation === undefined ? question.duration : {};
    const narrow = left || !isOpen(tokens) || !isOpen(cost) || !isOpen(byTrace);
    const traces: TraceFactsBody[] = [];
    const seen = new Set<string>();
    let isCut = false;
    for (const most of narrow ? ROUNDS : [limit]) {
      const { candidates, isPart } = await this.candidates(toStoreSearch(question, attributes, most), conditions);
      for (const candidate of candidates) {
        if (traces.length === limit) break;
        if (seen.has(candidate.traceId)) continue;
        seen.add(candidate.traceId);
        if (!isWithin(Number(candidate.endUnixNano - candidate.startUnixNano) / 1e6, loosened(byTrace))) continue;
        const facts = await this.factsOf(candidate, left ? conditions : undefined);
        if (facts === undefined) continue;
        if (isWithin(facts.durationMs, byTrace) && isWithin(facts.tokens, tokens) && isWithin(facts.costUsd, cost))
          traces.push(facts);
      }
      isCut = narrow && (isPart || candidates.length >= most);
      if (!isCut || traces.length === limit || isPart) break;
    }
    return { traces, examined: seen.size, truncated: isCut && traces.length < limit };
  }

  /** Traces that may meet the conditions; where spans are too many to be read for it, the newest, as a part of them. */
  private async candidates(
    search: TraceSearch,
    conditions: readonly Condition[],
  ): Promise<{ readonly candidates: readonly TraceSummary[]; readonly isPart: boolean }> {
    const filter = storeFilter(conditions);
    if (filter === undefined) return { candidates: await this.spans.search(search), isPart: false };
    try {
      return { candidates: await this.spans.search({ ...search, filter }), isPart: false };
    } catch (error) {
      if (!(error instanceof LimitExceededError)) throw error;
      return { candidates: await this.spans.search(search), isPart: true };
    }
  }

  /** Undefined where the trace does not meet the conditions, or is gone. */
  private async factsOf(
    candidate: TraceSummary,
    conditions: readonly Condition[] | undefined,
  ): Promise<TraceFactsBody | undefined> {
    const { traceId } = candidate;
    const key = conditions === undefined ? traceId : `${traceId} ${JSON.stringify(conditions)}`;
    const mark = `${candidate.spanCount} ${candidate.endUnixNano} ${candidate.errorSpanCount}`;
    const known = this.remembered.get(key);
    if (known?.mark === mark) return known.facts;
    const spans = await this.spans.trace(traceId);
    const passes = spans.length > 0 && (conditions === undefined || traceMeets(spans, conditions));
    const facts = passes ? traceFacts(traceId, spans) : undefined;
    this.remembered.delete(key);
    this.remembered.set(key, { mark, facts });
    const oldest = this.remembered.keys().next();
    if (this.remembered.size > REMEMBERED && oldest.done !== true) this.remembered.delete(oldest.value);
    return facts;
  }
}

function toStoreSearch(question: TraceQuestion, attributes: Record<string, string>, limit: number): TraceSearch {
  const { start, end, service, operation, onlyErrors, duration } = question;
  const ofSpan: { minDuration?: Millis; maxDuration?: Millis } = {};
  if (operation !== undefined && duration.least !== undefined) ofSpan.minDuration = duration.least;
  if (operation !== undefined && duration.most !== undefined) ofSpan.maxDuration = duration.most;
  return {
    start,
    end,
    limit,
    ...ofSpan,
    ...(service === undefined ? {} : { service }),
    ...(operation === undefined ? {} : { operation }),
    ...(onlyErrors ? { onlyErrors } : {}),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

/** Facts are rounded to the microsecond: so much a summary may be off. */
function loosened({ least, most }: Range): Range {
  return {
    ...(least === undefined ? {} : { least: least - 0.001 }),
    ...(most === undefined ? {} : { most: most + 0.001 }),
  };
}

function isOpen({ least, most }: Range): boolean {
  return least === undefined && most === undefined;
}

/** What was not reported is within no range but the open one. */
function isWithin(value: number | null, { least = -Infinity, most = Infinity }: Range): boolean {
  return value === null ? least === -Infinity && most === Infinity : value >= least && value <= most;
}
