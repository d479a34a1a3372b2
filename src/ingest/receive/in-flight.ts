import { OverloadedError } from '../../base/errors';

/** Bytes of requests being received or worked on, with a bound. */
export class InFlight {
  private held = 0;
  private refusedCount = 0;

  constructor(private readonly limit: number) {}

  get bytes(): number {
    return this.held;
  }

  /** 0 (empty) to 1 (full). */
  get fullRatio(): number {
    return this.held / this.limit;
  }

  /** How often there was no room. */
  get refused(): number {
    return this.refusedCount;
  }

  /** @throws OverloadedError when there is no room. */
  take(bytes: number): void {
    if (this.held > 0 && this.held + bytes > this.limit) {
      this.refusedCount++;
      throw new OverloadedError('too many requests at once', 1000);
    }
    this.held += bytes;
  }

  give(bytes: number): void {
    this.held -= bytes;
  }
}
