import { util } from 'undici';
import { IncomingBody } from './incoming-body';
import type { Dispatcher } from 'undici';

/** The head of an answer, and its body as it comes. */
export interface Answer {
  readonly status: number;
  /** Lower-case names; several values are joined by `, `. */
  readonly headers: Record<string, string>;
  readonly body: IncomingBody;
}

/**
 * One request on its way and its answer: what undici calls back. The answer's head comes by `answered`; whoever aborts is let go at
 * once, also while the request waits for a connection, where it stays until its turn comes and is passed over.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly answered: Promise<Answer>;
  /** Called once, when nothing of it is on a connection or waits for one any more. */
  onClosed: (() => void) | undefined;
  private isClosed = false;
  private resolve: (answer: Answer) => void = nothing;
  private reject: (error: unknown) => void = nothing;
  private body: IncomingBody | undefined;
  private stop: ((reason?: Error) => void) | undefined;
  private aborted: { readonly reason: unknown } | undefined;

  /**
   * @param onSent called when the request has a connection; again when that is lost before it was used
   * @param onEnd called once, before `onClosed` is
   */
  constructor(
    private readonly onSent: () => void,
    private readonly onEnd: () => void,
  ) {
    this.answered = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get hasClosed(): boolean {
    return this.isClosed;
  }

  /** Gives up: who waits for the answer, or reads it, gets the reason. No effect once the answer is complete. */
  abort(reason: unknown): void {
    if (this.isClosed || this.aborted !== undefined) return;
    this.aborted = { reason };
    this.reject(reason);
    this.body?.fail(reason);
    this.stop?.(toError(reason));
  }

  onConnect(stop: (reason?: Error) => void): void {
    if (this.aborted !== undefined) {
      stop(toError(this.aborted.reason));
      return;
    }
    this.stop = stop;
    this.onSent();
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    // More will follow.
    if (status < 200) return true;
    this.body = new IncomingBody(resume, (reason) => this.abort(reason));
    this.resolve({ status, headers: flatten(util.parseHeaders(raw)), body: this.body });
    return true;
  }

  onData(piece: Buffer): boolean {
    return this.body?.push(piece) ?? true;
  }

  onComplete(): void {
    this.body?.end();
    this.close();
  }

  onError(error: unknown): void {
    if (this.aborted === undefined) {
      this.reject(error);
      this.body?.fail(error);
    }
    this.close();
  }

  private close(): void {
    this.isClosed = true;
    this.onEnd();
    this.onClosed?.();
    this.onClosed = undefined;
  }
}

function flatten(headers: Record<string, string | string[]>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    flat[name] = typeof value === 'string' ? value : (value ?? []).join(', ');
  }
  return flat;
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

function nothing(): void {
  // Replaced by the promise.
}
