import type { Millis } from '../../base/clock';
import type { LedgerRow } from '../../domain/ledger';
import type { TokenUsage } from '../../domain/usage';
import type { PeriodFacts, ToolCallFacts } from '../facts';
import { prefillMsPerToken } from '../pricing/prefill';
import type { Pricer } from '../pricing/pricer';
import { continues } from '../pricing/threads';
import type { Thread } from '../pricing/threads';
import { withoutTokens } from '../pricing/usage-changes';
import { groupBy } from '../sections/group';
import { quantileOf, sorted } from '../statistics/order';

/** A tool's result with its place in the prompts that carried it. */
export interface ToolResult {
  readonly call: ToolCallFacts;
  /** The calls of the model that asked for it; undefined where none is known. */
  readonly thread: Thread | undefined;
  /** Index of the first prompt that carries it. */
  readonly next: number;
  /** Its size in tokens: by its bytes, or by how much the prompt grew; undefined where neither is known. */
  readonly tokens: number | undefined;
}

/** Tokens per byte of English text and code where nothing better is known. */
const USUAL_TOKENS_PER_BYTE = 0.25;
/** Steps that calibrate tokens per byte have results of at least so many bytes. */
const CALIBRATING_BYTES = 8_000;

/** Puts each tool call behind the model call that asked for it. */
export class ToolResults {
  readonly all: readonly ToolResult[];

  constructor(facts: PeriodFacts, all: readonly Thread[]) {
    const threads = groupBy(all, (thread) => thread[0]?.session ?? '');
    const places = new Map([...threads].map(([session, group]) => [session, placesOf(group)]));
    const bySession = groupBy(facts.toolCalls, ({ session }) => session);
    const placed: { call: ToolCallFacts; thread: Thread | undefined; next: number }[] = [];
    for (const [session, calls] of bySession) {
      const known = places.get(session) ?? [];
      for (const call of calls.sort((a, b) => a.at - b.at)) placed.push({ call, ...place(known, call) });
    }
    const steps = groupBy(
      placed.filter(({ thread }) => thread !== undefined),
      ({ thread, next }) => thread?.[next]?.id ?? '',
    );
    const perByte = tokensPerByte([...steps.values()]);
    this.all = placed.map((result) => ({ ...result, tokens: tokensOf(result, steps, perByte) }));
  }

  /** What the prompts would have cost less without so many tokens of some results, in every prompt that carried them. */
  saving(
    without: ReadonlyMap<ToolResult, number>,
    pricer: Pricer,
    calls: readonly LedgerRow[],
  ): { usd?: number; ms?: Millis } {
    const byThread = new Map<Thread, Map<number, number>>();
    for (const [{ thread, next }, tokens] of without) {
      if (thread === undefined) continue;
      const at = byThread.get(thread) ?? new Map<number, number>();
      at.set(next, (at.get(next) ?? 0) + tokens);
      byThread.set(thread, at);
    }
    let usd: number | undefined;
    let prefilled = 0;
    for (const [thread, at] of byThread) {
      let old = 0;
      thread.forEach((row, index) => {
        if (!continues(thread[index - 1], row)) old = 0;
        const fresh = at.get(index) ?? 0;
        if (old + fresh > 0) {
          const paid = pricer.cost(row);
          const usage = withoutTokens(row.usage, old, fresh);
          const fair = pricer.cost(row, { usage });
          prefilled += uncachedOf(row.usage) - uncachedOf(usage);
          if (paid !== undefined && fair !== undefined) usd = (usd ?? 0) + paid - fair;
        }
        old += fresh;
      });
    }
    const slope = prefillMsPerToken(calls);
    return { ...(usd === undefined ? {} : { usd }), ...(slope === undefined ? {} : { ms: slope * prefilled }) };
  }
}

/** Input that no cache served: what the provider had to read before its first token. */
function uncachedOf({ input, cacheRead }: TokenUsage): number {
  return (input ?? 0) - (cacheRead ?? 0);
}

interface Place {
  readonly at: number;
  readonly thread: Thread;
}

function placesOf(threads: readonly Thread[]): Place[] {
  return threads.flatMap((thread) => thread.map(({ at }) => ({ at, thread }))).sort((a, b) => a.at - b.at);
}

/** The thread whose call came last before the tool, and its first call after. */
function place(places: readonly Place[], call: ToolCallFacts): { thread: Thread | undefined; next: number } {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.at ?? 0) <= call.at) low = middle + 1;
    else high = middle;
  }
  const thread = places[low - 1]?.thread;
  if (thread === undefined) return { thread, next: 0 };
  const next = thread.findIndex(({ at }) => at >= call.at + Math.min(call.durationMs, 1));
  return { thread, next: next < 0 ? thread.length : next };
}

/** How much a prompt grew beyond what the model itself had said; undefined where it did not grow from the one before. */
function growthOf(thread: Thread, index: number): number | undefined {
  const row = thread[index];
  const last = thread[index - 1];
  if (row === undefined || !continues(last, row)) return undefined;
  return Math.max(0, (row.usage.input ?? 0) - (last.usage.input ?? 0) - (last.usage.output ?? 0));
}

function tokensPerByte(
  steps: readonly (readonly { call: ToolCallFacts; thread: Thread | undefined; next: number }[])[],
): number {
  const ratios = steps.flatMap((results) => {
    const first = results[0];
    if (first?.thread === undefined) return [];
    const bytes = results.reduce((sum, { call }) => sum + (call.resultBytes ?? NaN), 0);
    const growth = growthOf(first.thread, first.next);
    return growth === undefined || !(bytes >= CALIBRATING_BYTES) ? [] : [growth / bytes];
  });
  if (ratios.length < 20) return USUAL_TOKENS_PER_BYTE;
  const ratio = quantileOf(sorted(ratios), 0.5);
  // Beyond these no tokenizer goes: something else than the results was counted.
  return ratio >= 0.15 && ratio <= 0.6 ? ratio : USUAL_TOKENS_PER_BYTE;
}

function tokensOf(
  { call, thread, next }: { call: ToolCallFacts; thread: Thread | undefined; next: number },
  steps: ReadonlyMap<string, readonly unknown[]>,
  perByte: number,
): number | undefined {
  if (call.resultBytes !== undefined) return call.resultBytes * perByte;
  if (thread === undefined) return undefined;
  const row = thread[next];
  return row !== undefined && steps.get(row.id)?.length === 1 ? growthOf(thread, next) : undefined;
}
