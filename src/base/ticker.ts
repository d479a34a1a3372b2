import type { Clock, EpochMillis, Millis, Timer } from './clock';

/** Calls `onTick(at)` at multiples of `period`, one at a time: a slow tick skips those it missed. */
export class Ticker {
  private timer: Timer | undefined;
  private stopped = false;

  /** @param onTick must not reject. */
  constructor(
    private readonly clock: Clock,
    private readonly period: Millis,
    private readonly onTick: (at: EpochMillis) => Promise<void> | void,
  ) {}

  start(): void {
    const now = this.clock.now();
    const due = (Math.floor(now / this.period) + 1) * this.period;
    this.timer = this.clock.schedule(due - now, () => {
      void Promise.resolve(this.onTick(due)).then(() => {
        if (!this.stopped) this.start();
      });
    });
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }
}
