import type { StackActivity, StackLedgerRow, StackSession, StackTokens } from '../../contracts/stack';
import type { LedgerRow, SessionActivity, SessionSummary } from '../../domain/ledger';
import type { TokenUsage } from '../../domain/usage';

/** A row as the API shows it; what was not reported is null. */
export function toLedgerBody(row: LedgerRow): StackLedgerRow {
  const tokens = toTokensBody(row.usage);
  return {
    id: row.id,
    at: row.at,
    time: new Date(row.at).toISOString(),
    session: row.session,
    turn: row.turn,
    agent: row.agent,
    agentId: row.agentId,
    user: row.user,
    repository: row.repository,
    branch: row.branch,
    emitter: row.emitter,
    service: row.service,
    operation: row.operation,
    provider: row.provider,
    requestModel: row.requestModel,
    responseModel: row.responseModel,
    inputTokens: tokens.input,
    uncachedInputTokens: tokens.uncached,
    cacheReadTokens: tokens.cacheRead,
    cacheWriteTokens: tokens.cacheWrite,
    cacheWrite5mTokens: tokens.cacheWrite5m,
    cacheWrite1hTokens: tokens.cacheWrite1h,
    outputTokens: tokens.output,
    reasoningTokens: tokens.reasoning,
    costUsd: row.cost?.usd ?? null,
    costCatalog: row.cost?.catalog ?? '',
    costCatalogVersion: row.cost?.version ?? '',
    pricedAt: row.cost?.pricedAt ?? null,
    costMultiplier: row.cost?.multiplier ?? null,
    reportedCostUsd: row.reportedCostUsd ?? null,
    tier: row.tier,
    latencyMs: row.latencyMs ?? null,
    timeToFirstTokenMs: row.timeToFirstTokenMs ?? null,
    outcome: row.outcome,
    errorType: row.errorType,
    traceId: row.traceId,
    spanId: row.spanId,
    source: row.source,
    sources: row.sources,
    provenance: row.provenance,
    discrepancies: row.discrepancies,
    superseded: row.superseded,
  };
}

/** A session as the API shows it. */
export function toSessionBody(summary: SessionSummary): StackSession {
  const { usage, costUsd, reportedCostUsd, ...rest } = summary;
  return {
    ...rest,
    tokens: toTokensBody(usage),
    costUsd: costUsd ?? null,
    reportedCostUsd: reportedCostUsd ?? null,
  };
}

/** An activity as the API shows it. */
export function toActivityBody(activity: SessionActivity): StackActivity {
  return {
    id: activity.id,
    kind: activity.kind,
    name: activity.name,
    at: activity.at,
    durationMs: activity.durationMs ?? null,
    waitMs: activity.waitMs ?? null,
    ok: activity.ok ?? null,
    errorType: activity.errorType,
    turn: activity.turn,
    agentId: activity.agentId,
    traceId: activity.traceId,
    spanId: activity.spanId,
    sources: activity.sources,
  };
}

function toTokensBody(usage: TokenUsage): StackTokens {
  return {
    input: usage.input ?? null,
    uncached: usage.uncached ?? null,
    cacheRead: usage.cacheRead ?? null,
    cacheWrite: usage.cacheWrite ?? null,
    cacheWrite5m: usage.cacheWrite5m ?? null,
    cacheWrite1h: usage.cacheWrite1h ?? null,
    output: usage.output ?? null,
    reasoning: usage.reasoning ?? null,
  };
}
