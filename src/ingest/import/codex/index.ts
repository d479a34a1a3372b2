import { basename } from 'node:path';
import { GEN_AI, TELLTALE } from '../../../domain/gen-ai';
import type { Resource } from '../../../domain/resource';
import type { Span } from '../../../domain/span';
import { addUsage, completeUsage } from '../../../domain/usage';
import type { TokenUsage } from '../../../domain/usage';
import type { PriceList } from '../../../pricing';
import { importSpan, stableId, usageAttributes } from '../import-span';
import type { ImportedSession, OnProgress } from '../imported-session';
import { findFiles, objectOf, readJsonLines, textOf, timeOf } from '../read-lines';
import type { LogLine } from '../read-lines';

const CODEX = 'codex';

interface RolloutCall {
  readonly id: string;
  readonly model: string;
  readonly usage: TokenUsage;
  readonly start: number;
  readonly end: number;
  readonly turn: string;
}

interface RolloutTool {
  readonly id: string;
  readonly name: string;
  readonly start: number;
  end: number | undefined;
  readonly turn: string;
}

interface Rollout {
  readonly session: string;
  readonly version: string;
  readonly repository: string;
  readonly branch: string;
  readonly provider: string;
  readonly calls: readonly RolloutCall[];
  readonly tools: readonly RolloutTool[];
  readonly turns: readonly { readonly id: string; readonly start: number }[];
  readonly start: number;
  readonly end: number;
  readonly bad: number;
}

/**
 * Codex' sessions below a path (its `sessions` folder, or one rollout file), in the order of their start. A token count
 * that repeats the one before it, as rate limits make it do, is no call.
 * @throws ImportSourceError when the path is not there.
 */
export async function importCodex(
  path: string,
  prices: PriceList,
  onProgress: OnProgress = () => undefined,
): Promise<ImportedSession[]> {
  const files = await findFiles(path, (name) => name.endsWith('.jsonl'));
  const sessions: ImportedSession[] = [];
  for (const [index, file] of files.entries()) {
    const rollout = await readRollout(file);
    if (rollout.calls.length > 0 || rollout.turns.length > 0) sessions.push(toImported(rollout, file, prices));
    onProgress(index + 1, files.length);
  }
  return sessions.sort((a, b) => a.start - b.start);
}

async function readRollout(file: string): Promise<Rollout> {
  const { lines, bad } = await readJsonLines(file);
  const calls: RolloutCall[] = [];
  const tools = new Map<string, RolloutTool>();
  const turns: { id: string; start: number }[] = [];
  let session = /rollout-.*?-([0-9a-f]{8}-[0-9a-f-]{27})\.jsonl$/.exec(basename(file))?.[1] ?? basename(file, '.jsonl');
  const meta = { version: '', repository: '', branch: '', provider: '' };
  let model = '';
  let turn = '';
  let total = -1;
  let last = 0;
  let began = 0;
  let start = Infinity;
  for (const line of lines) {
    const at = timeOf(line) ?? last;
    last = at;
    if (at > 0) start = Math.min(start, at);
    const payload = objectOf(line, 'payload') ?? line;
    const type = textOf(payload, 'type');
    switch (textOf(line, 'type')) {
      case 'session_meta': {
        session = textOf(payload, 'id') || session;
        const git = objectOf(payload, 'git');
        meta.version = textOf(payload, 'cli_version');
        meta.repository = textOf(git, 'repository_url') || basename(textOf(payload, 'cwd'));
        meta.branch = textOf(git, 'branch');
        meta.provider = textOf(payload, 'model_provider');
        continue;
      }
      case 'turn_context':
        model = textOf(payload, 'model') || model;
        continue;
      case 'event_msg':
        if (type === 'user_message') {
          turn = stableId(16, session, String(turns.length));
          turns.push({ id: turn, start: at });
          began = at;
        } else if (type === 'token_count') {
          const info = objectOf(payload, 'info');
          const sum = Number(objectOf(info, 'total_token_usage')?.['total_tokens'] ?? -1);
          if (info === undefined || sum === total) continue;
          total = sum;
          const usage = usageOf(objectOf(info, 'last_token_usage'));
          calls.push({ id: `${session}:${calls.length}`, model, usage, start: began || at, end: at, turn });
          began = at;
        }
        continue;
      case 'response_item': {
        const id = textOf(payload, 'call_id') || textOf(payload, 'id');
        if (/^(function_call|custom_tool_call|local_shell_call|web_search_call)$/.test(type)) {
          const name = textOf(payload, 'name') || type.replace(/_call$/, '');
          if (id !== '') tools.set(id, { id, name, start: at, end: undefined, turn });
        } else if (/_call_output$/.test(type)) {
          const tool = tools.get(id);
          if (tool !== undefined) tool.end ??= at;
          began = at;
        }
      }
    }
  }
  return {
    session,
    ...meta,
    calls,
    tools: [...tools.values()],
    turns,
    start: Number.isFinite(start) ? start : 0,
    end: last,
    bad,
  };
}

function usageOf(line: LogLine | undefined): TokenUsage {
  const count = (key: string): number | undefined => {
    const value = line?.[key];
    return typeof value === 'number' ? value : undefined;
  };
  return completeUsage({
    input: count('input_tokens'),
    cacheRead: count('cached_input_tokens'),
    cacheWrite: count('cache_write_input_tokens'),
    output: count('output_tokens'),
    reasoning: count('reasoning_output_tokens'),
  }).usage;
}

function toImported(rollout: Rollout, file: string, prices: PriceList): ImportedSession {
  const costs = rollout.calls.map((call) => {
    const outcome = prices.price(call.usage, rollout.provider || 'openai', call.model, call.end);
    return outcome.known ? outcome.price.usd : undefined;
  });
  const known = costs.filter((cost) => cost !== undefined);
  return {
    assistant: CODEX,
    session: rollout.session,
    file,
    start: rollout.start,
    end: rollout.end,
    turns: rollout.turns.length,
    models: [...new Set(rollout.calls.map(({ model }) => model))].filter((model) => model !== '').sort(),
    agents: [
      {
        agentId: '',
        name: CODEX,
        modelCalls: rollout.calls.length,
        toolCalls: rollout.tools.length,
        usage: rollout.calls.reduce<TokenUsage>((sum, call) => addUsage(sum, call.usage), {}),
        costUsd: known.length === 0 ? undefined : known.reduce((sum, cost) => sum + cost, 0),
      },
    ],
    startedSubAgents: 0,
    failedToolCalls: 0,
    unansweredToolCalls: rollout.tools.filter(({ end }) => end === undefined).length,
    inheritedCalls: 0,
    apiErrors: 0,
    callsWithoutUsage: 0,
    callsWithoutCost: costs.length - known.length,
    callIds: rollout.calls.map(({ id }) => id),
    badLines: rollout.bad,
    spans: toSpans(rollout),
  };
}

function toSpans(rollout: Rollout): Span[] {
  const resource: Resource = {
    attributes: { 'service.name': CODEX, ...(rollout.version === '' ? {} : { 'service.version': rollout.version }) },
    schemaUrl: '',
  };
  const base = (turn: string) => ({
    traceId: stableId(32, 'turn', rollout.session, turn),
    resource,
    assistant: CODEX,
    failed: false,
  });
  const rootId = (turn: string): string => stableId(16, 'turn', rollout.session, turn);
  const common = {
    [GEN_AI.conversationId]: rollout.session,
    'vcs.repository.name': rollout.repository,
    'vcs.ref.head.name': rollout.branch,
  };
  const calls = rollout.calls.map((call) =>
    importSpan({
      ...base(call.turn),
      spanId: stableId(16, 'call', call.id),
      parentSpanId: rootId(call.turn),
      name: `chat ${call.model}`,
      kind: 'client',
      start: call.start,
      end: call.end,
      attributes: {
        ...common,
        [GEN_AI.operationName]: 'chat',
        [GEN_AI.providerName]: rollout.provider || 'openai',
        [GEN_AI.requestModel]: call.model,
        [GEN_AI.responseModel]: call.model,
        [TELLTALE.turnId]: call.turn,
        ...usageAttributes(call.usage),
      },
    }),
  );
  const tools = rollout.tools.map((tool) =>
    importSpan({
      ...base(tool.turn),
      spanId: stableId(16, 'tool', rollout.session, tool.id),
      parentSpanId: rootId(tool.turn),
      name: `execute_tool ${tool.name}`,
      kind: 'internal',
      start: tool.start,
      end: tool.end ?? tool.start,
      attributes: {
        ...common,
        [GEN_AI.operationName]: 'execute_tool',
        [GEN_AI.toolName]: tool.name,
        [GEN_AI.toolCallId]: `${rollout.session}:${tool.id}`,
        [TELLTALE.turnId]: tool.turn,
      },
    }),
  );
  const ends = new Map<string, number>();
  for (const { turn, end, start } of [...rollout.calls, ...rollout.tools])
    ends.set(turn, Math.max(ends.get(turn) ?? 0, end ?? start));
  const roots = rollout.turns.map(({ id, start }) =>
    importSpan({
      ...base(id),
      spanId: rootId(id),
      parentSpanId: '',
      name: 'invoke_agent codex',
      kind: 'internal',
      start,
      end: ends.get(id) ?? start,
      attributes: {
        ...common,
        [GEN_AI.operationName]: 'invoke_agent',
        [GEN_AI.agentName]: CODEX,
        [TELLTALE.turnId]: id,
      },
    }),
  );
  return [...roots, ...calls, ...tools];
}
