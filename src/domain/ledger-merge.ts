import type { Millis } from '../base/clock';
import type { LedgerRow, LedgerSource, SessionActivity } from './ledger';
import { completeUsage, USAGE_FIELDS } from './usage';
import type { TokenUsage, UsageCounts } from './usage';

/** Where a call belongs: what was said first stays, also when the same signal speaks again. */
const PLACES = ['session', 'turn', 'agent', 'agentId', 'user', 'repository', 'branch', 'service'] as const;

/** Fields whose texts are filled from the reading of lesser authority when the greater has none. */
const TEXTS = [
  'operation',
  'provider',
  'requestModel',
  'responseModel',
  'tier',
  'errorType',
  'traceId',
  'spanId',
] as const;

/** How far apart the ends of two readings of one call may lie when nothing but their figures ties them together. */
const SAME_CALL_WINDOW: Millis = 3000;

/**
 * Two readings of one call as one: field by field the greater authority wins, the other fills gaps; where both know a
 * figure and disagree, the difference is kept as a discrepancy. One signal that speaks twice corrects itself: a session
 * imported while it ran, say. The cost is kept only if the figures it was computed from
 * stayed; else it must be computed anew.
 */
export function mergeRows(known: LedgerRow, incoming: LedgerRow): LedgerRow {
  const corrects = incoming.authority === known.authority && incoming.source === known.source;
  const [high, low] = corrects || incoming.authority > known.authority ? [incoming, known] : [known, incoming];
  const [first, second] = corrects ? [known, incoming] : [high, low];
  const texts: Record<string, string> = {};
  for (const field of PLACES) texts[field] = first[field] === '' ? second[field] : first[field];
  for (const field of TEXTS) texts[field] = high[field] === '' ? low[field] : high[field];
  const { cost: _cost, ...rest } = high;
  const merged: LedgerRow = {
    ...rest,
    ...texts,
    id: known.id,
    aliases: union(known.aliases, incoming.aliases, [incoming.id]).filter((alias) => alias !== known.id),
    usage: mergeUsage(high.usage, low.usage),
    outcome: high.outcome === 'ok' && high.source !== low.source && low.outcome !== 'ok' ? low.outcome : high.outcome,
    sources: union(known.sources, incoming.sources),
    provenance: { ...low.provenance, ...high.provenance },
    discrepancies: union(known.discrepancies, incoming.discrepancies, differences(high, low)),
    superseded: known.superseded && incoming.superseded,
  };
  return {
    ...merged,
    ...optional('cost', [high, low].find((row) => hasSameFigures(row, merged))?.cost),
    ...optional('reportedCostUsd', high.reportedCostUsd ?? low.reportedCostUsd),
    ...optional('latencyMs', high.latencyMs ?? low.latencyMs),
    ...optional('timeToFirstTokenMs', high.timeToFirstTokenMs ?? low.timeToFirstTokenMs),
  };
}

/** Two readings of one activity as one; what the first does not know, the second fills. */
export function mergeActivities(known: SessionActivity, incoming: SessionActivity): SessionActivity {
  return {
    ...known,
    name: known.name === '' ? incoming.name : known.name,
    turn: known.turn === '' ? incoming.turn : known.turn,
    agentId: known.agentId === '' ? incoming.agentId : known.agentId,
    errorType: known.errorType === '' ? incoming.errorType : known.errorType,
    traceId: known.traceId === '' ? incoming.traceId : known.traceId,
    spanId: known.spanId === '' ? incoming.spanId : known.spanId,
    sources: union(known.sources, incoming.sources),
    ...optional('durationMs', known.durationMs ?? incoming.durationMs),
    ...optional('waitMs', known.waitMs ?? incoming.waitMs),
    ...optional('ok', known.ok ?? incoming.ok),
  };
}

/**
 * Whether a row can only be told from others by its figures: it carries no id that other signals share. Such a row of a
 * lesser source never adds to a session that a greater source reports.
 */
export function isWeak(row: Pick<LedgerRow, 'id' | 'aliases'>): boolean {
  const isShared = (name: string): boolean => name.startsWith('req:') || name.startsWith('res:');
  return !isShared(row.id) && !row.aliases.some(isShared);
}

/** Whether two rows of one session, from different sources, are plainly the same call. */
export function isSameCall(a: LedgerRow, b: LedgerRow): boolean {
  if (a.session === '' || a.session !== b.session || a.sources.some((source) => b.sources.includes(source)))
    return false;
  if (a.operation !== b.operation && a.operation !== '' && b.operation !== '') return false;
  const modelA = a.responseModel || a.requestModel;
  const modelB = b.responseModel || b.requestModel;
  if (modelA !== '' && modelB !== '' && modelA !== modelB) return false;
  if (outputsDiffer(a.usage, b.usage) || differ(a.usage.input, b.usage.input)) return false;
  if (a.usage.output === undefined || b.usage.output === undefined) return false;
  return Math.abs(endOf(a) - endOf(b)) <= SAME_CALL_WINDOW;
}

function mergeUsage(high: TokenUsage, low: TokenUsage): TokenUsage {
  const input = high.input ?? low.input;
  const counts: UsageCounts = {
    input,
    uncached: input === undefined ? (high.uncached ?? low.uncached) : undefined,
    cacheRead: high.cacheRead ?? low.cacheRead,
    cacheWrite: high.cacheWrite ?? low.cacheWrite,
    cacheWrite5m: high.cacheWrite5m ?? low.cacheWrite5m,
    cacheWrite1h: high.cacheWrite1h ?? low.cacheWrite1h,
    output: high.output ?? low.output,
    reasoning: high.reasoning ?? low.reasoning,
    units: high.units ?? low.units,
  };
  return completeUsage(counts).usage;
}

function differences(high: LedgerRow, low: LedgerRow): string[] {
  const found: string[] = [];
  // One signal that speaks twice corrects itself: no discrepancy.
  if (high.source === low.source) return found;
  for (const field of ['input', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const) {
    const a = high.usage[field];
    const b = low.usage[field];
    if (field === 'output' ? outputsDiffer(high.usage, low.usage) : differ(a, b))
      found.push(`${field} is ${a} by ${high.source}, ${b} by ${low.source}`);
  }
  if (high.responseModel !== '' && low.responseModel !== '' && high.responseModel !== low.responseModel)
    found.push(`the model is ${high.responseModel} by ${high.source}, ${low.responseModel} by ${low.source}`);
  return found;
}

function hasSameFigures(row: LedgerRow, merged: LedgerRow): boolean {
  return (
    row.cost !== undefined &&
    row.provider === merged.provider &&
    (row.responseModel || row.requestModel) === (merged.responseModel || merged.requestModel) &&
    row.tier === merged.tier &&
    USAGE_FIELDS.every((field) => row.usage[field] === merged.usage[field]) &&
    JSON.stringify(row.usage.units) === JSON.stringify(merged.usage.units)
  );
}

function differ(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** Some signals leave reasoning out of the output: that is no difference where the other tells how much it was. */
function outputsDiffer(a: TokenUsage, b: TokenUsage): boolean {
  if (!differ(a.output, b.output)) return false;
  const without = ({ output, reasoning }: TokenUsage): number | undefined =>
    output === undefined || reasoning === undefined ? undefined : output - reasoning;
  return b.reasoning === undefined ? without(a) !== b.output : a.reasoning !== undefined || without(b) !== a.output;
}

function endOf(row: LedgerRow): number {
  return row.at + (row.latencyMs ?? 0);
}

function union<T extends string | LedgerSource>(...lists: readonly (readonly T[])[]): T[] {
  return [...new Set(lists.flat())];
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const made: { [P in K]?: V } = {};
  if (value !== undefined) made[key] = value;
  return made;
}
