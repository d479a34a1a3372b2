import type { PriceList } from '../../../pricing';
import { addUsage, isEmptyUsage } from '../../../domain/usage';
import type { ImportedAgent, ImportedSession, OnProgress } from '../imported-session';
import { jsonLines, textOf } from '../read-lines';
import { findSessions } from './find-sessions';
import { readSessionLog } from './read-log';
import type { LoggedCall, SessionLog } from './read-log';
import { CLAUDE_CODE, toSpans } from './session-spans';

/**
 * Claude Code's sessions below a path, in the order of their start. A message counts once, whatever lines it is spread
 * over; its last line's usage counts.
 * @throws ImportSourceError when the path is not there.
 */
export async function importClaudeCode(
  path: string,
  prices: PriceList,
  onProgress: OnProgress = () => undefined,
): Promise<ImportedSession[]> {
  const { sessions, loose } = await findSessions(path);
  const extra = new Map<string, string[]>();
  for (const file of loose) {
    const session = await sessionNamedIn(file);
    extra.set(session, [...(extra.get(session) ?? []), file]);
  }
  const known = new Set(sessions.map(({ session }) => session));
  const all = [
    ...sessions,
    ...[...extra.keys()]
      .filter((session) => session !== '' && !known.has(session))
      .map((session) => ({ session, main: undefined, subAgents: [] })),
  ];
  const imported: ImportedSession[] = [];
  for (const [index, { session, main, subAgents }] of all.entries()) {
    const files = [...(main === undefined ? [] : [main]), ...subAgents, ...(extra.get(session) ?? [])];
    const log = await readSessionLog(files);
    if (log.calls.length > 0 || log.turns.length > 0 || log.tools.length > 0)
      imported.push(toImported(session, files[0] ?? path, log, prices));
    onProgress(index + 1, all.length);
  }
  imported.sort((a, b) => a.start - b.start);
  return markInherited(imported);
}

/** The session that a sub-agent's log of the older layout belongs to; empty when it does not say. */
async function sessionNamedIn(file: string): Promise<string> {
  for await (const line of jsonLines(file)) {
    const session = textOf(line, 'sessionId');
    if (session !== '') return session;
  }
  return '';
}

function toImported(session: string, file: string, log: SessionLog, prices: PriceList): ImportedSession {
  const agentIds = [
    '',
    ...new Set([...log.calls, ...log.tools].map(({ agentId }) => agentId).filter((id) => id !== '')),
  ];
  const costs = new Map(log.calls.map((call) => [call, costOf(call, prices)]));
  const started = new Set(log.tools.map((tool) => tool.startedAgent).filter((id) => id !== ''));
  return {
    assistant: CLAUDE_CODE,
    session,
    file,
    start: log.start,
    end: log.end,
    turns: log.turns.length,
    models: [...new Set(log.calls.map(({ model }) => model))].sort(),
    agents: agentIds.map((agentId) => agentSums(agentId, log, costs)),
    startedSubAgents: new Set([...started, ...agentIds.slice(1)]).size,
    failedToolCalls: log.tools.filter(({ failed }) => failed).length,
    unansweredToolCalls: log.tools.filter(({ end }) => end === undefined).length,
    inheritedCalls: log.calls.filter((call) => call.session !== '' && call.session !== session).length,
    apiErrors: log.apiErrors,
    callsWithoutUsage: log.calls.filter(({ usage }) => isEmptyUsage(usage)).length,
    callsWithoutCost: [...costs.values()].filter((cost) => cost === undefined).length,
    callIds: log.calls.map(({ messageId }) => messageId),
    badLines: log.badLines,
    spans: toSpans(session, log),
  };
}

function agentSums(
  agentId: string,
  log: SessionLog,
  costs: ReadonlyMap<LoggedCall, number | undefined>,
): ImportedAgent {
  const calls = log.calls.filter((call) => call.agentId === agentId);
  const known = calls.map((call) => costs.get(call)).filter((cost) => cost !== undefined);
  const starter = log.tools.find((tool) => tool.startedAgent === agentId);
  return {
    agentId,
    name: agentId === '' ? CLAUDE_CODE : (starter?.startedAgentType ?? ''),
    modelCalls: calls.length,
    toolCalls: log.tools.filter((tool) => tool.agentId === agentId).length,
    usage: calls.reduce((sum, call) => addUsage(sum, call.usage), {}),
    costUsd: known.length === 0 ? undefined : known.reduce((sum, cost) => sum + cost, 0),
  };
}

function costOf(call: LoggedCall, prices: PriceList): number | undefined {
  const outcome = prices.price(call.usage, 'anthropic', call.model, call.end, { tier: call.tier });
  return outcome.known ? outcome.price.usd : undefined;
}

/** A call that an earlier session of the import has as well is inherited too. */
function markInherited(sessions: readonly ImportedSession[]): ImportedSession[] {
  const seen = new Set<string>();
  return sessions.map((session) => {
    const repeated = session.callIds.filter((id) => seen.has(id)).length;
    session.callIds.forEach((id) => seen.add(id));
    return { ...session, inheritedCalls: Math.max(session.inheritedCalls, repeated) };
  });
}
