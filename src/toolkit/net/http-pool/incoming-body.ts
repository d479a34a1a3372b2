import { Readable } from 'node:stream';

/** Bytes kept for a reader who has not come yet, or is behind; then the sender is held back. */
const HIGH_WATER = 64 * 1024;

/** What is done with the pieces of a body. */
type Reading = 'not yet' | 'collect' | 'drop' | 'stream';

/**
 * The bytes of one answer as they come: collected, dropped, or handed on as a stream. Only a stream is made into one: an answer that is
 * read as a whole costs an array.
 */
export class IncomingBody {
  private pieces: Uint8Array[] = [];
  private size = 0;
  private reading: Reading = 'not yet';
  private readable: Readable | undefined;
  private isPaused = false;
  private isDone = false;
  private failure: { readonly error: unknown } | undefined;
  private onEnd: (() => void) | undefined;
  private mostDropped = Infinity;

  /**
   * @param resume goes on with a sender that `push` held back
   * @param abort gives the answer up, and with HTTP/1 its connection
   */
  constructor(
    private readonly resume: () => void,
    private readonly abort: (reason: Error) => void,
  ) {}

  /** False holds the sender back. */
  push(piece: Uint8Array): boolean {
    this.size += piece.length;
    let goOn = true;
    if (this.readable !== undefined) goOn = this.readable.push(piece);
    else if (this.reading === 'drop') {
      if (this.size > this.mostDropped) this.abort(new Error('too much is left to be read'));
    } else {
      this.pieces.push(piece);
      goOn = this.reading === 'collect' || this.size < HIGH_WATER;
    }
    this.isPaused = !goOn;
    return goOn;
  }

  end(): void {
    this.isDone = true;
    this.readable?.push(null);
    this.onEnd?.();
  }

  fail(error: unknown): void {
    this.failure = { error };
    this.readable?.destroy(error instanceof Error ? error : new Error('aborted', { cause: error }));
    this.onEnd?.();
  }

  /** All of it; the buffer is the caller's. Rejects when the answer breaks off, and when it is read already. */
  async collect(): Promise<Buffer> {
    await this.read('collect');
    return Buffer.concat(this.take());
  }

  /** All of it as text. */
  async text(): Promise<string> {
    await this.read('collect');
    const pieces = this.take();
    const [first] = pieces;
    if (first === undefined) return '';
    return pieces.length === 1 && Buffer.isBuffer(first) ? first.toString() : Buffer.concat(pieces).toString();
  }

  /**
   * Reads it to its end and keeps nothing, so that the connection can be used again. No effect on what is read already.
   * @param atMost bytes; when more come the answer is given up instead
   */
  async drop(atMost = Infinity): Promise<void> {
    if (this.reading !== 'not yet') return;
    this.mostDropped = atMost;
    const done = this.read('drop');
    this.pieces = [];
    await done;
  }

  /** Hands it on piece by piece; destroying the stream gives the answer up. */
  stream(): Readable {
    if (this.readable !== undefined) return this.readable;
    this.begin('stream');
    const readable = new Readable({
      highWaterMark: HIGH_WATER,
      read: () => this.goOn(),
      destroy: (error, then) => {
        if (!this.isDone && this.failure === undefined)
          this.abort(error ?? new Error('the body was not read to its end'));
        then(error);
      },
    });
    // Whoever reads it is told; when nobody does, nobody has to be.
    readable.on('error', () => undefined);
    for (const piece of this.take()) readable.push(piece);
    if (this.failure !== undefined) this.fail(this.failure.error);
    else if (this.isDone) readable.push(null);
    return (this.readable = readable);
  }

  private read(how: Reading): Promise<void> {
    this.begin(how);
    this.goOn();
    return new Promise((resolve, reject) => {
      this.onEnd = () => {
        if (this.failure === undefined) resolve();
        else reject(this.failure.error);
      };
      if (this.isDone || this.failure !== undefined) this.onEnd();
    });
  }

  private begin(how: Reading): void {
    if (this.reading !== 'not yet') throw new TypeError('the body is read already');
    this.reading = how;
  }

  private goOn(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.resume();
  }

  private take(): readonly Uint8Array[] {
    const { pieces } = this;
    this.pieces = [];
    return pieces;
  }
}
