import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { backoffDelay } from '../../base/backoff';
import type { Clock, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import { systemRandom } from '../../base/ids';
import type { Logger } from '../../base/logger';
import type { Counter, Telemetry } from '../../base/telemetry';
import type { Signal } from '../../otlp';
import { endToEnd } from '../batches';
import type { ForwardConfig } from './forward.config';

/** What a destination is made of. */
export interface DestinationParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

interface Waiting {
  readonly signal: Signal;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly since: Millis;
}

/** What became of one attempt. */
type Attempt = { readonly outcome: 'sent' | 'refused' } | { readonly outcome: 'later'; readonly after?: Millis };

/** Why requests are dropped. */
type Reason = 'queue_full' | 'refused' | 'gave_up' | 'stopped';

const compress = promisify(gzip);
const BACKOFF = { initial: 500, max: 30_000 } as const;
/** Waiting requests of one signal are sent as one while they are smaller: OTLP requests laid end to end are one request. */
const JOIN_BYTES = 1_048_576;
/** What is waiting when the stack stops is tried once more, for so long at most. */
const STOP_PATIENCE: Millis = 3000;

/** Sends requests to one OTLP/HTTP receiver, in order, from a queue with a bound. It never holds up who offers them. */
export class Destination {
  private readonly queue: Waiting[] = [];
  /** Taken from the queue to be sent together, until they are gone. */
  private inHand: readonly Waiting[] = [];
  private queuedBytes = 0;
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private readonly sent: Counter;
  private readonly dropped: Readonly<Record<Reason, Counter>>;

  constructor(
    private readonly config: ForwardConfig,
    private readonly parts: DestinationParts,
  ) {
    const { telemetry } = parts;
    const { host } = new URL(config.endpoint);
    this.sent = telemetry.counter('telltale_forward_requests_total', 'Requests forwarded.', { destination: host });
    const dropped = (reason: Reason): Counter =>
      telemetry.counter('telltale_forward_dropped_requests_total', 'Requests that were not forwarded, by reason.', {
        destination: host,
        reason,
      });
    this.dropped = {
      queue_full: dropped('queue_full'),
      refused: dropped('refused'),
      gave_up: dropped('gave_up'),
      stopped: dropped('stopped'),
    };
    telemetry.observedGauge(
      'telltale_forward_queue_ratio',
      'How full the queue to a destination is.',
      () => this.queuedBytes / config.queueBytes,
      { destination: host },
    );
  }

  wants(signal: Signal): boolean {
    return this.config.signals.includes(signal);
  }

  /** Takes a request. When the queue is full the oldest make room: what is new is worth more. */
  offer(signal: Signal, body: Uint8Array<ArrayBuffer>): void {
    if (this.stopping.signal.aborted) return this.drop('stopped');
    this.queue.push({ signal, body, since: this.parts.clock.elapsed() });
    this.queuedBytes += body.byteLength;
    while (this.queuedBytes > this.config.queueBytes && this.queue.length > 1) {
      this.forget(this.queue.splice(0, 1));
      this.drop('queue_full');
    }
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  /** Tries once more to send what waits, then drops it. */
  async stop(): Promise<void> {
    const { clock } = this.parts;
    this.stopping.abort();
    await this.running;
    const until = clock.elapsed() + STOP_PATIENCE;
    while (this.fillHand() && clock.elapsed() < until) {
      const { outcome } = await this.attempt(AbortSignal.timeout(STOP_PATIENCE));
      if (outcome !== 'sent') break;
      this.settle('sent');
    }
    for (const _request of [...this.inHand, ...this.queue]) this.drop('stopped');
    this.inHand = [];
    this.queue.length = 0;
    this.queuedBytes = 0;
  }

  private async run(): Promise<void> {
    const { clock, logger } = this.parts;
    const { timeout, giveUpAfter, endpoint } = this.config;
    for (let failures = 0; this.fillHand() && !this.stopping.signal.aborted;) {
      const attempt = await this.attempt(AbortSignal.any([this.stopping.signal, AbortSignal.timeout(timeout)]));
      if (attempt.outcome !== 'later') {
        failures = 0;
        this.settle(attempt.outcome);
        continue;
      }
      if (clock.elapsed() - (this.inHand[0]?.since ?? 0) >= giveUpAfter) {
        logger.warn('telemetry is not forwarded: gave up', { endpoint, requests: this.inHand.length });
        this.settle('gave_up');
        continue;
      }
      failures++;
      const wait = Math.max(attempt.after ?? 0, backoffDelay(failures, BACKOFF, systemRandom));
      await clock.sleep(wait, this.stopping.signal).catch(() => undefined);
    }
  }

  /** Takes the oldest requests that can go together in hand, unless some are; false when nothing waits. */
  private fillHand(): boolean {
    if (this.inHand.length > 0) return true;
    const [first] = this.queue;
    if (first === undefined) return false;
    let count = 0;
    let bytes = 0;
    for (const { signal, body } of this.queue) {
      if (signal !== first.signal || (count > 0 && bytes + body.byteLength > JOIN_BYTES)) break;
      bytes += body.byteLength;
      count++;
    }
    this.inHand = this.queue.splice(0, count);
    return true;
  }

  /** What was in hand is gone, for good or for bad. */
  private settle(outcome: 'sent' | 'refused' | 'gave_up'): void {
    const requests = this.inHand;
    this.inHand = [];
    this.forget(requests);
    if (outcome === 'sent') this.sent.add(requests.length);
    else for (const _request of requests) this.drop(outcome);
  }

  /** Sends what is in hand. */
  private async attempt(abort: AbortSignal): Promise<Attempt> {
    const { endpoint, compression, headers } = this.config;
    const { logger } = this.parts;
    const signal = this.inHand[0]?.signal ?? 'traces';
    try {
      const plain = endToEnd(this.inHand.map(({ body }) => body));
      const body = compression === 'gzip' ? Uint8Array.from(await compress(plain)) : plain;
      const response = await fetch(`${endpoint.replace(/\/+$/, '')}/v1/${signal}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          ...(compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
          ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
        },
        body,
        signal: abort,
        redirect: 'error',
      });
      const text = (await response.text()).slice(0, 200);
      if (response.ok) return { outcome: 'sent' };
      if ([408, 429, 502, 503, 504].includes(response.status))
        return { outcome: 'later', ...retryAfter(response.headers.get('retry-after')) };
      logger.warn('forwarded telemetry was refused', { endpoint, signal, status: response.status, text });
      return { outcome: 'refused' };
    } catch (error) {
      logger.debug('telemetry could not be forwarded yet', { endpoint, signal, error: messageOf(error) });
      return { outcome: 'later' };
    }
  }

  private forget(requests: readonly Waiting[]): void {
    for (const { body } of requests) this.queuedBytes -= body.byteLength;
  }

  private drop(reason: Reason): void {
    this.dropped[reason].add();
  }
}

function retryAfter(header: string | null): { after?: Millis } {
  const seconds = Number(header ?? '');
  return header !== null && Number.isFinite(seconds) && seconds > 0 ? { after: Math.min(seconds, 60) * 1000 } : {};
}
