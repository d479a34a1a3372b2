import { providerOfModel, toProviderName } from '../../domain/gen-ai';
import type { LedgerRow } from '../../domain/ledger';
import { CACHE_LIFETIMES, LEAST_CACHED_TOKENS, lifetimeOf, replayCache } from '../pricing/cache-replay';
import { prefillMsPerToken } from '../pricing/prefill';
import { continues } from '../pricing/threads';
import { withCacheRead } from '../pricing/usage-changes';
import { cellText } from '../render/format';
import type { Recommendation } from '../report';
import { groupBy, sumKnown } from '../sections/group';
import { defineRecommender, sessionsOf, traceIdsOf } from './recommender';
import type { Evidence } from './recommender';

/** A problem is one when it came at least so often, and cost this share of what its models cost. */
const LEAST_TIMES = 10;
const LEAST_SHARE = 0.02;
/** And this share of what all models cost: cents spared on a small one are no news. */
const LEAST_SHARE_OF_ALL = 0.005;
/** Providers whose caches are asked for call by call; others cache by themselves what stays the same. */
const MARKED: ReadonlySet<string> = new Set(['anthropic', 'aws.bedrock', 'gcp.vertex_ai']);

interface Loss {
  readonly row: LedgerRow;
  /** The number of the call in its conversation, from 1. */
  readonly turn: number;
  readonly tokens: number;
}

/** A stable prefix that changes before its cache has run out: at which call, and what that costs. */
export const promptCacheBroken = defineRecommender({
  name: 'prompt-cache-broken',
  doc: 'A prompt prefix that should be stable changes, and is paid for anew.',
  find: (evidence) => {
    const losses: Loss[] = [];
    for (const thread of evidence.threads) {
      thread.forEach((row, index) => {
        const last = thread[index - 1];
        if (!continues(last, row)) return;
        const kept = (last.usage.cacheRead ?? 0) + (last.usage.cacheWrite ?? 0);
        const lost = kept - (row.usage.cacheRead ?? 0);
        if (kept < LEAST_CACHED_TOKENS || lost < 0.5 * kept) return;
        // The lifetime counts from when the call before was sent; one that came close to it may have run out.
        if (row.at - last.at > 0.9 * CACHE_LIFETIMES[lifetimeOf(last)]) return;
        losses.push({ row, turn: index + 1, tokens: lost });
      });
    }
    return [...groupBy(losses, ({ row }) => providerOf(row))].flatMap(([, group]) => {
      const saving = sumKnown(group, ({ row, tokens }) => difference(evidence, row, tokens));
      const turns = group.map(({ turn }) => turn).sort((a, b) => a - b);
      const usual = turns[turns.length >> 1] ?? 0;
      // One call of twenty may be an accident.
      const first = turns[Math.floor(turns.length / 20)] ?? 0;
      const tokens = group.reduce((sum, loss) => sum + loss.tokens, 0);
      return advise(evidence, group, saving, tokens, {
        kind: 'prompt-cache-broken',
        title: 'A stable prompt prefix changes and is paid for anew',
        evidence: [
          `${group.length} calls in ${count(group)} sessions paid ${cellText(Math.round(tokens), 'tokens')} input tokens anew that the call before had put into the cache, before it ran out.`,
          `The prefix breaks from call ${first} of a session on, at call ${usual} in the median (${whereOf(group)}).`,
        ],
        change: `Keep everything before the conversation byte for byte the same from call ${Math.max(1, first - 1)} on: no times, ids or reordered tools in the system prompt; append, never rewrite earlier messages; put what varies after the last cache breakpoint.`,
      });
    });
  },
});

/** A cache that runs out between turns, where a longer lifetime costs less in all. */
export const promptCacheExpired = defineRecommender({
  name: 'prompt-cache-expired',
  doc: 'The prompt cache runs out between turns, and a longer lifetime would cost less in all.',
  find: (evidence) => {
    const { pricer } = evidence;
    let saving: number | undefined;
    const losses: Loss[] = [];
    for (const thread of evidence.threads) {
      const first = thread[0];
      if (first === undefined || !MARKED.has(providerOf(first))) continue;
      if (thread.some((row) => lifetimeOf(row) === '1h')) continue;
      // Where no cache is used none can run out.
      if (!thread.some(({ usage }) => (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0) > 0)) continue;
      const otherwise = replayCache(thread, '1h');
      const found: Loss[] = [];
      let less = 0;
      otherwise.forEach(({ row, usage }, index) => {
        const paid = pricer.cost(row);
        const other = pricer.cost(row, { usage });
        if (paid === undefined || other === undefined) return;
        less += paid - other;
        const tokens = (usage.cacheRead ?? 0) - (row.usage.cacheRead ?? 0);
        if (tokens >= LEAST_CACHED_TOKENS) found.push({ row, turn: index + 1, tokens });
      });
      saving = (saving ?? 0) + less;
      losses.push(...found);
    }
    const tokens = losses.reduce((sum, loss) => sum + loss.tokens, 0);
    if (saving === undefined || saving <= 0) return [];
    return advise(evidence, losses, saving, tokens, {
      kind: 'prompt-cache-expired',
      title: 'The prompt cache runs out between turns',
      evidence: [
        `${losses.length} calls in ${count(losses)} sessions came 5 to 60 minutes after the one before and paid ${cellText(Math.round(tokens), 'tokens')} input tokens anew.`,
        'The saving counts the higher price of the longer lifetime on all writes.',
      ],
      change: 'Write the prefix with the one-hour lifetime: cache_control: { type: "ephemeral", ttl: "1h" }.',
    });
  },
});

/** Long prompts that repeat their beginning with no cache at all. */
export const promptCacheUnused = defineRecommender({
  name: 'prompt-cache-unused',
  doc: 'Long prompts repeat their beginning without a prompt cache.',
  find: (evidence) => {
    const { pricer } = evidence;
    const byProvider = new Map<string, { losses: Loss[]; saving: number }>();
    for (const thread of evidence.threads) {
      const first = thread[0];
      if (first === undefined || thread.length < 2) continue;
      // A provider that tells no cache counts is not said to have none.
      if (!thread.every(({ usage }) => usage.cacheRead === 0 && (usage.cacheWrite ?? 0) === 0)) continue;
      const entry = byProvider.get(providerOf(first)) ?? { losses: [], saving: 0 };
      byProvider.set(providerOf(first), entry);
      replayCache(thread, '5m').forEach(({ row, usage }, index) => {
        const paid = pricer.cost(row);
        const other = pricer.cost(row, { usage });
        if (paid === undefined || other === undefined) return;
        entry.saving += paid - other;
        const tokens = usage.cacheRead ?? 0;
        if (tokens >= LEAST_CACHED_TOKENS) entry.losses.push({ row, turn: index + 1, tokens });
      });
    }
    return [...byProvider].flatMap(([provider, { losses, saving }]) => {
      if (saving <= 0) return [];
      const tokens = losses.reduce((sum, loss) => sum + loss.tokens, 0);
      return advise(evidence, losses, saving, tokens, {
        kind: 'prompt-cache-unused',
        title: 'Long prompts are repeated without a prompt cache',
        evidence: [
          `${losses.length} calls in ${count(losses)} sessions sent ${cellText(Math.round(tokens), 'tokens')} input tokens again that the call before had sent, none from a cache (${whereOf(losses)}).`,
        ],
        change: MARKED.has(provider)
          ? 'Mark the end of the stable prefix (tools, system prompt, earlier turns) with cache_control: { type: "ephemeral" }.'
          : 'Put what never changes first and what varies last, so that prompts share their beginning; this provider then caches by itself.',
      });
    });
  },
});

function difference({ pricer }: Evidence, row: LedgerRow, tokens: number): number | undefined {
  const paid = pricer.cost(row);
  const fair = pricer.cost(row, { usage: withCacheRead(row.usage, tokens) });
  return paid === undefined || fair === undefined ? undefined : paid - fair;
}

function advise(
  { facts, pricer }: Evidence,
  losses: readonly Loss[],
  savingUsd: number | undefined,
  tokens: number,
  words: Pick<Recommendation, 'kind' | 'title' | 'change' | 'evidence'>,
): Recommendation[] {
  if (losses.length < LEAST_TIMES) return [];
  const models = new Set(losses.map(({ row }) => row.responseModel || row.requestModel));
  const theirs = facts.calls.filter((row) => models.has(row.responseModel || row.requestModel));
  const spent = sumKnown(theirs, (row) => pricer.cost(row));
  const all = sumKnown(facts.calls, (row) => pricer.cost(row)) ?? 0;
  if (
    savingUsd !== undefined &&
    spent !== undefined &&
    savingUsd < Math.max(LEAST_SHARE * spent, LEAST_SHARE_OF_ALL * all)
  )
    return [];
  const slope = prefillMsPerToken(theirs);
  return [
    {
      ...words,
      stage: 'inference',
      ...(savingUsd === undefined ? {} : { savingUsd }),
      ...(slope === undefined ? {} : { savingMs: slope * tokens }),
      confidence: losses.length >= 30 ? 'high' : 'medium',
      traceIds: traceIdsOf(losses.map(({ row }) => row)),
      sessions: sessionsOf(losses.map(({ row }) => row)),
    },
  ];
}

function providerOf(row: LedgerRow): string {
  const model = row.responseModel || row.requestModel;
  const named = toProviderName(row.provider);
  return named === '' || named === 'gcp.vertex_ai' ? (providerOfModel(model) ?? named) : named;
}

function whereOf(losses: readonly Loss[]): string {
  const places = groupBy(losses, ({ row }) =>
    [row.repository, row.agent].filter((part) => part !== '').join(', agent '),
  );
  const [most] = [...places].sort((a, b) => b[1].length - a[1].length);
  const name = most?.[0] ?? '';
  return name === '' ? `session ${losses[0]?.row.session ?? ''}` : `most in ${name}`;
}

function count(losses: readonly Loss[]): number {
  return new Set(losses.map(({ row }) => row.session)).size;
}
