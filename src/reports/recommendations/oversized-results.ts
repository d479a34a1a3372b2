import { groupBy } from '../sections/group';
import { median, quantileOf, sorted } from '../statistics/order';
import { defineRecommender, sessionsOf, traceIdsOf } from './recommender';
import type { ToolResult } from './tool-results';

/** A result is oversized from so many tokens on, and so many times the tool's usual one. */
const LEAST_TOKENS = 8_000;
const TIMES_USUAL = 8;
const LEAST_TIMES = 5;
/** Against this share of what all calls cost in the period. */
const LEAST_SHARE = 0.01;
/** A tool whose usual result is this large, and so many times that of other tools, is at fault with all of them. */
const ALWAYS_TOKENS = 12_000;

/** Tools that now and then, or always, answer with far more than is usual; every later prompt carries it. */
export const oversizedResults = defineRecommender({
  name: 'oversized-tool-results',
  doc: 'Results of a tool are far larger than usual, and every later prompt carries them.',
  fromDetails: true,
  find: ({ toolResults, pricer, facts }) => {
    const known = toolResults.all.filter(({ tokens, call }) => tokens !== undefined && call.ok);
    const spent = facts.calls.reduce((sum, row) => sum + (pricer.cost(row) ?? 0), 0);
    const tools = groupBy(known, ({ call }) => call.tool);
    const medians = new Map([...tools].map(([tool, results]) => [tool, medianOf(results)]));
    return [...tools].flatMap(([tool, results]) => {
      const own = medians.get(tool) ?? 0;
      const others = median([...medians].flatMap(([name, value]) => (name === tool ? [] : [value])));
      const always = own >= Math.max(ALWAYS_TOKENS, TIMES_USUAL * others);
      const usual = always ? others : own;
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
            `${large.length} of ${results.length} results of ${tool} were larger than ${Math.round(bar)} tokens (median ${Math.round(quantileOf(tokens, 0.5))}, largest ${Math.round(tokens.at(-1) ?? 0)}); ${always ? 'those of other tools have' : 'its usual result has'} ${Math.round(usual)}.`,
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

function medianOf(results: readonly ToolResult[]): number {
  return median(results.map(({ tokens }) => tokens ?? 0));
}

function roundUp(tokens: number): number {
  return Math.ceil(tokens / 500) * 500;
}
