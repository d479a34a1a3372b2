import type { EpochMillis, Millis } from '../../base/clock';
import type { PackedList } from './packed-list';

/** A window: start of the span in [start, end], both inclusive. */
export interface SpanDigestQuery {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  /** How many of the slowest traces to name. */
  readonly slowest: number;
}

/** All spans of one operation in a window. Quantiles are exact to 3 %. */
export interface OperationDigest {
  readonly service: string;
  readonly name: string;
  readonly spans: number;
  readonly errors: number;
  readonly totalMs: Millis;
  readonly p50Ms: Millis;
  readonly p95Ms: Millis;
  readonly p99Ms: Millis;
}

/** What all spans of a window come to. */
export interface SpanDigest {
  readonly spans: number;
  readonly operations: readonly OperationDigest[];
  /** Ids of the traces with the slowest root spans, the slowest first. */
  readonly slowest: readonly string[];
}

/** Which spans are wanted in detail: those with one of the attributes, or of one of the names; all where neither is given. */
export interface SpanDetailQuery {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly withKey: readonly string[];
  readonly withName: readonly string[];
  /** Text that attributes of the span or its resource must have, all of them. */
  readonly where?: Readonly<Record<string, string>>;
  /** Attributes (the span's, then its resource's) to give as text, each cut to 500 characters. */
  readonly read: readonly string[];
  /** Attributes of which only the length of the text is given. */
  readonly measure: readonly string[];
  /** Of all traces only those in this part of the range of hashes: [from, to) within [0, 1). */
  readonly part: { readonly from: number; readonly to: number };
  /** At most so many spans, in no order. */
  readonly limit: number;
}

/** A span reduced to what was asked for. */
export interface SpanDetail {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly startMs: EpochMillis;
  readonly durationMs: Millis;
  readonly failed: boolean;
  readonly values: Readonly<Record<string, string>>;
  readonly lengths: Readonly<Record<string, number>>;
}

/** Answers about all spans of a window, worked out where the spans lie. */
export interface SpanDigester {
  digest(query: SpanDigestQuery): Promise<SpanDigest>;
  details(query: SpanDetailQuery): Promise<SpanDetail[]>;
  /** The same, for a thread that hands on what it need not read. */
  packedDetails?(query: SpanDetailQuery): Promise<PackedList>;
}
