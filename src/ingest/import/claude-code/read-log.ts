import { normalizeUsage } from '../../../pricing';
import type { TokenUsage } from '../../../domain/usage';
import { listOf, objectOf, readJsonLines, textOf, timeOf } from '../read-lines';
import type { LogLine } from '../read-lines';

/** One model call as the log has it: all lines of one message taken together. */
export interface LoggedCall {
  readonly messageId: string;
  readonly requestId: string;
  /** The session its lines name; another one's where a session was resumed. */
  readonly session: string;
  readonly model: string;
  readonly usage: TokenUsage;
  readonly tier: string;
  readonly reportedCostUsd: number | undefined;
  readonly finishReason: string;
  /** When the line before was written: the request's start, as near as the log tells. */
  readonly start: number;
  readonly end: number;
  readonly turn: string;
  readonly agentId: string;
  readonly problems: readonly string[];
}

/** One tool call with its answer. */
export interface LoggedTool {
  readonly id: string;
  readonly name: string;
  readonly start: number;
  /** Undefined when no result answers it. */
  readonly end: number | undefined;
  readonly failed: boolean;
  readonly turn: string;
  readonly agentId: string;
  /** The sub-agent that the call started; empty when none. */
  readonly startedAgent: string;
  readonly startedAgentType: string;
}

/** One prompt of a person. */
export interface LoggedTurn {
  readonly id: string;
  readonly start: number;
}

/** What one or more files of a session say, taken together. */
export interface SessionLog {
  readonly calls: readonly LoggedCall[];
  readonly tools: readonly LoggedTool[];
  readonly turns: readonly LoggedTurn[];
  readonly start: number;
  readonly end: number;
  readonly version: string;
  readonly folder: string;
  readonly branch: string;
  readonly badLines: number;
}

interface CallDraft {
  lines: LogLine[];
  start: number;
  end: number;
  turn: string;
  agentId: string;
}

/** Reads the log files of one session: its own first, then its sub-agents'. */
export async function readSessionLog(files: readonly string[]): Promise<SessionLog> {
  const calls = new Map<string, CallDraft>();
  const tools = new Map<string, LoggedTool>();
  const turns: LoggedTurn[] = [];
  const times = new Map<string, number>();
  const sidechains = new Map<string, string>();
  let start = Infinity;
  let end = -Infinity;
  let version = '';
  let folder = '';
  let branch = '';
  let badLines = 0;
  for (const file of files) {
    const { lines, bad } = await readJsonLines(file);
    badLines += bad;
    const fileAgent = /(?:^|[\\/])agent-([^\\/]+)\.jsonl$/.exec(file)?.[1] ?? '';
    let turn = '';
    let last = 0;
    for (const line of lines) {
      const at = timeOf(line);
      if (at !== undefined) {
        start = Math.min(start, at);
        end = Math.max(end, at);
        last = at;
      }
      const uuid = textOf(line, 'uuid');
      if (uuid !== '') times.set(uuid, last);
      version ||= textOf(line, 'version');
      folder ||= textOf(line, 'cwd');
      branch = textOf(line, 'gitBranch') || branch;
      const agentId = agentOf(line, fileAgent, sidechains);
      if (agentId === '' && isPrompt(line)) {
        turn = textOf(line, 'promptId') || uuid;
        turns.push({ id: turn, start: last });
      }
      const type = textOf(line, 'type');
      if (type === 'assistant') takeAssistant(line, { at: last, turn, agentId, calls, tools, times });
      else if (type === 'user') takeResults(line, last, tools);
    }
  }
  return {
    calls: [...calls].flatMap(([id, draft]) => toCall(id, draft)),
    tools: [...tools.values()],
    turns,
    start: Number.isFinite(start) ? start : 0,
    end: Number.isFinite(end) ? end : 0,
    version,
    folder,
    branch,
    badLines,
  };
}

/** The sub-agent a line belongs to; older logs keep sub-agents in the session's file, as side chains of messages. */
function agentOf(line: LogLine, fileAgent: string, sidechains: Map<string, string>): string {
  const named = textOf(line, 'agentId') || fileAgent;
  if (named !== '') return named;
  if (line['isSidechain'] !== true) return '';
  const uuid = textOf(line, 'uuid');
  const parent = textOf(line, 'parentUuid');
  const agent = sidechains.get(parent) ?? `sidechain-${uuid.slice(0, 8)}`;
  if (uuid !== '') sidechains.set(uuid, agent);
  return agent;
}

/** What a person wrote; not a tool's answer, nor what the assistant put in itself. */
function isPrompt(line: LogLine): boolean {
  if (textOf(line, 'type') !== 'user' || line['isMeta'] === true || line['isSidechain'] === true) return false;
  if (line['isCompactSummary'] === true) return false;
  const message = objectOf(line, 'message');
  if (textOf(message, 'content') !== '') return true;
  const blocks = listOf(message, 'content');
  return blocks.some((block) => textOf(block, 'type') !== 'tool_result');
}

function takeAssistant(
  line: LogLine,
  context: {
    at: number;
    turn: string;
    agentId: string;
    calls: Map<string, CallDraft>;
    tools: Map<string, LoggedTool>;
    times: ReadonlyMap<string, number>;
  },
): void {
  const message = objectOf(line, 'message');
  const { at, turn, agentId, calls, tools, times } = context;
  const id = textOf(message, 'id') || textOf(line, 'requestId') || textOf(line, 'uuid');
  // The assistant's own words, e.g. about an error of the API: no model was called for them.
  if (id !== '' && textOf(message, 'model') !== '<synthetic>' && objectOf(message, 'usage') !== undefined) {
    const known = calls.get(id);
    if (known === undefined) {
      const start = times.get(textOf(line, 'parentUuid')) ?? at;
      calls.set(id, { lines: [line], start: Math.min(start, at), end: at, turn, agentId });
    } else {
      known.lines.push(line);
      known.end = Math.max(known.end, at);
    }
  }
  for (const block of listOf(message, 'content')) {
    const toolId = textOf(block, 'id');
    if (textOf(block, 'type') !== 'tool_use' || toolId === '' || tools.has(toolId)) continue;
    tools.set(toolId, {
      id: toolId,
      name: textOf(block, 'name'),
      start: at,
      end: undefined,
      failed: false,
      turn,
      agentId,
      startedAgent: '',
      startedAgentType: textOf(objectOf(block, 'input'), 'subagent_type'),
    });
  }
}

function takeResults(line: LogLine, at: number, tools: Map<string, LoggedTool>): void {
  const result = objectOf(line, 'toolUseResult');
  for (const block of listOf(objectOf(line, 'message'), 'content')) {
    if (textOf(block, 'type') !== 'tool_result') continue;
    const tool = tools.get(textOf(block, 'tool_use_id'));
    if (tool === undefined || tool.end !== undefined) continue;
    tools.set(tool.id, {
      ...tool,
      end: at,
      failed: block['is_error'] === true,
      startedAgent: textOf(result, 'agentId'),
      startedAgentType: textOf(result, 'agentType') || tool.startedAgentType,
    });
  }
}

/** Of all lines of one message the last one's usage counts. */
function toCall(id: string, draft: CallDraft): LoggedCall[] {
  const last = draft.lines.at(-1);
  const message = objectOf(last, 'message');
  const { usage, tier, problems } = normalizeUsage('anthropic', objectOf(message, 'usage') ?? {});
  const cost = draft.lines.map((line) => line['costUSD']).findLast((value) => typeof value === 'number');
  const finish = draft.lines
    .map((line) => textOf(objectOf(line, 'message'), 'stop_reason'))
    .findLast((text) => text !== '');
  return [
    {
      messageId: id,
      requestId: draft.lines.map((line) => textOf(line, 'requestId')).find((text) => text !== '') ?? '',
      session: textOf(last, 'sessionId'),
      model: textOf(message, 'model'),
      usage,
      tier,
      reportedCostUsd: cost,
      finishReason: finish ?? '',
      start: draft.start,
      end: draft.end,
      turn: draft.turn,
      agentId: draft.agentId,
      problems,
    },
  ];
}
