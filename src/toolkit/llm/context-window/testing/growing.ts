import type { ContextWindow } from '../context-window';

/** What a prompt cache would have made of the calls of one growing conversation. */
export interface CacheReport {
  /** Calls after the window was full. */
  readonly calls: number;
  /** Calls that sent all of what the call before sent, and more behind it. */
  readonly extended: number;
  /** Tokens sent that the call before had sent at the same place, of all that were sent. */
  readonly cachedRatio: number;
  /** Tokens sent of those allowed: the least and the mean. */
  readonly leastFill: number;
  readonly meanFill: number;
}

/** Fits a conversation again and again as it grows; `ends` are the lengths at which the model is called. */
export async function growConversation<M>(
  window: ContextWindow<M>,
  messages: readonly M[],
  ends: readonly number[],
): Promise<CacheReport> {
  let before: readonly string[] = [];
  let [calls, extended, cached, sent, fill, leastFill] = [0, 0, 0, 0, 0, 1];
  for (const end of ends) {
    const fitted = await window.fit({ messages: messages.slice(0, end) });
    const texts = fitted.messages.map((message) => JSON.stringify(message));
    if (fitted.elided > 0) {
      const same = texts.findIndex((text, index) => text !== before[index]);
      const shared = same < 0 ? texts.length : same;
      calls++;
      if (shared >= before.length) extended++;
      cached += window.count({ messages: fitted.messages.slice(0, shared) });
      sent += fitted.tokens;
      fill += fitted.tokens / fitted.budget;
      leastFill = Math.min(leastFill, fitted.tokens / fitted.budget);
    }
    before = texts;
  }
  return { calls, extended, cachedRatio: cached / sent, leastFill, meanFill: fill / calls };
}
