import type { EpochMillis } from '../../base/clock';
import type { LogRecord } from '../../domain/log-record';
import type { ResourceMetrics } from '../../domain/metric-point';
import type { MetricMetadata } from '../../domain/sample';
import type { Span } from '../../domain/span';
import type { IncomingSample } from '../../storage';
import type { MarkerText } from '../text-finder';

/** How telemetry came in. */
export const TRANSPORTS = ['http', 'grpc', 'import', 'internal'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** What a stage may know and do beside changing what passes through it. */
export interface StageContext {
  /** When the request arrived. */
  readonly at: EpochMillis;
  readonly transport: Transport;
  /** To be waited for now and then by work of more than a millisecond; absent: nobody else waits. */
  pause?(): Promise<void>;
  /** Adds spans to those stored with this request: made by the stack itself, they pass no stage again. */
  emitSpans(spans: readonly Span[]): void;
  /** Adds samples to those appended with this request. */
  emitSamples(samples: readonly IncomingSample[], metadata?: ReadonlyMap<string, MetricMetadata>): void;
  /** Work that must be durable before the request is acknowledged, e.g. ledger rows. */
  emitDurable(work: Promise<unknown>): void;
}

/**
 * A step between receiving and storing. Stages run in the order of their list; each gets what the one before returned.
 * What a stage throws refuses the whole request: fail closed.
 */
export interface IngestStage {
  readonly name: string;
  /**
   * Texts of which at least one occurs in the encoded form of a span, its resource or its scope (attribute keys, say)
   * if the stage has any interest in it. Spans without are passed by, unread: keep the list short and telling. Absent:
   * every span is handed over.
   */
  readonly markers?: readonly string[];
  /** Further markers, with conditions. */
  readonly markerTexts?: readonly MarkerText[];
  /** Attribute keys, those within maps too, that are a marker; asked once per key. */
  wantsKey?(key: string): boolean;
  /** Changes, drops or replaces spans; returning the same objects means that nothing changed. */
  traces?(spans: readonly Span[], context: StageContext): readonly Span[] | Promise<readonly Span[]>;
  logs?(records: readonly LogRecord[], context: StageContext): readonly LogRecord[] | Promise<readonly LogRecord[]>;
  /** Every request's metrics; markers do not matter. */
  metrics?(metrics: readonly ResourceMetrics[], at: EpochMillis): readonly ResourceMetrics[];
}
