import type { Clock, Millis } from '../../../base/clock';
import type { Random } from '../../../base/ids';
import type { Telemetry } from '../../../base/telemetry';
import type { Spill } from './spill';

/** What happens to a request when the queue is full. */
export const OVERFLOW_POLICIES = ['reject', 'wait', 'spill', 'drop-oldest'] as const;
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

/** One request inside a batch, as the executor sees it. */
export interface BatchItem<I, C = never> {
  readonly input: I;
  /** Input tokens as estimated at submission. */
  readonly tokens: number;
  readonly client: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Output tokens granted to it out of the batch's budget; undefined when no budget is set. */
  readonly outputTokens: number | undefined;
  /** Aborts when its caller does. */
  readonly signal: AbortSignal;
  /** Hands a piece of its answer to a caller of `stream`; ignored for `submit`. */
  emit(chunk: C): void;
  /** Charges its client for tokens beyond the estimate, e.g. those of the answer. */
  charge(tokens: number): void;
}

/** The executor's answer to one item: a value, or an error to be thrown to its caller alone. */
export type ItemResult<O> = { readonly ok: true; readonly value: O } | { readonly ok: false; readonly error: unknown };

/** How one request is queued. */
export interface SubmitOptions {
  /** Who asks; clients share the throughput by weight. Default `default`. */
  readonly client?: string;
  /** Higher goes first, among all clients; waiting raises it by ageing. An integer, default 0. */
  readonly priority?: number;
  /** Overrides `tokensOf`. */
  readonly tokens?: number;
  /** Output tokens wanted out of the batch's budget. */
  readonly outputTokens?: number;
  readonly signal?: AbortSignal;
}

/** How a batcher gathers, shares and retries. */
export interface RequestBatcherOptions<I, O, C = never> {
  /** Names the batcher in metrics and spans. */
  readonly name: string;
  /**
   * Executes a batch; answers with one result per item in the order of the items. A throw, or a missing result, fails
   * the items concerned.
   */
  execute(items: readonly BatchItem<I, C>[], signal: AbortSignal): Promise<readonly ItemResult<O>[]>;
  /** Items in a batch at most; default 32. */
  readonly maxItems?: number;
  /** Tokens in a batch at most; default unlimited. An item larger than that goes alone. */
  readonly maxTokens?: number;
  /** `sum` adds the items' tokens up; `padded` counts every item as long as the longest. Default `sum`. */
  readonly packing?: 'sum' | 'padded';
  /** Output tokens shared by the items of a batch, the smallest wishes first; default none. */
  readonly outputTokenBudget?: number;
  /** How long the oldest item of a group waits for company; default 5 ms. */
  readonly window?: Millis;
  /** Shortens the window by the arrival rate: no longer than a batch needs to fill, and none when nobody comes. */
  readonly adaptiveWindow?: boolean;
  /** Batches at once; default 4. */
  readonly concurrency?: number;
  /** Estimates an item's tokens; default 1. */
  tokensOf?(input: I): number;
  /** Only items of one group share a batch: same model, parameters, prefix. Default one group. See `similarityKey`. */
  groupOf?(input: I): string;
  /** Shares of clients; default 1 for each. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Waiting this long raises an item by one priority, up to the highest that is queued; default 1 s. */
  readonly ageingStep?: Millis;
  /** Items queued at most; default 10,000. */
  readonly maxQueued?: number;
  /** Default `reject`. */
  readonly overflow?: OverflowPolicy;
  /** Where `spill` puts inputs; needed for it. */
  readonly spill?: Spill<I>;
  /** Attempts per item, the first included; default 1. */
  readonly attempts?: number;
  /** First wait before another attempt; doubles, with jitter. Default 100 ms. */
  readonly retryDelay?: Millis;
  /** Whether another attempt can help; default yes. */
  isRetryable?(error: unknown): boolean;
  /** A span per batch that links to the askers'; default yes. */
  readonly spans?: boolean;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly telemetry?: Telemetry;
}
