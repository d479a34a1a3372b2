import type { Callbacks } from './pending-item';

/** Pieces not yet read, at most; a caller that reads slower than that loses the request, not the others. */
const MAX_UNREAD = 100_000;

/** Turns callbacks into an async generator: pieces as they come, then the answer as its return value. */
export class ChunkStream<C, O> implements Callbacks<O, C> {
  private readonly chunks: C[] = [];
  private wake: (() => void) | undefined;
  private end: { readonly value: O } | { readonly error: unknown } | undefined;

  constructor(private readonly onLeave: (reason: unknown) => void) {}

  chunk(chunk: C): void {
    if (this.chunks.length >= MAX_UNREAD) this.onLeave(new RangeError(`more than ${MAX_UNREAD} pieces are unread`));
    else this.chunks.push(chunk);
    this.wake?.();
  }

  resolve(value: O): void {
    this.end = { value };
    this.wake?.();
  }

  reject(error: unknown): void {
    this.end = { error };
    this.wake?.();
  }

  /** Reading it to the end gives the answer; leaving early aborts the request. */
  async *iterate(): AsyncGenerator<C, O, undefined> {
    let finished = false;
    try {
      for (;;) {
        const batch = this.chunks.splice(0);
        yield* batch;
        if (this.chunks.length > 0) continue;
        if (this.end !== undefined) {
          finished = true;
          if ('error' in this.end) throw this.end.error;
          return this.end.value;
        }
        await new Promise<void>((resolve) => (this.wake = resolve));
        this.wake = undefined;
      }
    } finally {
      if (!finished) this.onLeave(new DOMException('the reader left', 'AbortError'));
    }
  }
}
