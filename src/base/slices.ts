import type { Clock, Millis } from './clock';
import { nextTurn } from './turn';

/** How long a piece of work may hold the event loop. */
const SLICE: Millis = 4;

/** Gives other work its turn in the middle of long loops. */
export class Slices {
  private since: Millis;

  constructor(
    private readonly clock: Clock,
    private readonly slice: Millis = SLICE,
  ) {
    this.since = clock.elapsed();
  }

  get isOver(): boolean {
    return this.clock.elapsed() - this.since >= this.slice;
  }

  /** Resumes on the next turn of the event loop. */
  async turn(): Promise<void> {
    await nextTurn();
    this.since = this.clock.elapsed();
  }

  /** Does work on indices 0 to `total`, `stride` of them between two looks at the clock. */
  async each(total: number, stride: number, work: (index: number) => void): Promise<void> {
    for (let from = 0; from < total; from += stride) {
      const to = Math.min(total, from + stride);
      for (let index = from; index < to; index++) work(index);
      if (this.isOver) await this.turn();
    }
  }

  /** Runs steps to their end, with a look at the clock after each. */
  async run<T>(steps: Generator<void, T>): Promise<T> {
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      if (this.isOver) await this.turn();
    }
  }
}

/** Runs steps to their end at one go. */
export function runAtOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
