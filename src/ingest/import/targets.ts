import type { Clock } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Span } from '../../domain/span';
import { encodeTraces } from '../../otlp';
import type { SpanWriter } from '../../storage';
import type { IngestStage, StageContext } from '../stages/stage';
import { ImportRefusedError } from './errors';

/** Where imported spans go. */
export interface ImportTarget {
  /** Resolves when stored. Sending the same spans again changes nothing. */
  write(spans: readonly Span[]): Promise<void>;
  close(): Promise<void>;
}

/** Spans in one request at most. */
const BATCH = 1000;

/** A running stack, over OTLP/HTTP. */
export class StackTarget implements ImportTarget {
  constructor(
    private readonly stackUrl: string,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  /** Whether a stack answers at all. */
  async isReachable(): Promise<boolean> {
    try {
      return (
        await fetch(`${this.stackUrl}/healthz`, { signal: AbortSignal.any([this.signal, AbortSignal.timeout(3000)]) })
      ).ok;
    } catch {
      return false;
    }
  }

  async write(spans: readonly Span[]): Promise<void> {
    for (let i = 0; i < spans.length; i += BATCH) await this.post(encodeTraces(spans.slice(i, i + BATCH)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Asks again while the stack is busy. */
  private async post(body: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      let response: Response;
      try {
        response = await fetch(`${this.stackUrl}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf' },
          body,
          signal: this.signal,
        });
      } catch (error) {
        throw new ImportRefusedError(`${this.stackUrl} cannot be reached: ${messageOf(error)}`, { cause: error });
      }
      if (response.ok) return;
      const busy = response.status === 429 || response.status === 503;
      if (!busy || attempt === 5) {
        const text = (await response.text()).slice(0, 300);
        throw new ImportRefusedError(`${this.stackUrl} answered ${response.status} to a batch of spans: ${text}`);
      }
      const seconds = Number(response.headers.get('retry-after') ?? '1');
      await this.clock.sleep((Number.isFinite(seconds) ? seconds : 1) * 1000, this.signal);
    }
  }
}

/** The stores of a data folder, opened in this process: what goes there passes the same stages as what comes over the wire. */
export class StoresTarget implements ImportTarget {
  constructor(
    private readonly spans: SpanWriter,
    private readonly stages: readonly IngestStage[],
    private readonly clock: Clock,
    private readonly closeStores: () => Promise<void>,
  ) {}

  async write(spans: readonly Span[]): Promise<void> {
    for (let i = 0; i < spans.length; i += BATCH) {
      const work: Promise<unknown>[] = [];
      const context: StageContext = {
        at: this.clock.now(),
        transport: 'import',
        emitSpans: () => undefined,
        emitSamples: () => undefined,
        emitDurable: (promise) => void work.push(promise),
      };
      let kept: readonly Span[] = spans.slice(i, i + BATCH);
      for (const stage of this.stages) kept = (await stage.traces?.(kept, context)) ?? kept;
      await Promise.all(work);
      await this.spans.write(kept);
    }
  }

  close(): Promise<void> {
    return this.closeStores();
  }
}
