/** Bodies of the search over traces, its live form, and the outline that a waterfall draws. Null means "not reported". */

/** What a list shows of a trace: one row of `GET /api/stack/traces`, and of its live form. Instants in epoch milliseconds. */
export interface TraceFactsBody {
  readonly traceId: string;
  /** Of the root; of the earliest span where the root is missing. */
  readonly name: string;
  readonly services: readonly string[];
  readonly start: number;
  readonly durationMs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  /** Spans whose parent is named but not stored. */
  readonly orphanCount: number;
  readonly models: readonly string[];
  /** Input and output of the model calls; a span that adds up its children is not counted again. */
  readonly tokens: number | null;
  readonly costUsd: number | null;
  readonly session: string;
}

/** `GET /api/stack/traces`. */
export interface TraceSearchBody {
  readonly traces: readonly TraceFactsBody[];
  /** How many candidates were read. */
  readonly examined: number;
  /** There were more candidates than are read for one question: a narrower range finds what is missing. */
  readonly truncated: boolean;
}

/** One span of an outline: what the waterfall draws, without content. Instants and spans of time in microseconds. */
export interface OutlineSpan {
  readonly id: string;
  /** Empty at a root. */
  readonly parent: string;
  readonly name: string;
  readonly service: string;
  readonly kind: string;
  /** Since the epoch. */
  readonly start: number;
  readonly duration: number;
  readonly failed: boolean;
  /** It has no end yet: an emitter that sends spans early. */
  readonly running: boolean;
  /** Instants of events that say that something was tried again. */
  readonly retries: readonly number[];
  /** Attributes that a waterfall colours by or measures; the rest is asked for span by span. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** `GET /api/stack/traces/{id}/outline`. */
export interface TraceOutlineBody {
  readonly facts: TraceFactsBody;
  readonly missingParents: readonly string[];
  readonly spans: readonly OutlineSpan[];
}

/** A class of tokens of one model call and what it costs. */
export interface TokenPartBody {
  readonly name: 'uncached' | 'cache read' | 'cache write' | 'output' | 'reasoning';
  /** Reasoning is taken out of output here: the parts add up. */
  readonly tokens: number | null;
  /** By list price; null where the list has no price for the part alone. */
  readonly usd: number | null;
}

/** `GET /api/stack/traces/{id}/spans/{spanId}/detail`. */
export interface SpanDetailBody {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: { readonly name: string; readonly version: string };
  readonly statusMessage: string;
  readonly events: readonly {
    /** Microseconds since the epoch. */
    readonly at: number;
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** What the emitter itself left out. */
  readonly dropped: { readonly attributes: number; readonly events: number; readonly links: number };
  /** Attributes with what was said and done: their text is given on request only, and the request is logged. */
  readonly withheld: readonly { readonly key: string; readonly characters: number; readonly redactions: number }[];
  readonly usage: {
    readonly parts: readonly TokenPartBody[];
    readonly usd: number | null;
    /** `name@version` of the price list; empty where it has no price. */
    readonly catalog: string;
    /** Why there is no price; empty where there is one. */
    readonly reason: string;
  } | null;
}

/** `POST /api/stack/traces/{id}/spans/{spanId}/content`. */
export interface SpanContentBody {
  /** By attribute; of events of the span and of log records that name it, under `event 1 (name): key` and `log 1 (name): key`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** One row of `GET /api/stack/content-log`: who was shown what was said. Ids are empty where log records were asked for at large. */
export interface ContentShownBody {
  readonly at: number;
  readonly by: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly keys: readonly string[];
}
