import { statSync } from 'node:fs';
import type { Clock, Millis, Timer } from '../../base/clock';
import { expandGlob } from '../file/glob';

const PERIOD: Millis = 1000;

/** Calls back when a file that the patterns stand for appears, changes or vanishes; looks once a second. */
export class FileWatch {
  private timer: Timer | undefined;
  private seen: string;

  constructor(
    private readonly clock: Clock,
    private readonly patterns: readonly string[],
    private readonly onChange: () => void,
  ) {
    this.seen = this.look();
  }

  start(): void {
    this.timer = this.clock.schedule(PERIOD, () => {
      const now = this.look();
      if (now !== this.seen) {
        this.seen = now;
        this.onChange();
      }
      this.start();
    });
  }

  stop(): void {
    this.timer?.cancel();
  }

  private look(): string {
    return this.patterns
      .flatMap(expandGlob)
      .map((path) => {
        try {
          const { mtimeMs, size, ino } = statSync(path);
          return `${path} ${mtimeMs} ${size} ${ino}`;
        } catch {
          return path;
        }
      })
      .join('\n');
  }
}
