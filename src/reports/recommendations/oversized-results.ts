import { groupBy } from '../sections/group';
import { quantileOf, sorted } from '../statistics/order';
import { defineRecommender, sessionsOf, traceIdsOf } from './recommender';
import type { ToolResult } from './tool-results';

/** A result is oversized from so many tokens on, and so many times the tool's usual one. */
const LEAST_TOKENS = 8_000;
const TIMES_USUAL = 8;
const LEAST_TIMES = 10;
/** Against this share of what all calls cost in the period. */
const LEAST_SHARE = 0.02;

/** Tools that now and then answer with far more than they usually do; every later prompt carries it. */
export const oversizedResults = defineRecommender({
  name: 'oversized-tool-results',
  doc: 'Results of a tool are far larger than usual, and every later prompt carries them.',
  fromDetails: true,
  find: ({ toolResults, pricer, facts }) => {
    const known = toolResults.all.filter(({ tokens, call }) => tokens !== undefined && call.ok);
    const spent = facts.calls.reduce((sum, row) => sum + (pricer.cost(row) ?? 0), 0);
    return [...groupBy(known, ({ call }) => call.tool)].flatMap(([tool, results]) => {
      const usual = quantileOf(sorted(results.map(({ tokens }) => tokens ?? 0)), 0.5);
      const cap = roundUp(Math.max(1_000, 2 * usual));
      const bar = Math.max(LEAST_TOKENS, TIMES_USUAL * usual);
      const large = results.filter(({ tokens }) => (tokens ?? 0) >= bar);
      if (large.length < LEAST_TIMES) return [];
      const excess = new Map<ToolResult, number>(large.map((result) => [result, (result.tokens ?? 0) - cap]));
      const { usd, ms } = toolResults.saving(excess, pricer, facts.calls);
      if (usd !== undefined && usd < LEAST_SHARE * spent) return [];
      const tokens = sorted(large.map((result) => result.tokens ?? 0));
      const calls = large.map(({ call }) => call);
      return [
        {
          kind: 'oversized-tool-results',
          title: `Results of ${tool} fill the context`,
          stage: 'tool',
          evidence: [
            `${large.length} of ${results.length} results of ${tool} were larger than ${Math.round(bar)} tokens (median ${Math.round(quantileOf(tokens, 0.5))}, largest ${Math.round(tokens.at(-1) ?? 0)}); its usual result has ${Math.round(usual)}.`,
            'Each is paid for in every later prompt of its conversation until the next compaction.',
          ],
          ...(usd === undefined ? {} : { savingUsd: usd }),
          ...(ms === undefined ? {} : { savingMs: ms }),
          confidence: large.some(({ call }) => call.resultBytes === undefined) ? 'medium' : 'high',
          change: `Cut results of ${tool} to ${cap} tokens, say what was left out, and let the model ask for a page or a narrower search.`,
          traceIds: traceIdsOf(calls),
          sessions: sessionsOf(calls),
        },
      ];
    });
  },
});

function roundUp(tokens: number): number {
  return Math.ceil(tokens / 500) * 500;
}
