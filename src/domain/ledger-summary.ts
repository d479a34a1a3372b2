import type { ActivityKind, LedgerRow, LedgerSource, SessionActivity, SessionSummary } from './ledger';
import { LEDGER_SOURCES } from './ledger';
import { addUsage, isEmptyUsage } from './usage';
import type { TokenUsage } from './usage';

/** The operation of rows that stand for many calls, as metrics report them. */
export const AGGREGATE_OPERATION = 'aggregate';

/** Sums over one session; rows that another stands for are left out. Undefined when nothing is known of it. */
export function summarizeSession(
  session: string,
  rows: readonly LedgerRow[],
  activities: readonly SessionActivity[],
): SessionSummary | undefined {
  const calls = rows.filter((row) => !row.superseded);
  const first = calls[0] ?? rows[0];
  const any = first ?? activities[0];
  if (any === undefined) return undefined;
  let usage: TokenUsage = {};
  let reported: number | undefined;
  let computed: number | undefined;
  let withoutUsage = 0;
  let withoutCost = 0;
  for (const row of calls) {
    usage = addUsage(usage, row.usage);
    if (isEmptyUsage(row.usage)) withoutUsage++;
    if (row.cost === undefined) withoutCost++;
    else computed = (computed ?? 0) + row.cost.usd;
    if (row.reportedCostUsd !== undefined) reported = (reported ?? 0) + row.reportedCostUsd;
  }
  const starts = [...calls.map((row) => row.at), ...activities.map((activity) => activity.at)];
  const ends = [
    ...calls.map((row) => row.at + (row.latencyMs ?? 0)),
    ...activities.map((activity) => activity.at + (activity.durationMs ?? 0)),
  ];
  const agents = new Set(calls.map((row) => row.agentId).filter((id) => id !== ''));
  const turns = new Set([...calls, ...activities].map((item) => item.turn).filter((turn) => turn !== ''));
  const text = (pick: (row: LedgerRow) => string): string => calls.map(pick).find((value) => value !== '') ?? '';
  return {
    session,
    emitter: any.emitter,
    service: text((row) => row.service),
    user: text((row) => row.user),
    repository: text((row) => row.repository),
    branch: text((row) => row.branch),
    start: least(starts),
    end: greatest(ends),
    modelCalls: calls.filter((row) => row.operation !== AGGREGATE_OPERATION).length,
    failedCalls: calls.filter((row) => row.outcome !== 'ok').length,
    toolCalls: countOf(activities, 'tool'),
    failedToolCalls: countOf(
      activities.filter((activity) => activity.ok === false),
      'tool',
    ),
    subAgents: Math.max(agents.size, countOf(activities, 'agent')),
    turns: Math.max(turns.size, countOf(activities, 'turn')),
    models: [
      ...new Set(calls.map((row) => row.responseModel || row.requestModel).filter((model) => model !== '')),
    ].sort(),
    usage,
    callsWithoutUsage: withoutUsage,
    ...(reported === undefined ? {} : { reportedCostUsd: reported }),
    ...(computed === undefined ? {} : { costUsd: computed }),
    callsWithoutCost: withoutCost,
    waitMs: activities.reduce((sum, activity) => sum + (activity.waitMs ?? 0), 0),
    discrepancies: calls.reduce((sum, row) => sum + row.discrepancies.length, 0),
  };
}

/** Activities of one kind may come from several signals without a common id: the signal that saw most is believed. */
function countOf(activities: readonly SessionActivity[], kind: ActivityKind): number {
  const counts = new Map<LedgerSource, number>();
  for (const activity of activities) {
    if (activity.kind !== kind) continue;
    for (const source of activity.sources) counts.set(source, (counts.get(source) ?? 0) + 1);
  }
  return Math.max(0, ...LEDGER_SOURCES.map((source) => counts.get(source) ?? 0));
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
