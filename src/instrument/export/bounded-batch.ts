import { ROOT_CONTEXT, TraceFlags, context, createContextKey, diag } from '@opentelemetry/api';
import { messageOf } from '../../base/errors';
import type { Clock, Millis, Timer } from '../../base/clock';
import type { Counter, Telemetry } from '../../base/telemetry';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** How spans wait for their export. */
export interface BatchOptions {
  /** Spans that wait at most; what comes beyond is dropped and counted. 16,384 unless given. */
  readonly queueSize?: number;
  /** Spans in one request at most. 512 unless given. */
  readonly batchSize?: number;
  /** How long a span waits for others. One second unless given. */
  readonly delay?: Millis;
  /** How long one export may take. Ten seconds unless given. */
  readonly timeout?: Millis;
}

/** Nothing that runs under this context is traced: not our own requests. */
const SUPPRESSED = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);

/** Sends ended spans in batches, one request at a time; counts what was exported, failed and dropped. */
export class BoundedBatch implements SpanProcessor {
  private queue: ReadableSpan[] = [];
  private timer: Timer | undefined;
  private sending: Promise<void> | undefined;
  private stopped = false;
  private readonly queueSize: number;
  private readonly batchSize: number;
  private readonly delay: Millis;
  private readonly timeout: Millis;
  private readonly exported: Counter;
  private readonly failed: Counter;
  private readonly dropped: Counter;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly clock: Clock,
    telemetry: Telemetry,
    options: BatchOptions = {},
  ) {
    this.queueSize = options.queueSize ?? 16_384;
    this.batchSize = Math.min(options.batchSize ?? 512, this.queueSize);
    this.delay = options.delay ?? 1_000;
    this.timeout = options.timeout ?? 10_000;
    const counter = (outcome: string): Counter =>
      telemetry.counter('telltale_export_spans_total', 'Spans handed to the exporter, by outcome.', { outcome });
    this.exported = counter('exported');
    this.failed = counter('failed');
    this.dropped = counter('dropped');
    telemetry.observedGauge('telltale_export_queue_spans', 'Spans that wait for export.', () => this.queue.length);
    telemetry.gauge('telltale_export_queue_limit_spans', 'Spans that may wait for export at most.').set(this.queueSize);
  }

  onStart(): void {
    // Only ended spans are of interest.
  }

  onEnd(span: ReadableSpan): void {
    if (this.stopped || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.queue.length >= this.queueSize) {
      this.dropped.add();
      return;
    }
    this.queue.push(span);
    if (this.sending !== undefined) return;
    if (this.queue.length >= this.batchSize) this.send();
    else this.timer ??= this.clock.schedule(this.delay, () => this.send());
  }

  /** Resolves when what waits now was sent, or could not be. Never rejects. */
  async forceFlush(): Promise<void> {
    // What is being sent was taken before; what came since goes in a round of its own.
    await this.sending;
    this.send();
    await this.sending;
  }

  async shutdown(): Promise<void> {
    if (this.stopped) return;
    await this.forceFlush();
    this.stopped = true;
    this.timer?.cancel();
    this.dropped.add(this.queue.length);
    this.queue = [];
    await this.exporter.shutdown();
  }

  private send(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.sending !== undefined || this.queue.length === 0) return;
    this.sending = this.drain().finally(() => {
      this.sending = undefined;
      if (this.stopped || this.queue.length === 0) return;
      if (this.queue.length >= this.batchSize) this.send();
      else this.timer = this.clock.schedule(this.delay, () => this.send());
    });
  }

  private async drain(): Promise<void> {
    let left = this.queue.length;
    while (left > 0 && this.queue.length > 0) {
      const batch = this.queue.splice(0, this.batchSize);
      left -= batch.length;
      const error = await this.exportBatch(batch);
      if (error === undefined) this.exported.add(batch.length);
      else {
        this.failed.add(batch.length);
        diag.error(`telltale: ${batch.length} spans could not be exported: ${messageOf(error)}`);
      }
    }
  }

  private async exportBatch(batch: ReadableSpan[]): Promise<unknown> {
    const pending = new Set(batch.map((span) => span.resource).filter((resource) => resource.asyncAttributesPending));
    await Promise.all([...pending].map((resource) => resource.waitForAsyncAttributes?.()));
    return new Promise((resolve) => {
      const timer = this.clock.schedule(this.timeout, () => resolve(new Error(`no answer within ${this.timeout} ms`)));
      const done = (error: unknown): void => {
        timer.cancel();
        resolve(error);
      };
      try {
        context.with(SUPPRESSED, () =>
          this.exporter.export(batch, (result) =>
            done(result.code === 0 ? undefined : (result.error ?? new Error('refused'))),
          ),
        );
      } catch (error) {
        done(error);
      }
    });
  }
}
