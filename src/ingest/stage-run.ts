import type { EpochMillis } from '../base/clock';
import type { MetricMetadata } from '../domain/sample';
import type { Span } from '../domain/span';
import type { IncomingSample } from '../storage';
import type { StageContext, Transport } from './stages/stage';

/** What the stages of one request add to it. */
export class StageRun {
  readonly spans: Span[] = [];
  readonly samples: IncomingSample[] = [];
  readonly metadata = new Map<string, MetricMetadata>();
  readonly work: Promise<unknown>[] = [];
  readonly context: StageContext;

  /** @param pause lets others work; see `StageContext`. */
  constructor(at: EpochMillis, transport: Transport, pause: () => Promise<void>) {
    this.context = {
      at,
      transport,
      pause,
      emitSpans: (spans) => void this.spans.push(...spans),
      emitSamples: (samples, metadata) => {
        for (const sample of samples) this.samples.push(sample);
        for (const [name, value] of metadata ?? []) this.metadata.set(name, value);
      },
      emitDurable: (work) => this.add(work),
    };
  }

  add(work: Promise<unknown>): void {
    // Handled in `finish`; until then a rejection must not count as unhandled.
    work.catch(() => undefined);
    this.work.push(work);
  }
}
