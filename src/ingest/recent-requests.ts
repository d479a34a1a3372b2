import { createHash } from 'node:crypto';
import type { Clock, Millis } from '../base/clock';
import type { PartialSuccess } from '../otlp';

/** Requests remembered at most. */
const MAX_REQUESTS = 8192;

/** Bytes hashed at a stretch: a millisecond or less. */
const PART_BYTES = 512 * 1024;

interface Remembered {
  readonly at: number;
  readonly outcome: Promise<PartialSuccess>;
}

/**
 * Knows requests that came lately, so that one sent again, because its answer was lost, is not worked on twice: counters
 * derived from it would count it twice. A request that failed is forgotten.
 */
export class RecentRequests {
  private readonly requests = new Map<string, Remembered>();

  constructor(
    private readonly clock: Clock,
    private readonly window: Millis,
  ) {}

  /**
   * The outcome of an equal request within the window, else that of `work`.
   * @param pause waited for between two parts of a large body.
   */
  async once(
    kind: string,
    body: Uint8Array,
    work: () => Promise<PartialSuccess>,
    pause: () => Promise<void>,
  ): Promise<PartialSuccess> {
    if (this.window <= 0) return work();
    const hash = createHash('sha1').update(kind);
    for (let at = 0; at < body.byteLength; at += PART_BYTES) {
      if (at > 0) await pause();
      hash.update(body.subarray(at, at + PART_BYTES));
    }
    const key = hash.digest('base64');
    const now = this.clock.elapsed();
    this.forget(now);
    const known = this.requests.get(key);
    if (known !== undefined) return known.outcome;
    const outcome = work();
    this.requests.set(key, { at: now, outcome });
    outcome.catch(() => this.requests.delete(key));
    return outcome;
  }

  /** The oldest come first. */
  private forget(now: number): void {
    for (const [key, { at }] of this.requests) {
      if (now - at < this.window && this.requests.size < MAX_REQUESTS) return;
      this.requests.delete(key);
    }
  }
}
