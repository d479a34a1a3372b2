import type { Span } from '../domain/span';
import type { Signal, SpanColumns } from '../otlp';

/** Counts spans before any is dropped. */
export interface SpanObserver {
  /** A stretch of spans no stage changed, still in columns; rows with a 1 in `skip` are not among them. */
  observeColumns(columns: SpanColumns, skip: Uint8Array, from: number, to: number): void;
  observeSpans(spans: readonly Span[]): void;
}

/** Takes requests that go elsewhere as well. It waits for nobody but the disk, and never rejects. */
export interface RequestSink {
  wants(signal: Signal): boolean;
  /** Resolves once the request will survive a crash. */
  offer(signal: Signal, body: Uint8Array<ArrayBuffer>): Promise<void>;
}
