import { basename } from 'node:path';
import { GEN_AI, TELLTALE } from '../../../domain/gen-ai';
import type { Resource } from '../../../domain/resource';
import type { Span } from '../../../domain/span';
import { importSpan, stableId, usageAttributes } from '../import-span';
import type { LoggedTool, SessionLog } from './read-log';

/** The assistant's name in scopes and ledger rows. */
export const CLAUDE_CODE = 'claude-code';

/** A session's log as spans: a trace per turn, calls and tools below it, sub-agents below the tool call that started them. */
export function toSpans(session: string, log: SessionLog): Span[] {
  const resource: Resource = {
    attributes: { 'service.name': CLAUDE_CODE, ...(log.version === '' ? {} : { 'service.version': log.version }) },
    schemaUrl: '',
  };
  const common = {
    [GEN_AI.conversationId]: session,
    'vcs.repository.name': log.folder === '' ? undefined : basename(log.folder),
    'vcs.ref.head.name': log.branch,
  };
  const starters = startersOf(log);
  const places = placesOf(session, log, starters);
  const spans: Span[] = [];
  const bounds = new Map<string, { start: number; end: number }>();
  const widen = (key: string, start: number, end: number): void => {
    const known = bounds.get(key) ?? { start, end };
    bounds.set(key, { start: Math.min(known.start, start), end: Math.max(known.end, end) });
  };
  for (const call of log.calls) {
    const place = places(call.agentId, call.turn);
    widen(place.key, call.start, call.end);
    spans.push(
      importSpan({
        traceId: place.traceId,
        spanId: stableId(16, 'call', call.messageId),
        parentSpanId: place.parentSpanId,
        name: `chat ${call.model}`,
        kind: 'client',
        start: call.start,
        end: call.end,
        failed: false,
        resource,
        assistant: CLAUDE_CODE,
        attributes: {
          ...common,
          // A resumed session repeats calls of an earlier one: they stay that one's.
          [GEN_AI.conversationId]: call.session || session,
          [GEN_AI.operationName]: 'chat',
          [GEN_AI.providerName]: 'anthropic',
          [GEN_AI.requestModel]: call.model,
          [GEN_AI.responseModel]: call.model,
          [GEN_AI.responseId]: call.messageId,
          request_id: call.requestId,
          [GEN_AI.responseFinishReasons]: call.finishReason === '' ? undefined : [call.finishReason],
          [TELLTALE.turnId]: place.turn,
          [GEN_AI.agentName]: call.agentId === '' ? undefined : (starters.get(call.agentId)?.startedAgentType ?? ''),
          'telltale.agent.run.id': call.agentId,
          'telltale.tier': call.tier,
          'telltale.cost.reported_usd': call.reportedCostUsd,
          ...usageAttributes(call.usage),
        },
      }),
    );
  }
  for (const tool of log.tools) {
    const place = places(tool.agentId, tool.turn);
    widen(place.key, tool.start, tool.end ?? tool.start);
    spans.push(
      importSpan({
        traceId: place.traceId,
        spanId: stableId(16, 'tool', tool.id),
        parentSpanId: place.parentSpanId,
        name: `execute_tool ${tool.name}`,
        kind: 'internal',
        start: tool.start,
        end: tool.end ?? tool.start,
        failed: tool.failed,
        resource,
        assistant: CLAUDE_CODE,
        attributes: {
          ...common,
          [GEN_AI.operationName]: 'execute_tool',
          [GEN_AI.toolName]: tool.name,
          [GEN_AI.toolCallId]: tool.id,
          [TELLTALE.turnId]: place.turn,
          'error.type': tool.failed ? 'tool_error' : undefined,
          'telltale.tool.unanswered': tool.end === undefined ? true : undefined,
        },
      }),
    );
  }
  for (const place of places.all()) {
    const extent = bounds.get(place.key);
    if (extent === undefined && place.agentId !== '') continue;
    const start = Math.min(place.start ?? Infinity, extent?.start ?? Infinity);
    spans.push(
      importSpan({
        traceId: place.traceId,
        spanId: place.parentSpanId,
        parentSpanId: place.above,
        name: place.agentId === '' ? 'invoke_agent claude-code' : `invoke_agent ${place.name}`,
        kind: 'internal',
        start: Number.isFinite(start) ? start : log.start,
        end: extent?.end ?? place.start ?? log.start,
        failed: false,
        resource,
        assistant: CLAUDE_CODE,
        attributes: {
          ...common,
          [GEN_AI.operationName]: 'invoke_agent',
          [GEN_AI.agentName]: place.agentId === '' ? CLAUDE_CODE : place.name,
          [GEN_AI.agentId]: place.agentId,
          [TELLTALE.turnId]: place.turn,
        },
      }),
    );
  }
  return spans;
}

/** Where spans of an agent and turn hang. */
interface Place {
  readonly key: string;
  readonly traceId: string;
  /** The span they hang below. */
  readonly parentSpanId: string;
  /** The span that one hangs below; empty for a turn's root. */
  readonly above: string;
  readonly turn: string;
  readonly agentId: string;
  readonly name: string;
  readonly start: number | undefined;
}

function startersOf(log: SessionLog): Map<string, LoggedTool> {
  const starters = new Map<string, LoggedTool>();
  for (const tool of log.tools) if (tool.startedAgent !== '') starters.set(tool.startedAgent, tool);
  return starters;
}

function placesOf(
  session: string,
  log: SessionLog,
  starters: ReadonlyMap<string, LoggedTool>,
): ((agentId: string, turn: string) => Place) & { all(): Place[] } {
  const made = new Map<string, Place>();
  const starts = new Map(log.turns.map(({ id, start }) => [id, start]));
  const place = (agentId: string, ownTurn: string): Place => {
    const starter = agentId === '' ? undefined : starters.get(agentId);
    const turn = ownTurn || (starter?.turn ?? '') || (log.turns[0]?.id ?? '');
    const key = agentId === '' ? `turn ${turn}` : `agent ${agentId}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const root = turn === '' ? session : turn;
    const own: Place =
      agentId === ''
        ? {
            key,
            traceId: stableId(32, 'turn', root),
            parentSpanId: stableId(16, 'turn', root),
            above: '',
            turn,
            agentId,
            name: '',
            start: starts.get(turn),
          }
        : {
            key,
            traceId: stableId(32, 'turn', root),
            parentSpanId: stableId(16, 'agent', session, agentId),
            above: starter === undefined ? stableId(16, 'turn', root) : stableId(16, 'tool', starter.id),
            turn,
            agentId,
            name: starter?.startedAgentType || agentId,
            start: undefined,
          };
    made.set(key, own);
    // A sub-agent hangs in its turn's trace even where the turn itself made no call.
    if (agentId !== '') place('', turn);
    return own;
  };
  for (const { id } of log.turns) place('', id);
  return Object.assign(place, { all: () => [...made.values()] });
}
