import type { EpochMillis, Millis } from '../../base/clock';
import type { AttributeValue } from '../../domain/attributes';
import type { LogRecord } from '../../domain/log-record';
import type { Span, SpanKind } from '../../domain/span';
import type { SpanFilter } from './span-filter';

/** A question about traces: all given conditions must hold on one span of the trace. */
export interface TraceSearch {
  readonly service?: string;
  readonly operation?: string;
  /** Start of the span in [start, end], both inclusive. */
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly minDuration?: Millis;
  readonly maxDuration?: Millis;
  readonly onlyErrors?: boolean;
  /**
   * Equality by text form, of attributes of the span, its resource, scope, events and links, and of what Jaeger's users
   * know as tags: `error` (`true`), `span.kind`, `otel.status_code` (`OK`, `ERROR`), `otel.scope.name`, `otel.scope.version`.
   */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly filter?: SpanFilter;
  /** At most so many traces, the newest first. */
  readonly limit: number;
}

/** One trace in a list. */
export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootOperation: string;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly spanCount: number;
  readonly errorSpanCount: number;
  readonly orphanSpanCount: number;
  readonly services: readonly { readonly name: string; readonly spanCount: number; readonly errorSpanCount: number }[];
}

/** A caller→callee pair of services. */
export interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** A question about log records: all given conditions must hold. */
export interface LogSearch {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly service?: string;
  readonly eventName?: string;
  readonly minSeverityNumber?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Stands in the record, letters of either case; not in what was said or done, see `withContent`. */
  readonly text?: string;
  /** Whether `text` is looked for in content, too: attributes and bodies that `domain/content.ts` names. */
  readonly withContent?: boolean;
  readonly limit: number;
}

/** Reading spans and logs. */
export interface SpanReader {
  /** All spans of a trace, by start; empty when unknown. */
  trace(traceId: string): Promise<Span[]>;
  /**
   * Every trace with a span that meets the question, up to its limit.
   * @throws LimitExceededError when a filter asks for more spans to be read than the store reads for one question.
   * @throws RegexSyntaxError
   */
  search(query: TraceSearch): Promise<TraceSummary[]>;
  /** Sorted. */
  services(): Promise<string[]>;
  /** Sorted by name, then kind. */
  operations(service: string): Promise<{ name: string; kind: SpanKind }[]>;
  dependencies(start: EpochMillis, end: EpochMillis): Promise<Dependency[]>;
  /** Attribute keys seen in the window, for completion; sorted. */
  attributeKeys(start: EpochMillis, end: EpochMillis): Promise<string[]>;
  attributeValues(key: string, start: EpochMillis, end: EpochMillis, limit: number): Promise<AttributeValue[]>;
  logs(query: LogSearch): Promise<LogRecord[]>;
}

/**
 * Spans or log records still in their OTLP encoding, with the columns that `otlp` found in them. The arrays move to the
 * store: the caller loses them.
 */
export interface EncodedRecords {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly table: Int32Array<ArrayBuffer>;
  readonly resources: Int32Array<ArrayBuffer>;
  readonly scopes: Int32Array<ArrayBuffer>;
}

/** Writing spans and logs. */
export interface SpanWriter {
  /**
   * Resolves when the spans are durable and visible. A span that is there already (same trace and span id) is not doubled.
   * @throws OverloadedError when the writer's queue is full: nothing was taken.
   */
  write(spans: readonly Span[]): Promise<void>;
  writeLogs(records: readonly LogRecord[]): Promise<void>;
  /** The same for what was received as OTLP, without making objects; rows with a 1 in `skip` are left out. */
  writeEncoded?(spans: EncodedRecords, skip?: Uint8Array<ArrayBuffer>): Promise<void>;
  writeEncodedLogs?(records: EncodedRecords, skip?: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** A store of spans and logs. */
export interface SpanStore extends SpanReader, SpanWriter {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Injection token of the span store. */
export const SPAN_STORE = Symbol('SpanStore');
