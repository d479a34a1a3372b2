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

  private async call(chunk: readonly M[], signal: AbortSignal | undefined): Promise<string | undefined> {
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    let giveUp: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (giveUp = reject));
    late.catch(() => undefined);
    const timer = this.clock.schedule(this.options.timeout ?? 20_000, () => {
      const error = new Error('the summary took too long');
      abort.abort(error);
      giveUp(error);
    });
    try {
      signal?.throwIfAborted();
      const limits = { maxTokens: this.maxTokens, signal: abort.signal };
      const text = await Promise.race([this.options.summarize(chunk, limits), late]);
      return this.counter.count(text) <= this.maxTokens ? text : this.cut(text);
    } catch (error) {
      if (signal?.aborted) throw error;
      this.failures.add();
      recordDecision('context.summary_failed', { 'exception.message': messageOf(error) });
      return undefined;
    } finally {
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
