import { backoffDelay } from '../base/backoff';
import type { Clock, Millis, Timer } from '../base/clock';
import { messageOf } from '../base/errors';
import { systemRandom } from '../base/ids';
import type { Logger } from '../base/logger';
import { startWorker, WorkerFailedError } from '../base/worker';
import type { CallOptions, Protocol, WorkerClient } from '../base/worker';
import { StoreUnavailableError } from '../storage';

/** What a kept worker is made of. */
export interface KeptWorkerOptions<P extends Protocol> {
  /** In messages: `the span store`. */
  readonly name: string;
  /** The worker's module, without suffix. */
  readonly path: string;
  /** What it is started with; asked for at every start. */
  readonly input: () => unknown;
  /** A first call: its answer proves that the files opened. */
  readonly prove: (worker: WorkerClient<P>) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const BACKOFF = { initial: 100, max: 30_000 } as const;
/** A worker that lived so long starts the next series of attempts from the beginning. */
const HEALTHY: Millis = 60_000;

/**
 * A store's worker thread that is started again when it ends unasked. What it had acknowledged is on disk; calls under way
 * and those made before it is back fail with `StoreUnavailableError`, which clients answer by trying again.
 */
export class KeptWorker<P extends Protocol> {
  private worker: WorkerClient<P> | undefined;
  private isWanted = false;
  private attempt = 0;
  private startedAt: Millis = 0;
  private timer: Timer | undefined;

  constructor(private readonly options: KeptWorkerOptions<P>) {}

  /** @throws WorkerFailedError when the store cannot be opened: then it is not tried again. */
  async start(): Promise<void> {
    if (this.isWanted) return;
    this.isWanted = true;
    try {
      await this.open();
    } catch (error) {
      this.isWanted = false;
      throw error;
    }
  }

  /** @param close the last call. */
  async stop(close: (worker: WorkerClient<P>) => Promise<unknown>): Promise<void> {
    const { worker } = this;
    this.isWanted = false;
    this.worker = undefined;
    this.timer?.cancel();
    if (worker === undefined) return;
    await close(worker);
    await worker.terminate();
  }

  /**
   * @throws StoreUnavailableError when the worker is not there, or ends before it answers.
   * @throws WorkerFailedError with the remote code when it answers with a fault.
   */
  async call<M extends keyof P & string>(
    method: M,
    argument: P[M]['argument'],
    options?: CallOptions,
  ): Promise<P[M]['result']> {
    const { worker, isWanted } = this;
    const { name } = this.options;
    if (!isWanted) throw new StoreUnavailableError(`${name} is not started`);
    if (worker === undefined) throw new StoreUnavailableError(`${name} is being restarted`);
    try {
      return await worker.call(method, argument, options);
    } catch (error) {
      if (this.worker === worker || !(error instanceof WorkerFailedError)) throw error;
      throw new StoreUnavailableError(`${name} ended at work and is restarted: ${error.message}`, { cause: error });
    }
  }

  /** Ends the thread as a fault of its own would; for tests. */
  async kill(): Promise<void> {
    await this.worker?.terminate();
  }

  private async open(): Promise<void> {
    const { path, input, prove, clock } = this.options;
    const worker = startWorker<P>(path, input(), (error) => this.onEnd(worker, error));
    this.worker = worker;
    try {
      await prove(worker);
    } catch (error) {
      if (this.worker === worker) this.worker = undefined;
      await worker.terminate();
      throw error;
    }
    this.startedAt = clock.elapsed();
  }

  private onEnd(worker: WorkerClient<P>, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    if (!this.isWanted) return;
    const { name, clock, logger } = this.options;
    if (this.startedAt > 0 && clock.elapsed() - this.startedAt >= HEALTHY) this.attempt = 0;
    logger.error(`${name} ended unasked; it is started again`, { error: messageOf(error) });
    this.restartLater();
  }

  private restartLater(): void {
    const { name, clock, logger } = this.options;
    this.attempt++;
    this.timer = clock.schedule(backoffDelay(this.attempt, BACKOFF, systemRandom), () => {
      if (!this.isWanted) return;
      this.open().then(
        () => logger.info(`${name} is back`, { attempt: this.attempt }),
        (error: unknown) => {
          logger.error(`${name} cannot be started again yet`, { error: messageOf(error), attempt: this.attempt });
          if (this.isWanted && this.worker === undefined) this.restartLater();
        },
      );
    });
  }
}
