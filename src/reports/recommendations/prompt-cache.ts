import type { LedgerRow } from '../../domain/ledger';
import type { Recommendation } from '../report';
import { groupBy } from '../sections/group';
import type { Advisor, Evidence } from './advisor';
import { costOf, withCacheRead } from './reprice';

/** Prompts below this are too short for any provider's cache. */
const LEAST_TOKENS = 2048;
const SHORT_LIFE = 5 * 60_000;
const LONG_LIFE = 60 * 60_000;
/** A problem is one when it came at least so often. */
const LEAST_TIMES = 3;

interface Loss {
  readonly row: LedgerRow;
  readonly turn: number;
  readonly tokens: number;
}

/** Prompts that a cache could have served: a broken prefix, a cache that ran out, or none at all. */
export const promptCache: Advisor = ({ facts, prices }) => {
  const broken: Loss[] = [];
  const expired: Loss[] = [];
  const never: Loss[] = [];
  for (const thread of threadsOf(facts.calls)) {
    const cached = thread.some(({ usage }) => (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0) > 0);
    thread.forEach((row, index) => {
      const last = thread[index - 1];
      if (last === undefined) return;
      const input = row.usage.input ?? 0;
      const before = last.usage.input ?? 0;
      // A prompt that shrank was compacted: its prefix is a new one.
      if (input < before || before < LEAST_TOKENS) return;
      const gap = row.at - last.at;
      if (!cached) {
        if (gap < SHORT_LIFE) never.push({ row, turn: index + 1, tokens: before });
        return;
      }
      const kept = (last.usage.cacheRead ?? 0) + (last.usage.cacheWrite ?? 0);
      const lost = kept - (row.usage.cacheRead ?? 0);
      if (kept < LEAST_TOKENS || lost < 0.5 * kept) return;
      if (gap < SHORT_LIFE) broken.push({ row, turn: index + 1, tokens: lost });
      else if (gap < LONG_LIFE) expired.push({ row, turn: index + 1, tokens: lost });
    });
  }
  return [
    ...advise(prices, broken, {
      kind: 'prompt-cache-broken',
      title: 'A stable prompt prefix changes and is paid for anew',
      change:
        'Keep everything before the conversation byte for byte the same (no times, ids or reordered tools in it); put what varies after the last cache breakpoint.',
    }),
    ...advise(prices, expired, {
      kind: 'prompt-cache-expired',
      title: 'The prompt cache runs out between turns',
      change: 'Write the prefix with the one-hour lifetime: cache_control: { type: "ephemeral", ttl: "1h" }.',
    }),
    ...advise(prices, never, {
      kind: 'prompt-cache-unused',
      title: 'Long prompts are repeated without a prompt cache',
      change:
        'Mark the stable prefix (system prompt, tools, earlier turns) with a cache breakpoint: cache_control: { type: "ephemeral" }.',
    }),
  ];
};

/** Calls of one agent in one session, by time. */
export function threadsOf(calls: readonly LedgerRow[]): LedgerRow[][] {
  const ok = calls.filter((row) => row.session !== '' && row.outcome === 'ok' && row.usage.input !== undefined);
  const threads = groupBy(ok, (row) =>
    JSON.stringify([row.session, row.agentId, row.responseModel || row.requestModel]),
  );
  return [...threads.values()].map((thread) => thread.sort((a, b) => a.at - b.at));
}

function advise(
  prices: Evidence['prices'],
  losses: readonly Loss[],
  words: Pick<Recommendation, 'kind' | 'title' | 'change'>,
): Recommendation[] {
  if (losses.length < LEAST_TIMES) return [];
  let saving: number | undefined;
  for (const { row, tokens } of losses) {
    const paid = costOf(prices, row);
    const fair = costOf(prices, row, { usage: withCacheRead(row.usage, tokens) });
    if (paid !== undefined && fair !== undefined) saving = (saving ?? 0) + paid - fair;
  }
  const sessions = new Set(losses.map(({ row }) => row.session));
  const tokens = losses.reduce((sum, loss) => sum + loss.tokens, 0);
  const first = losses[0];
  return [
    {
      ...words,
      stage: 'inference',
      evidence: [
        `${losses.length} calls in ${sessions.size} sessions paid ${tokens} input tokens again that the call before had sent.`,
        ...(first === undefined ? [] : [`First in session ${first.row.session} at call ${first.turn}.`]),
      ],
      ...(saving === undefined ? {} : { savingUsd: saving }),
      confidence: losses.length >= 10 ? 'high' : 'medium',
      traceIds: traceIdsOf(losses.map(({ row }) => row)),
    },
  ];
}

/** A few traces that show it. */
export function traceIdsOf(items: readonly { readonly traceId: string }[]): string[] {
  return [...new Set(items.map(({ traceId }) => traceId).filter((id) => id !== ''))].slice(0, 5);
}
