import { trace } from '@opentelemetry/api';
import { backoffDelay } from '../../../base/backoff';
import { systemClock } from '../../../base/clock';
import { systemRandom } from '../../../base/ids';
import { ClosedError, QueueFullError, ResourceFailedError, ToolkitOptionsError } from '../../errors';
import { toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { AdaptiveWindow } from './adaptive-window';
import { allocateTokens } from './allocate-tokens';
import { batcherInstruments } from './batcher-telemetry';
import { ChunkStream } from './chunk-stream';
import { FairQueue } from './fair-queue';
import { PendingItem } from './pending-item';
import { RoomQueue } from './room-queue';
import type { Clock, Millis, Timer } from '../../../base/clock';
import type { BatcherInstruments } from './batcher-telemetry';
import type { Callbacks, ItemParts } from './pending-item';
import type { ItemResult, RequestBatcherOptions, SubmitOptions } from './types';

/** Figures of a batcher at one moment. */
export interface BatcherStats {
  readonly queued: number;
  readonly queuedTokens: number;
  readonly spilled: number;
  readonly runningBatches: number;
  /** Accepted and not answered yet. */
  readonly open: number;
}

/**
 * Gathers requests into batches: by size, tokens and time, by priority with ageing, fairly between clients. Every
 * request that was accepted is answered exactly once: with its value, its error, its caller's abort, or the closing.
 */
export class RequestBatcher<I, O, C = never> implements AsyncDisposable {
  private readonly queue: FairQueue<PendingItem<I, O, C>>;
  private readonly room: RoomQueue<I, PendingItem<I, O, C>>;
  private readonly window: AdaptiveWindow;
  private readonly clock: Clock;
  private readonly instruments: BatcherInstruments;
  private readonly open = new Set<PendingItem<I, O, C>>();
  private readonly maxQueued: number;
  private running = 0;
  private closed = false;
  private timer: Timer | undefined;
  private timerDue = Infinity;
  private pumpQueued = false;
  /** Each waits for the items that were open when it began. */
  private readonly flushes = new Set<{ readonly items: Set<PendingItem<I, O, C>>; readonly done: () => void }>();

  /** @throws ToolkitOptionsError */
  constructor(private readonly options: RequestBatcherOptions<I, O, C>) {
    const { maxItems = 32, maxTokens = Infinity, packing = 'sum', ageingStep = 1_000, weights = {} } = options;
    if (maxItems < 1 || maxTokens <= 0 || ageingStep <= 0 || (options.concurrency ?? 4) < 1) {
      throw new ToolkitOptionsError(`batcher "${options.name}": limits must be positive`);
    }
    if (Object.values(weights).some((weight) => !(weight > 0))) {
      throw new ToolkitOptionsError(`batcher "${options.name}": weights must be positive`);
    }
    if (options.overflow === 'spill' && options.spill === undefined) {
      throw new ToolkitOptionsError(`batcher "${options.name}": overflow "spill" needs a spill`);
    }
    this.clock = options.clock ?? systemClock;
    this.maxQueued = options.maxQueued ?? 10_000;
    this.queue = new FairQueue({ maxItems, maxTokens, packing }, ageingStep, weights);
    this.room = new RoomQueue(this.maxQueued * 10, options.spill);
    this.window = new AdaptiveWindow(options.window ?? 5, maxItems);
    this.instruments = batcherInstruments(options.telemetry ?? toolkitTelemetry, options.name, {
      items: () => this.queue.size,
      tokens: () => this.queue.tokens,
      running: () => this.running,
      window: () => this.currentWindow,
      spilled: () => this.room.size,
    });
  }

  get stats(): BatcherStats {
    return {
      queued: this.queue.size,
      queuedTokens: this.queue.tokens,
      spilled: this.room.size,
      runningBatches: this.running,
      open: this.open.size,
    };
  }

  /**
   * Queues a request and resolves with its answer.
   * @throws QueueFullError, ClosedError, the executor's error for this item, or the signal's reason
   */
  submit(input: I, options: SubmitOptions = {}): Promise<O> {
    return new Promise<O>((resolve, reject) =>
      this.accept(input, options, { resolve, reject, chunk: () => undefined }),
    );
  }

  /** As `submit`, for executors that `emit` pieces: they come as they are emitted; the iterator returns the answer. */
  stream(input: I, options: SubmitOptions = {}): AsyncGenerator<C, O, undefined> {
    const abort = new AbortController();
    const stream = new ChunkStream<C, O>((reason) => abort.abort(reason));
    const signal = options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
    this.accept(input, { ...options, signal }, stream);
    return stream.iterate();
  }

  /** Sends what is queued without waiting for company, and resolves when all that was open has its answer. */
  async flush(): Promise<void> {
    if (this.open.size === 0) return;
    await new Promise<void>((resolve) => {
      this.flushes.add({ items: new Set(this.open), done: resolve });
      this.schedulePump();
    });
  }

  /** Takes no more requests, answers those it has, then ends. With an aborting signal the rest fails at once. */
  async close(signal?: AbortSignal): Promise<void> {
    this.closed = true;
    const giveUp = (): void => {
      for (const item of [...this.open]) item.cancel(new ClosedError(`batcher "${this.options.name}" was closed`));
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted) giveUp();
    await this.flush();
    signal?.removeEventListener('abort', giveUp);
    this.timer?.cancel();
    await this.room.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private get currentWindow(): Millis {
    if (this.flushes.size > 0) return 0;
    return this.options.adaptiveWindow === true ? this.window.current : (this.options.window ?? 5);
  }

  private accept(input: I, options: SubmitOptions, callbacks: Callbacks<O, C>): void {
    const { client = 'default', signal } = options;
    if (signal?.aborted) {
      callbacks.reject(signal.reason);
      return;
    }
    if (this.closed) {
      this.instruments.refused('closed');
      callbacks.reject(new ClosedError(`batcher "${this.options.name}" is closed`));
      return;
    }
    let parts: Pick<ItemParts<I, O, C>, 'priority' | 'group' | 'tokens'>;
    try {
      parts = this.partsOf(input, options);
    } catch (error) {
      callbacks.reject(error);
      return;
    }
    const settle = (then: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      this.finish(item);
      then();
    };
    const item = new PendingItem<I, O, C>({
      input,
      client,
      ...parts,
      wantedOutput: options.outputTokens,
      submittedAt: this.clock.elapsed(),
      span: trace.getActiveSpan(),
      onCharge: (tokens) => this.queue.counters.charge(client, tokens),
      callbacks: {
        resolve: (value) => settle(() => callbacks.resolve(value)),
        reject: (error) => settle(() => callbacks.reject(error)),
        chunk: (chunk) => callbacks.chunk(chunk),
      },
    });
    const onAbort = (): void => item.cancel(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.open.add(item);
    this.window.arrived(item.submittedAt);
    if (this.queue.size < this.maxQueued && this.room.size === 0) this.enqueue(item);
    else this.overflow(item);
  }

  /** What orders a request among others; a number that is none would spoil the order of all. */
  private partsOf(input: I, options: SubmitOptions): { priority: number; group: string; tokens: number } {
    const { priority = 0 } = options;
    const tokens = options.tokens ?? this.options.tokensOf?.(input) ?? 1;
    if (!Number.isFinite(priority) || !Number.isFinite(tokens)) {
      throw new ToolkitOptionsError(
        `batcher "${this.options.name}": priority ${priority} and tokens ${tokens} must be finite`,
      );
    }
    return { priority: Math.floor(priority), group: this.options.groupOf?.(input) ?? '', tokens: Math.max(0, tokens) };
  }

  private overflow(item: PendingItem<I, O, C>): void {
    const { overflow = 'reject', name } = this.options;
    const full = new QueueFullError(`batcher "${name}": ${this.queue.size} requests are queued already`);
    if (overflow === 'drop-oldest') {
      const victim = this.queue.oldestOfLowest();
      if (victim === undefined || victim.priority > item.priority) item.fail(full);
      else {
        victim.tell('batch.dropped', { 'telltale.batcher': name });
        victim.fail(new QueueFullError(`batcher "${name}": dropped for a newer request`));
        this.enqueue(item);
      }
      this.instruments.refused('dropped');
      return;
    }
    if (overflow === 'reject' || !this.room.add(item, overflow === 'spill')) {
      this.instruments.refused('full');
      item.fail(full);
    }
  }

  private enqueue(item: PendingItem<I, O, C>): void {
    item.gone = false;
    this.queue.add(item);
    this.schedulePump();
  }

  /** Batches are cut in a microtask, so that what is submitted together is together. */
  private schedulePump(): void {
    if (this.pumpQueued) return;
    this.pumpQueued = true;
    queueMicrotask(() => {
      this.pumpQueued = false;
      this.pump();
    });
  }

  private pump(): void {
    const at = this.clock.elapsed();
    const window = this.currentWindow;
    while (this.running < (this.options.concurrency ?? 4) && this.queue.size > 0) {
      const batch = this.queue.take(at, window);
      if (batch === undefined) break;
      this.running++;
      void this.run(batch).finally(() => {
        this.running--;
        this.schedulePump();
      });
    }
    if (this.room.size > 0 && this.queue.size < this.maxQueued) void this.refill();
    this.arm(window);
  }

  private async refill(): Promise<void> {
    await this.room.refill(
      () => this.queue.size < this.maxQueued,
      (item) => this.enqueue(item),
      (item, error) => item.fail(error),
    );
  }

  private arm(window: Millis): void {
    const due = this.running < (this.options.concurrency ?? 4) ? this.queue.dueAt(window) : undefined;
    if (due === undefined) return;
    if (this.timer !== undefined && this.timerDue <= due) return;
    this.timer?.cancel();
    this.timerDue = due;
    this.timer = this.clock.schedule(Math.max(0, due - this.clock.elapsed()), () => {
      this.timer = undefined;
      this.timerDue = Infinity;
      this.pump();
    });
  }

  /** Never rejects. */
  private async run(batch: readonly PendingItem<I, O, C>[]): Promise<void> {
    const at = this.clock.elapsed();
    const abort = new AbortController();
    const tokens = batch.reduce((sum, item) => sum + item.tokens, 0);
    this.prepare(batch, at);
    this.instruments.sizes.observe(batch.length);
    this.instruments.tokens.observe(tokens);
    const onLeave = (): void => {
      if (batch.every((item) => item.isSettled)) abort.abort(new DOMException('all callers left', 'AbortError'));
    };
    for (const item of batch) item.onLeave = onLeave;
    const attributes = {
      'telltale.batcher': this.options.name,
      'telltale.batch.items': batch.length,
      'telltale.batch.tokens': tokens,
    };
    const links = batch.flatMap(({ link }) => (link === undefined ? [] : [link]));
    let results: readonly ItemResult<O>[];
    try {
      const execute = (): Promise<readonly ItemResult<O>[]> => this.options.execute(batch, abort.signal);
      results =
        this.options.spans === false
          ? await execute()
          : await withToolkitSpan(`batch ${this.options.name}`, { attributes, links, root: true }, (span) => {
              const { traceId, spanId } = span.spanContext();
              const joined = { ...attributes, 'batch.trace_id': traceId, 'batch.span_id': spanId };
              for (const item of batch) item.tell('batch.joined', joined);
              return execute();
            });
      if (!Array.isArray(results)) results = [];
    } catch (error) {
      results = batch.map(() => ({ ok: false, error }));
    }
    batch.forEach((item, index) => {
      item.onLeave = undefined;
      this.answer(item, results[index]);
    });
  }

  private prepare(batch: readonly PendingItem<I, O, C>[], at: Millis): void {
    const { outputTokenBudget: budget } = this.options;
    const wishes = batch.map((item) => item.wantedOutput ?? Infinity);
    const finite = wishes.map((wish) => (Number.isFinite(wish) ? wish : (budget ?? 0)));
    const grants = budget === undefined ? [] : allocateTokens(finite, budget);
    batch.forEach((item, index) => {
      item.attempt++;
      item.outputTokens = grants[index];
      this.instruments.waits.observe((at - item.enqueuedAt) / 1000);
    });
  }

  /** Never throws: an answer that is none, or a judge of errors that fails, is that item's failure alone. */
  private answer(item: PendingItem<I, O, C>, result: ItemResult<O> | null | undefined): void {
    if (item.isSettled) return;
    if (result?.ok === true) {
      item.succeed(result.value);
      return;
    }
    const error =
      result === undefined || result === null
        ? new ResourceFailedError(`batcher "${this.options.name}": the executor gave no result for the item`)
        : result.error;
    if (item.attempt < (this.options.attempts ?? 1) && this.isRetryable(error)) this.retry(item);
    else if (item.fail(error)) this.instruments.failures.add();
  }

  private isRetryable(error: unknown): boolean {
    try {
      return this.options.isRetryable?.(error) ?? true;
    } catch {
      return false;
    }
  }

  private retry(item: PendingItem<I, O, C>): void {
    this.instruments.retries.add();
    const { retryDelay: initial = 100, random = systemRandom } = this.options;
    const delay = backoffDelay(item.attempt, { initial, max: 30_000 }, random);
    item.tell('batch.retry', { 'telltale.batch.attempt': item.attempt });
    this.clock.schedule(delay, () => {
      if (item.isSettled) return;
      item.enqueuedAt = this.clock.elapsed();
      this.enqueue(item);
    });
  }

  /** An item had its answer. */
  private finish(item: PendingItem<I, O, C>): void {
    this.open.delete(item);
    if (!this.queue.remove(item)) this.room.remove(item);
    if (this.room.size > 0) this.schedulePump();
    for (const flush of this.flushes) {
      flush.items.delete(item);
      if (flush.items.size > 0) continue;
      this.flushes.delete(flush);
      flush.done();
    }
  }
}
