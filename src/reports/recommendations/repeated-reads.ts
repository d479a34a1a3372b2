import type { ToolCallFacts } from '../facts';
import { groupBy } from '../sections/group';
import { defineRecommender, sessionsOf, traceIdsOf } from './recommender';
import type { ToolResult } from './tool-results';

/** Tools that change what others read: a read after one of them is no repetition. */
const CHANGES =
  /write|edit|patch|apply|create|update|save|append|modify|delete|remove|move|rename|replace|insert|bash|shell|exec|command|terminal|run|git/i;
/** Tools whose answer changes by itself. */
const LIVE = new Set('time date now status wait poll fetch http web todo task agent ask clock weather'.split(' '));
/** Of a tool's calls, so many must be repetitions, and at least so many. */
const LEAST_SHARE = 0.1;
const LEAST_TIMES = 20;

/** The same read with the same arguments in one session while nothing was written in between. */
export const repeatedReads = defineRecommender({
  name: 'repeated-reads',
  doc: 'A tool reads the same again in one session while nothing was written in between.',
  fromDetails: true,
  find: ({ toolResults, pricer, facts }) => {
    const repeats: ToolResult[] = [];
    for (const results of groupBy(toolResults.all, ({ call }) => call.session).values()) {
      const seen = new Map<string, number | undefined>();
      for (const result of results) {
        const { call } = result;
        if (CHANGES.test(call.tool)) seen.clear();
        if (!isRead(call) || call.session === '') continue;
        const key = `${call.tool}\n${call.arguments}`;
        const same = seen.has(key) && seen.get(key) === call.resultBytes;
        if (same) repeats.push(result);
        seen.set(key, call.resultBytes);
      }
    }
    const totals = groupBy(facts.toolCalls.filter(isRead), ({ tool }) => tool);
    return [...groupBy(repeats, ({ call }) => call.tool)].flatMap(([tool, again]) => {
      const all = totals.get(tool)?.length ?? 0;
      if (again.length < LEAST_TIMES || again.length < LEAST_SHARE * all) return [];
      const calls = again.map(({ call }) => call);
      const carried = new Map(
        again.flatMap((result) => (result.tokens === undefined ? [] : [[result, result.tokens]])),
      );
      const { usd, ms } = toolResults.saving(carried, pricer, facts.calls);
      const waited = calls.reduce((sum, call) => sum + call.durationMs, 0);
      const [most] = [...groupBy(calls, (call) => call.arguments)].sort((a, b) => b[1].length - a[1].length);
      return [
        {
          kind: 'repeated-reads',
          title: `${tool} reads the same again and again`,
          stage: 'tool',
          evidence: [
            `${again.length} of ${all} calls of ${tool} repeated an earlier one of their session with the same arguments and the same result, nothing written in between.`,
            ...(most === undefined ? [] : [`Most often: ${most[0].slice(0, 120)} (${most[1].length} times).`]),
          ],
          ...(usd === undefined ? {} : { savingUsd: usd }),
          savingMs: waited + (ms ?? 0),
          confidence: calls.every(({ resultBytes }) => resultBytes !== undefined) ? 'high' : 'medium',
          change: `Keep results of ${tool} per session by arguments and content hash, and answer a repetition with "unchanged since call N" instead of the content.`,
          traceIds: traceIdsOf(calls),
          sessions: sessionsOf(calls),
        },
      ];
    });
  },
});

function isRead(call: ToolCallFacts): boolean {
  return (
    call.ok && call.arguments !== '' && !CHANGES.test(call.tool) && !wordsOf(call.tool).some((word) => LIVE.has(word))
  );
}

/** The words of a name: `WebFetch`, `web_fetch` and `web-fetch` have the same. */
function wordsOf(tool: string): string[] {
  return tool
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
}
