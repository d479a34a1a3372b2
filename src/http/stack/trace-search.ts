import type { EpochMillis, Millis } from '../../base/clock';
import type { TraceFactsBody, TraceSearchBody } from '../../contracts/trace-search';
import type { SpanReader, TraceSearch, TraceSummary } from '../../storage';
import { storeAttributes, traceMeets } from './trace-conditions';
import type { Condition } from './trace-conditions';
import { traceFacts } from './trace-facts';

/** How many candidates are read for one question. */
const MOST_CANDIDATES = 500;
/** So many verdicts on traces are remembered: a list that refreshes itself reads only what is new. */
const REMEMBERED = 2000;

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

  /** The newest first. */
  async search(question: TraceQuestion): Promise<TraceSearchBody> {
    const { conditions, tokens, cost, limit } = question;
    const attributes = storeAttributes(conditions);
    const left = conditions.length > Object.keys(attributes).length;
    const byTrace = question.operation === undefined ? question.duration : {};
    const narrow = left || !isOpen(tokens) || !isOpen(cost) || !isOpen(byTrace);
    const candidates = await this.spans.search(toStoreSearch(question, attributes, narrow ? MOST_CANDIDATES : limit));
    const traces: TraceFactsBody[] = [];
    let examined = 0;
    for (const candidate of candidates) {
      if (traces.length === limit) break;
      examined++;
      const facts = await this.factsOf(candidate, left ? conditions : undefined);
      if (facts === undefined) continue;
      if (isWithin(facts.durationMs, byTrace) && isWithin(facts.tokens, tokens) && isWithin(facts.costUsd, cost))
        traces.push(facts);
    }
    return { traces, examined, truncated: narrow && traces.length < limit && candidates.length >= MOST_CANDIDATES };
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

function isOpen({ least, most }: Range): boolean {
  return least === undefined && most === undefined;
}

/** What was not reported is within no range but the open one. */
function isWithin(value: number | null, { least = -Infinity, most = Infinity }: Range): boolean {
  return value === null ? least === -Infinity && most === Infinity : value >= least && value <= most;
}
