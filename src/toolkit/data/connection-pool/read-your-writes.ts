import type { Millis } from '../../../base/clock';

const MAX_SESSIONS = 10_000;

/** Remembers which sessions wrote lately, the most recent `MAX_SESSIONS` of them. */
export class ReadYourWrites {
  private readonly wroteAt = new Map<string, Millis>();

  constructor(private readonly holdFor: Millis) {}

  wrote(session: string, at: Millis): void {
    this.wroteAt.delete(session);
    this.wroteAt.set(session, at);
    const oldest = this.wroteAt.keys().next();
    if (this.wroteAt.size > MAX_SESSIONS && !oldest.done) this.wroteAt.delete(oldest.value);
  }

  isRecent(session: string, at: Millis): boolean {
    const wroteAt = this.wroteAt.get(session);
    return wroteAt !== undefined && at - wroteAt < this.holdFor;
  }
}
