import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { messageOf } from '../../../base/errors';
import { recordDecision } from '../../shared/telemetry';
import type { Clock, Millis } from '../../../base/clock';
import type { Counter } from '../../../base/telemetry';
import type { TokenCounter } from './token-counter';

/** Calls a model to summarise a part of a conversation. */
export interface SummaryOptions<M> {
  /** Answers with a text of at most `maxTokens`; a longer one is cut. */
  summarize(
    messages: readonly M[],
    limits: { readonly maxTokens: number; readonly signal: AbortSignal },
  ): Promise<string>;
  /** Tokens of conversation that one summary stands for, at least; default 4,000. */
  readonly chunkTokens?: number;
  /** Tokens of one summary; default 400. */
  readonly maxTokens?: number;
  /** A call that takes longer is given up; default 20 s. */
  readonly timeout?: Millis;
  /** Calls in one `fit` at most; default 2. What is left is digested, and summarised at a later time. */
  readonly callsPerFit?: number;
}

const REMEMBERED = 512;

/** Summaries by content: a part that was summarised once gives the same text for ever, so that prompt caches hold. */
export class Summaries<M> {
  private readonly texts = new LRUCache<string, string>({ max: REMEMBERED });
  /** Calls that run, with how to end each. */
  private readonly running = new Map<Promise<unknown>, (reason: Error) => void>();
  private closedBy: Error | undefined;

  constructor(
    private readonly options: SummaryOptions<M>,
    private readonly counter: TokenCounter,
    private readonly clock: Clock,
    private readonly failures: Counter,
  ) {}

  get chunkTokens(): number {
    return this.options.chunkTokens ?? 4_000;
  }

  get maxTokens(): number {
    return this.options.maxTokens ?? 400;
  }

  /** One text per chunk; undefined where there is none yet and the calls of this fit are spent or failed. */
  async of(chunks: readonly (readonly M[])[], signal: AbortSignal | undefined): Promise<(string | undefined)[]> {
    let calls = this.options.callsPerFit ?? 2;
    const texts: (string | undefined)[] = [];
    for (const chunk of chunks) {
      const key = createHash('sha256').update(JSON.stringify(chunk)).digest('base64');
      let text = this.texts.get(key);
      if (text === undefined && calls-- > 0) text = await this.call(chunk, signal);
      if (text !== undefined) this.texts.set(key, text);
      texts.push(text);
    }
    return texts;
  }

  /** Ends the calls that run; their callers, and later ones, get the reason. Resolves when they have ended. */
  async close(reason: Error): Promise<void> {
    this.closedBy ??= reason;
    const running = [...this.running];
    for (const [, end] of running) end(reason);
    await Promise.allSettled(running.map(([call]) => call));
  }

  private async call(chunk: readonly M[], signal: AbortSignal | undefined): Promise<string | undefined> {
    const abort = new AbortController();
    let giveUp: (error: unknown) => void = () => undefined;
    const ended = new Promise<never>((_, reject) => (giveUp = reject));
    ended.catch(() => undefined);
    const end = (reason: unknown): void => {
      abort.abort(reason);
      giveUp(reason);
    };
    const onAbort = (): void => end(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = this.clock.schedule(this.options.timeout ?? 20_000, () =>
      end(new Error('the summary took too long')),
    );
    this.running.set(ended, end);
    try {
      signal?.throwIfAborted();
      if (this.closedBy !== undefined) throw this.closedBy;
      const limits = { maxTokens: this.maxTokens, signal: abort.signal };
      const text = await Promise.race([this.options.summarize(chunk, limits), ended]);
      return this.counter.count(text) <= this.maxTokens ? text : this.cut(text);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (this.closedBy !== undefined) throw this.closedBy;
      this.failures.add();
      recordDecision('context.summary_failed', { 'exception.message': messageOf(error) });
      return undefined;
    } finally {
      this.running.delete(ended);
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  private cut(text: string): string {
    let kept = text;
    while (this.counter.count(kept) > this.maxTokens) kept = kept.slice(0, Math.floor(kept.length * 0.9));
    return kept;
  }
}
