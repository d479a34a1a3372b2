import { monitorStats } from '../../shared/pool-telemetry';
import { Exchange } from './exchange';
import { RetryBudget } from './retry-budget';
import type { Dispatcher } from 'undici';
import type { Counter, Telemetry } from '../../../base/telemetry';
import type { PoolInstruments } from '../../shared/pool-telemetry';
import type { OriginConnections } from './types';

/** Retries that may be saved up. */
const RESERVE = 10;

/** What a request came to; `retried` are attempts beside. */
export type Outcome = 'ok' | 'client_error' | 'server_error' | 'failed' | 'aborted' | 'retried';

/** The connections to one origin, what is under way on them, and the figures of both. */
export class Origin {
  readonly budget: RetryBudget;
  readonly instruments: PoolInstruments;
  private readonly outcomes = new Map<Outcome, Counter>();
  /** What comes now has to wait; said for a moment more when that is over already. */
  private isBusy = false;
  private running = 0;
  private exchanges = 0;
  private onIdle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  /**
   * @param pool the name of the whole pool
   * @param max connections
   */
  constructor(
    private readonly pool: string,
    private readonly name: string,
    private readonly connections: OriginConnections,
    private readonly max: number,
    retryBudget: number,
    private readonly telemetry: Telemetry,
  ) {
    this.budget = new RetryBudget(retryBudget, RESERVE);
    this.instruments = monitorStats(telemetry, `${pool} ${name}`, () => {
      const { connected, free, running, queued } = connections.stats;
      return { size: connected, idle: free, inUse: running, waiters: queued, max };
    });
    connections.on('drain', () => void (this.isBusy = false));
  }

  /** Requests that run or wait, their bodies and the pauses between attempts included. */
  get pending(): number {
    return this.running;
  }

  begin(): void {
    this.running++;
    this.budget.earn();
  }

  end(): void {
    this.running--;
    if (this.running === 0) this.onIdle?.();
  }

  /** Waits for what is pending, then closes the connections. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  /** Never throws: the exchange is told. @param onSent called when the request has a connection */
  dispatch(options: Dispatcher.DispatchOptions, onSent: () => void): Exchange {
    if (this.isBusy && this.exchanges >= this.max) this.instruments.exhausted();
    this.exchanges++;
    const exchange = new Exchange(onSent, () => void this.exchanges--);
    try {
      this.isBusy = !this.connections.dispatch(options, exchange);
    } catch (error) {
      exchange.onError(error);
    }
    return exchange;
  }

  count(outcome: Outcome): void {
    let counter = this.outcomes.get(outcome);
    if (counter === undefined) {
      const labels = { pool: this.pool, server: new URL(this.name).host, outcome };
      counter = this.telemetry.counter(
        'telltale_http_client_requests_total',
        'Requests of HTTP pools by outcome; retries count apart',
        labels,
      );
      this.outcomes.set(outcome, counter);
    }
    counter.add();
  }

  private async shutDown(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    await this.connections.close();
  }
}
