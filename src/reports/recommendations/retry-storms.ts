import type { EpochMillis, Millis } from '../../base/clock';
import type { LedgerRow } from '../../domain/ledger';
import type { Stage } from '../../domain/stage';
import type { ToolCallFacts } from '../facts';
import { groupBy } from '../sections/group';
import { defineRecommender, sessionsOf, traceIdsOf } from './recommender';

/** An attempt that begins this soon after the one before had failed is a retry of it. */
const SOON: Millis = 60_000;
/** Attempts worth making: the first and one more. */
const FAIR_ATTEMPTS = 2;
/** A chain of at least so many failures in a row is a storm; one is an accident, so many are a habit. */
const STORM = 4;
const LEAST_CHAINS = 3;

interface Attempt {
  readonly id: string;
  readonly at: EpochMillis;
  readonly durationMs: Millis;
  readonly failed: boolean;
  readonly why: string;
  readonly usd: number | undefined;
  readonly session: string;
  readonly traceId: string;
}

/** Failures tried again and again, at once and without an end. */
export const retryStorms = defineRecommender({
  name: 'retry-storm',
  doc: 'Calls that fail are tried again and again without backing off.',
  find: ({ facts, pricer }) => {
    const keyOfCall = (row: LedgerRow): string =>
      `${row.session || row.traceId}\n${row.agentId}\n${row.agent}\n${row.requestModel || row.responseModel}`;
    const stormy = withFailures(facts.calls, ({ outcome }) => outcome === 'error', keyOfCall);
    const models = groupBy(
      facts.calls
        .filter((row) => row.outcome !== 'cancelled' && stormy.has(keyOfCall(row)))
        .map((row): Attempt & { readonly key: string; readonly name: string } => ({
          id: row.id,
          key: keyOfCall(row),
          name: row.requestModel || row.responseModel,
          at: row.at,
          durationMs: row.latencyMs ?? 0,
          failed: row.outcome === 'error',
          why: row.errorType,
          usd: pricer.cost(row),
          session: row.session,
          traceId: row.traceId,
        })),
      ({ key }) => key,
    );
    const keyOfTool = (call: ToolCallFacts): string =>
      `${call.session || call.traceId}\n${call.tool}\n${call.arguments}`;
    const failing = withFailures(facts.toolCalls, ({ ok }) => !ok, keyOfTool);
    const tools = groupBy(
      facts.toolCalls
        .filter((call) => failing.has(keyOfTool(call)))
        .map((call, index): Attempt & { readonly key: string; readonly name: string } => ({
          id: String(index),
          key: keyOfTool(call),
          name: call.tool,
          at: call.at,
          durationMs: call.durationMs,
          failed: !call.ok,
          why: '',
          usd: undefined,
          session: call.session,
          traceId: call.traceId,
        })),
      ({ key }) => key,
    );
    return [...storms(models.values(), 'inference'), ...storms(tools.values(), 'tool')];
  },
});

function storms(groups: Iterable<(Attempt & { readonly name: string })[]>, stage: Stage) {
  const chains = [...groups].flatMap((group) => chainsOf(group.sort((a, b) => a.at - b.at)));
  return [...groupBy(chains, (chain) => chain[0]?.name ?? '')].flatMap(([name, found]) => {
    if (found.length < LEAST_CHAINS) return [];
    const wasted = found.flatMap((chain) => chain.slice(FAIR_ATTEMPTS));
    const lost = found.reduce((sum, chain) => sum + timeBeyond(chain), 0);
    const usd = wasted.reduce((sum, attempt) => sum + (attempt.usd ?? 0), 0);
    const longest = Math.max(...found.map(({ length }) => length));
    const pauses = found.flatMap((chain) =>
      chain.flatMap((attempt, index) => {
        const last = chain[index - 1];
        return last === undefined ? [] : [attempt.at - last.at - last.durationMs];
      }),
    );
    const pause = pauses.sort((a, b) => a - b)[pauses.length >> 1] ?? 0;
    const [why] = [
      ...groupBy(
        wasted.filter((attempt) => attempt.why !== ''),
        (attempt) => attempt.why,
      ),
    ].sort((a, b) => b[1].length - a[1].length);
    return [
      {
        kind: 'retry-storm',
        title: `Failing calls of ${name} are tried again without end`,
        stage,
        evidence: [
          `${found.length} times ${STORM} or more attempts in a row failed (up to ${longest}), ${wasted.length} attempts beyond the second, ${Math.round(Math.max(0, pause))} ms apart in the median${why === undefined ? '' : `, mostly with ${why[0]}`}.`,
        ],
        ...(usd > 0 ? { savingUsd: usd } : {}),
        savingMs: lost,
        confidence: found.length >= 10 ? ('high' as const) : ('medium' as const),
        change: `At most ${FAIR_ATTEMPTS} attempts for calls of ${name}: wait 1 s ± half before the second or as Retry-After says, share one retry budget of 10 % per client, then open a circuit breaker for 30 s or fall back to another model.`,
        traceIds: traceIdsOf(wasted),
        sessions: sessionsOf(wasted),
      },
    ];
  });
}

/** Keys with failures enough for a storm. */
function withFailures<T>(items: readonly T[], failed: (item: T) => boolean, key: (item: T) => string): Set<string> {
  const counts = new Map<string, number>();
  for (const item of items) if (failed(item)) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return new Set([...counts].flatMap(([name, count]) => (count >= STORM ? [name] : [])));
}

/** Runs of failures with their last attempt, each of at least `STORM` failures. */
function chainsOf<T extends Attempt>(attempts: readonly T[]): T[][] {
  const chains: T[][] = [];
  let chain: T[] = [];
  const close = (): void => {
    if (chain.length >= STORM) chains.push(chain);
    chain = [];
  };
  for (const attempt of attempts) {
    const last = chain.at(-1);
    if (last !== undefined && attempt.at - (last.at + last.durationMs) > SOON) close();
    if (attempt.failed) chain.push(attempt);
    else close();
  }
  close();
  return chains;
}

/** From the end of the last fair attempt to the end of the last one. */
function timeBeyond(chain: readonly Attempt[]): Millis {
  const fair = chain[FAIR_ATTEMPTS - 1];
  const last = chain.at(-1);
  if (fair === undefined || last === undefined) return 0;
  return last.at + last.durationMs - (fair.at + fair.durationMs);
}
