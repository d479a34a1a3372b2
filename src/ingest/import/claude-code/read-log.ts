import { normalizeUsage } from '../../../pricing';
import type { TokenUsage } from '../../../domain/usage';
import { jsonLines, listOf, modifiedAt, objectOf, textOf, timeOf } from '../read-lines';
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
  /** Requests that failed for good. */
  readonly apiErrors: number;
}

interface CallDraft {
  lines: LogLine[];
  start: number;
  end: number;
  turn: string;
  agentId: string;
}

/** What is gathered while the lines go by. */
interface Draft {
  readonly calls: Map<string, CallDraft>;
  readonly tools: Map<string, LoggedTool>;
  readonly turns: Map<string, LoggedTurn & { readonly isCommand: boolean }>;
  readonly times: Map<string, number>;
  /** Agents by the side chain's messages, for logs that do not name them. */
  readonly sidechains: Map<string, string>;
  /** What sub-agents were asked to do, and the calls that asked: the only tie between them in some logs. */
  readonly asked: Map<string, string>;
  readonly firstWords: Map<string, string>;
  apiErrors: number;
}

/** Reads the log files of one session: its own first, then its sub-agents'. */
export async function readSessionLog(files: readonly string[]): Promise<SessionLog> {
  const draft: Draft = {
    calls: new Map(),
    tools: new Map(),
    turns: new Map(),
    times: new Map(),
    sidechains: new Map(),
    asked: new Map(),
    firstWords: new Map(),
    apiErrors: 0,
  };
  let start = Infinity;
  let end = -Infinity;
  let version = '';
  let folder = '';
  let branch = '';
  let badLines = 0;
  for (const file of files) {
    const fileAgent = /(?:^|[\\/])agent-([^\\/]+)\.jsonl$/.exec(file)?.[1] ?? '';
    let turn = '';
    // Until a line says when: the file's own time is the best there is.
    let last = await modifiedAt(file);
    for await (const line of jsonLines(file, () => void badLines++)) {
      const at = timeOf(line);
      if (at !== undefined) {
        start = Math.min(start, at);
        end = Math.max(end, at);
        last = at;
      }
      const uuid = textOf(line, 'uuid');
      if (uuid !== '') draft.times.set(uuid, last);
      version ||= textOf(line, 'version');
      folder ||= textOf(line, 'cwd');
      branch = textOf(line, 'gitBranch') || branch;
      const agentId = agentOf(line, fileAgent, draft.sidechains);
      const prompt = agentId === '' ? promptIn(line) : undefined;
      if (prompt !== undefined) {
        turn = textOf(line, 'promptId') || uuid;
        if (!draft.turns.has(turn)) draft.turns.set(turn, { id: turn, start: last, isCommand: prompt === 'command' });
      }
      takeLine(line, last, turn, agentId, draft);
    }
    if (!Number.isFinite(start)) start = end = last;
  }
  return {
    calls: [...draft.calls].map(([id, call]) => toCall(id, call)),
    tools: withStartedAgents(draft),
    turns: turnsOf(draft),
    start: Number.isFinite(start) ? start : 0,
    end: Number.isFinite(end) ? end : 0,
    version,
    folder,
    branch,
    badLines,
    apiErrors: draft.apiErrors,
  };
}

/** The turns; a command after which no model was called was none. */
function turnsOf({ turns, calls }: Draft): LoggedTurn[] {
  const used = new Set([...calls.values()].map(({ turn }) => turn));
  return [...turns.values()]
    .filter(({ id, isCommand }) => !isCommand || used.has(id))
    .map(({ id, start }) => ({ id, start }));
}

function takeLine(line: LogLine, at: number, turn: string, agentId: string, draft: Draft): void {
  switch (textOf(line, 'type')) {
    case 'assistant':
      takeAssistant(line, { at, turn, agentId, draft });
      break;
    case 'user':
      if (agentId !== '' && !draft.firstWords.has(agentId)) draft.firstWords.set(agentId, wordsOf(line));
      takeResults(line, at, draft.tools);
      break;
    default:
    // Summaries, compaction marks, hooks, snapshots and whatever comes: nothing is billed for them.
  }
}

/** Tools with the sub-agents they started; where no result names one, told by what it was asked to do. */
function withStartedAgents({ tools, asked, firstWords, calls }: Draft): LoggedTool[] {
  const named = new Set([...tools.values()].map(({ startedAgent }) => startedAgent));
  const agents = new Set([...calls.values()].map(({ agentId }) => agentId));
  for (const [agentId, words] of firstWords) {
    const starter = tools.get(asked.get(words) ?? '');
    if (words === '' || named.has(agentId) || !agents.has(agentId) || starter === undefined) continue;
    if (starter.startedAgent === '' && starter.agentId !== agentId)
      tools.set(starter.id, { ...starter, startedAgent: agentId });
  }
  return [...tools.values()];
}

/** The text of a user's line. */
function wordsOf(line: LogLine): string {
  const message = objectOf(line, 'message');
  const blocks = listOf(message, 'content').map((block) => textOf(block, 'text'));
  return (textOf(message, 'content') || blocks.join('')).trim();
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

/** Starts of user lines that no person wrote: output of local commands, and notes of interruptions. */
const NOTES = /^\s*(?:<(?:local-command-|bash-|task-notification)|\[Request interrupted by user)/;
/** A command typed by a person: some ask the model, some only change a setting. */
const COMMAND = /^\s*<command-/;

/** What a person wrote, not a tool's answer, nor what the assistant put in itself; undefined when it is none of it. */
function promptIn(line: LogLine): 'prompt' | 'command' | undefined {
  if (textOf(line, 'type') !== 'user' || line['isMeta'] === true || line['isSidechain'] === true) return undefined;
  if (line['isCompactSummary'] === true) return undefined;
  const message = objectOf(line, 'message');
  const text = textOf(message, 'content');
  const blocks = text === '' ? listOf(message, 'content') : [{ type: 'text', text }];
  const own = blocks.filter((block) => textOf(block, 'type') !== 'tool_result' && !NOTES.test(textOf(block, 'text')));
  if (own.length === 0) return undefined;
  return own.every((block) => COMMAND.test(textOf(block, 'text'))) ? 'command' : 'prompt';
}

function takeAssistant(
  line: LogLine,
  context: { readonly at: number; readonly turn: string; readonly agentId: string; readonly draft: Draft },
): void {
  const message = objectOf(line, 'message');
  const { at, turn, agentId, draft } = context;
  const { calls, tools, times } = draft;
  const model = textOf(message, 'model');
  const id = textOf(message, 'id') || textOf(line, 'requestId') || textOf(line, 'uuid');
  // The assistant's own words, e.g. about an error of the API: no model was called for them.
  if (model === '<synthetic>' || line['isApiErrorMessage'] === true) {
    if (line['isApiErrorMessage'] === true) draft.apiErrors++;
  } else if (id !== '' && (model !== '' || objectOf(message, 'usage') !== undefined)) {
    const known = calls.get(id);
    if (known === undefined) {
      const start = times.get(textOf(line, 'parentUuid')) ?? at;
      calls.set(id, { lines: [billed(line)], start: Math.min(start, at), end: at, turn, agentId });
    } else {
      known.lines.push(billed(line));
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
    const task = textOf(objectOf(block, 'input'), 'prompt').trim();
    if (task !== '' && !draft.asked.has(task)) draft.asked.set(task, toolId);
  }
}

/** A line without what was said: only that is kept until the session is read. */
function billed(line: LogLine): LogLine {
  const { content: _content, ...message } = objectOf(line, 'message') ?? {};
  return { ...line, message };
}

/** Tools that start sub-agents. */
const AGENT_TOOLS: ReadonlySet<string> = new Set(['Task', 'Agent']);

function takeResults(line: LogLine, at: number, tools: Map<string, LoggedTool>): void {
  const details = objectOf(line, 'toolUseResult');
  const results = listOf(objectOf(line, 'message'), 'content').filter(
    (block) => textOf(block, 'type') === 'tool_result',
  );
  for (const block of results) {
    const tool = tools.get(textOf(block, 'tool_use_id'));
    if (tool === undefined || tool.end !== undefined) continue;
    // Details stand once per line: of several results they are that of the call that starts agents.
    const own = results.length === 1 || AGENT_TOOLS.has(tool.name) ? details : undefined;
    tools.set(tool.id, {
      ...tool,
      end: at,
      failed: block['is_error'] === true,
      startedAgent: textOf(own, 'agentId'),
      startedAgentType: textOf(own, 'agentType') || tool.startedAgentType,
    });
  }
}

/** Of all lines of one message the last one's usage counts. */
function toCall(id: string, draft: CallDraft): LoggedCall {
  const { lines } = draft;
  const lastOf = (read: (line: LogLine) => string): string => lines.map(read).findLast((text) => text !== '') ?? '';
  const counted = lines.findLast((line) => objectOf(objectOf(line, 'message'), 'usage') !== undefined);
  const { usage, tier, problems } = normalizeUsage('anthropic', objectOf(objectOf(counted, 'message'), 'usage') ?? {});
  return {
    messageId: id,
    requestId: lines.map((line) => textOf(line, 'requestId')).find((text) => text !== '') ?? '',
    session: lastOf((line) => textOf(line, 'sessionId')),
    model: lastOf((line) => textOf(objectOf(line, 'message'), 'model')),
    usage,
    tier,
    reportedCostUsd: lines.map((line) => line['costUSD']).findLast((value) => typeof value === 'number'),
    finishReason: lastOf((line) => textOf(objectOf(line, 'message'), 'stop_reason')),
    start: draft.start,
    end: draft.end,
    turn: draft.turn,
    agentId: draft.agentId,
    problems,
  };
}
