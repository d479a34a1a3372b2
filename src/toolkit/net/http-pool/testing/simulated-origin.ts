import type { Dispatcher } from 'undici';
import type { Clock, Millis } from '../../../../base/clock';
import type { OriginConnections } from '../types';

/** What a simulated server does with one attempt. */
export interface Fate {
  /** `lost`: the connection goes before the answer; `broken`: within it; `silent`: no answer, ever. */
  readonly what: 'lost' | 'broken' | 'silent' | number;
  /** Until the answer's head, and from there to its end. */
  readonly takes: Millis;
}

interface Waiting {
  readonly fate: Fate;
  readonly handler: Dispatcher.DispatchHandler;
}

/** The connections to an origin that is simulated: one request on each at a time, others wait in order. */
export class SimulatedOrigin implements OriginConnections {
  running = 0;
  isClosed = false;
  /** Requests that were passed on, attempts counted one by one. */
  dispatched = 0;
  private readonly waiting: Waiting[] = [];
  private onDrain: () => void = () => undefined;
  private onIdle: (() => void) | undefined;

  /** @param fateOf asked for each attempt, by the request's path */
  constructor(
    private readonly clock: Clock,
    private readonly max: number,
    private readonly fateOf: (path: string) => Fate,
  ) {}

  get queued(): number {
    return this.waiting.length;
  }

  get stats() {
    return { connected: this.max, free: this.max - this.running, running: this.running, queued: this.waiting.length };
  }

  dispatch({ path }: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (this.isClosed) throw new Error('sent to what is closed');
    this.dispatched++;
    this.waiting.push({ fate: this.fateOf(path), handler });
    this.startNext();
    return this.running < this.max;
  }

  on(_event: 'drain', listener: () => void): void {
    this.onDrain = listener;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.running + this.waiting.length > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
  }

  private startNext(): void {
    while (this.running < this.max) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.running++;
      this.start(next);
    }
  }

  private start({ fate: { what, takes }, handler }: Waiting): void {
    let isOver = false;
    const finish = (tell: () => void): void => {
      if (isOver) return;
      isOver = true;
      tell();
      this.running--;
      this.startNext();
      if (this.running < this.max) this.onDrain();
      if (this.running === 0) this.onIdle?.();
    };
    const fail = (error: Error): void => finish(() => handler.onError?.(error));
    handler.onConnect?.((reason) => fail(reason ?? new Error('stopped')));
    if (isOver || what === 'silent') return;
    this.clock.schedule(takes, () => {
      if (isOver) return;
      if (what === 'lost') return fail(new Error('other side closed'));
      handler.onHeaders?.(what === 'broken' ? 200 : what, [], () => undefined, '');
      this.clock.schedule(takes, () => {
        if (isOver) return;
        handler.onData?.(Buffer.from('body'));
        if (what === 'broken') fail(new Error('broke off'));
        else finish(() => handler.onComplete?.(null));
      });
    });
  }
}
