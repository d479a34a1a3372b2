import type { Span } from '../domain/span';
import type { Signal, SpanColumns } from '../otlp';

/** Counts spans before any is dropped. */
export interface SpanObserver {
  /** A stretch of spans no stage changed, still in columns; rows with a 1 in `skip` are not among them. */
  observeColumns(columns: SpanColumns, skip: Uint8Array, from: number, to: number): void;
  observeSpans(spans: readonly Span[]): void;
}

/** Takes requests that go elsewhere as well. Never waits, never throws. */
export interface RequestSink {
  wants(signal: Signal): boolean;
  offer(signal: Signal, body: Uint8Array<ArrayBuffer>): void;
}
