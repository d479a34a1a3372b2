import type { Clock, Millis } from '../../base/clock';
import { nextTurn } from '../../base/turn';
import { QueryCanceledError, QueryLimitError, QueryTimeoutError } from '../errors';

/** What a query may use. */
export interface QueryLimits {
  readonly maxSamples: number;
  readonly maxSeries: number;
  readonly maxBytes: number;
  readonly timeout: Millis;
  /** Longest the event loop is held. */
  readonly slice: Millis;
}

/** When the event loop had its last turn, as far as the queries of one engine know. */
export interface LoopTurns {
  last: Millis;
}

/** Cells that are worked on between two looks at the clock. */
const CHUNK = 32_768;

/** Bytes of one cell of a block: a number and its kind. */
const CELL_BYTES = 9;

/** Counts what one query uses, stops it at its limits, and gives way to other work in between. */
export class QueryBudget {
  /** Samples looked at. */
  samples = 0;
  series = 0;
  peakSamples = 0;
  private held = 0;
  private readonly started: Millis;

  /** @param turns shared by all queries of an engine: many short ones in a row give way as one long one does. */
  constructor(
    private readonly clock: Clock,
    readonly limits: QueryLimits,
    private readonly signal: AbortSignal | undefined,
    private readonly turns: LoopTurns,
  ) {
    this.started = clock.elapsed();
  }

  get elapsed(): Millis {
    return this.clock.elapsed() - this.started;
  }

  /** Whether it is time to let others work: then call `giveWay`. */
  get isSliceOver(): boolean {
    return this.clock.elapsed() - this.turns.last >= this.limits.slice;
  }

  /** Resumes on the next turn of the event loop. @throws QueryTimeoutError, QueryCanceledError */
  async giveWay(): Promise<void> {
    this.check();
    await nextTurn();
    this.check();
    this.turns.last = this.clock.elapsed();
  }

  /**
   * Does work on indices 0 to `total` part by part, `size` cells each counting, and lets other work have its turn in
   * between. @throws QueryTimeoutError, QueryCanceledError
   */
  async inSlices(total: number, size: number, work: (from: number, to: number) => void): Promise<void> {
    const stride = Math.max(1, Math.floor(CHUNK / Math.max(1, size)));
    for (let from = 0; from < total; from += stride) {
      if (this.isSliceOver) await this.giveWay();
      work(from, Math.min(total, from + stride));
    }
  }

  /** @throws QueryTimeoutError, QueryCanceledError */
  check(): void {
    if (this.signal?.aborted === true) throw new QueryCanceledError('query was canceled in expression evaluation');
    const { elapsed } = this;
    if (elapsed > this.limits.timeout) {
      throw new QueryTimeoutError(
        `query timed out in expression evaluation: ran ${Math.round(elapsed)} ms, limit ${this.limits.timeout} ms`,
      );
    }
  }

  /** Counts the cells of a new block. @throws QueryLimitError */
  hold(cells: number): void {
    this.held += cells;
    if (this.held > this.peakSamples) this.peakSamples = this.held;
    if (this.held > this.limits.maxSamples) this.tooManySamples(this.held);
    const bytes = this.held * CELL_BYTES;
    if (bytes > this.limits.maxBytes) {
      throw new QueryLimitError(
        `query needs too much memory: ${bytes} bytes so far, limit maxBytes ${this.limits.maxBytes}`,
      );
    }
  }

  /** Takes back the cells of a block that is done with. */
  release(cells: number): void {
    this.held -= cells;
  }

  /** Counts samples looked at. */
  read(samples: number): void {
    this.samples += samples;
  }

  /** @throws QueryLimitError when a window of this many samples is too many on its own. */
  checkSamples(samples: number): void {
    if (this.held + samples > this.peakSamples) this.peakSamples = this.held + samples;
    if (this.held + samples > this.limits.maxSamples) this.tooManySamples(this.held + samples);
  }

  private tooManySamples(needed: number): never {
    throw new QueryLimitError(
      `query processing would load too many samples into memory in query execution: ${needed} so far, limit maxSamples ${this.limits.maxSamples}`,
    );
  }
}
