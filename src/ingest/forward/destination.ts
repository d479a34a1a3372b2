import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { backoffDelay } from '../../base/backoff';
import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import { systemRandom } from '../../base/ids';
import type { Logger } from '../../base/logger';
import type { Counter, Telemetry } from '../../base/telemetry';
import type { Signal } from '../../otlp';
import { endToEnd } from '../batches';
import type { ForwardConfig } from './forward.config';
import { Spool } from './spool';
import type { Place } from './spool';

/** What a destination is made of. */
export interface DestinationParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Where requests wait on disk, a folder of the destination's own; absent: they wait in memory. */
  readonly folder?: string;
}

interface Waiting {
  readonly signal: Signal;
  readonly bytes: number;
  readonly since: EpochMillis;
  /** In memory, or on disk. */
  readonly body: Uint8Array<ArrayBuffer> | Place;
}

/** What became of one attempt. */
type Attempt =
  { readonly outcome: 'sent' | 'refused' | 'unreadable' } | { readonly outcome: 'later'; readonly after?: Millis };

/** Why requests are dropped. */
type Reason = 'queue_full' | 'refused' | 'gave_up' | 'stopped' | 'unreadable';

const compress = promisify(gzip);
const BACKOFF = { initial: 500, max: 30_000 } as const;
/** Waiting requests of one signal are sent as one while they are smaller: OTLP requests laid end to end are one request. */
const JOIN_BYTES = 1_048_576;
/** A receiver that asks for more patience than this is asked again all the same. */
const MAX_RETRY_AFTER: Millis = 3_600_000;
/** What is waiting when the stack stops is tried once more, for so long at most. */
const STOP_PATIENCE: Millis = 3000;

/**
 * Sends requests to one OTLP/HTTP receiver, in order, from a queue with a bound, on disk where it has a folder. Who offers one
 * waits for the disk, never for the receiver.
 */
export class Destination {
  private readonly queue: Waiting[] = [];
  /** Taken from the queue to be sent together, until they are gone. */
  private inHand: readonly Waiting[] = [];
  private queuedBytes = 0;
  private running: Promise<void> | undefined;
  private spool: Spool | undefined;
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
      unreadable: dropped('unreadable'),
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

  /** Takes up what waits on disk since the last run. Where the folder cannot be used, requests wait in memory. */
  async start(): Promise<void> {
    const { folder, logger } = this.parts;
    if (folder === undefined) return;
    try {
      const { spool, found } = await Spool.open(folder);
      this.spool = spool;
      for (const { signal, since, place } of found) this.enqueue({ signal, since, bytes: place.length, body: place });
    } catch (error) {
      logger.error('what is to be forwarded waits in memory: its folder cannot be used', {
        folder,
        error: messageOf(error),
      });
    }
  }

  /** Takes a request; resolves once it is on disk. Never rejects. */
  async offer(signal: Signal, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const { clock, logger } = this.parts;
    if (this.stopping.signal.aborted && this.spool === undefined) return this.drop('stopped');
    const since = clock.now();
    let kept: Waiting['body'] = body;
    try {
      kept = (await this.spool?.append(signal, since, body)) ?? body;
    } catch (error) {
      logger.warn('a request to be forwarded waits in memory: it cannot be written', { error: messageOf(error) });
    }
    this.enqueue({ signal, since, bytes: body.byteLength, body: kept });
  }

  /** When the queue is full the oldest make room: what is new is worth more. */
  private enqueue(request: Waiting): void {
    this.queue.push(request);
    this.queuedBytes += request.bytes;
    while (this.queuedBytes > this.config.queueBytes && this.queue.length > 1) {
      this.forget(this.queue.splice(0, 1));
      this.drop('queue_full');
    }
    if (!this.stopping.signal.aborted) this.running ??= this.run();
  }

  /** Tries once more to send what waits; what is left stays on disk, or is dropped. */
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
    for (const { body } of [...this.inHand, ...this.queue]) if (body instanceof Uint8Array) this.drop('stopped');
    await this.spool?.close();
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
      if (clock.now() - (this.inHand[0]?.since ?? 0) >= giveUpAfter) {
        logger.warn('telemetry is not forwarded: gave up', { endpoint, requests: this.inHand.length });
        this.settle('gave_up');
        continue;
      }
      failures++;
      const wait = Math.max(attempt.after ?? 0, backoffDelay(failures, BACKOFF, systemRandom));
      await clock.sleep(wait, this.stopping.signal).catch(() => undefined);
    }
    // In the same turn as the last look at the queue: what comes next begins anew.
    this.running = undefined;
  }

  /** Takes the oldest requests that can go together in hand, unless some are; false when nothing waits. */
  private fillHand(): boolean {
    if (this.inHand.length > 0) return true;
    const [first] = this.queue;
    if (first === undefined) return false;
    let count = 0;
    let bytes = 0;
    for (const request of this.queue) {
      if (request.signal !== first.signal || (count > 0 && bytes + request.bytes > JOIN_BYTES)) break;
      bytes += request.bytes;
      count++;
    }
    this.inHand = this.queue.splice(0, count);
    return true;
  }

  /** What was in hand is gone, for good or for bad. */
  private settle(outcome: 'sent' | 'refused' | 'gave_up' | 'unreadable'): void {
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
    let plain: Uint8Array<ArrayBuffer>;
    try {
      plain = endToEnd(await Promise.all(this.inHand.map(({ body }) => this.read(body))));
    } catch (error) {
      logger.error('what was to be forwarded cannot be read from disk', { endpoint, error: messageOf(error) });
      return { outcome: 'unreadable' };
    }
    try {
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
        return { outcome: 'later', ...retryAfter(response.headers.get('retry-after'), this.parts.clock.now()) };
      logger.warn('forwarded telemetry was refused', { endpoint, signal, status: response.status, text });
      return { outcome: 'refused' };
    } catch (error) {
      logger.debug('telemetry could not be forwarded yet', { endpoint, signal, error: messageOf(error) });
      return { outcome: 'later' };
    }
  }

  private read(body: Waiting['body']): Uint8Array | Promise<Uint8Array> {
    if (body instanceof Uint8Array) return body;
    if (this.spool === undefined) throw new Error('the queue on disk is not open');
    return this.spool.read(body);
  }

  private forget(requests: readonly Waiting[]): void {
    for (const { bytes, body } of requests) {
      this.queuedBytes -= bytes;
      // What is in hand is older than what a full queue drops.
      if (!(body instanceof Uint8Array)) void this.spool?.settle(body, { isOldest: this.inHand.length === 0 });
    }
  }

  private drop(reason: Reason): void {
    this.dropped[reason].add();
  }
}

/** Seconds or a date; no longer than an hour. */
function retryAfter(header: string | null, now: EpochMillis): { after?: Millis } {
  if (header === null) return {};
  const millis = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return millis > 0 ? { after: Math.min(millis, MAX_RETRY_AFTER) } : {};
}
