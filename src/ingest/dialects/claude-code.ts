import { providerOfModel } from '../../domain/gen-ai';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import type { Span } from '../../domain/span';
import type { AttributeReader } from './attribute-reader';
import { eventNameOf, logMillis, NOTHING, outcomeOf, spanFacts, toActivity, toCall } from './dialect';
import type { Dialect, Reading } from './dialect';
import { whoAndWhere } from './identity';

const NAME = 'claude-code';

/** Claude Code: events, beta spans. Input tokens exclude caches; before 2.1.122 numbers came as text. */
export const claudeCode: Dialect = {
  name: NAME,
  doc: 'Claude Code (events and beta spans).',
  markers: ['claude_code', 'claude-code'],
  ownsSpan: (span) => span.name.startsWith('claude_code.'),
  ownsLog: (record) =>
    serviceNameOf(record.resource) === 'claude-code' ||
    record.eventName.startsWith('claude_code.') ||
    (typeof record.body === 'string' && record.body.startsWith('claude_code.')),
  readSpan: (span, read) => {
    switch (span.name) {
      case 'claude_code.llm_request':
        return readCallSpan(span, read);
      case 'claude_code.tool':
        return readToolSpan(span, read);
      case 'claude_code.tool.blocked_on_user':
        return readWaitSpan(span, read);
      case 'claude_code.interaction':
        return readInteraction(span, read);
      default:
        return NOTHING;
    }
  },
  readLog: (record, read) => {
    switch (eventNameOf(record, 'claude_code.')) {
      case 'api_request':
        return readCallEvent(record, read, 'ok');
      case 'api_error':
        return readCallEvent(record, read, 'error');
      case 'api_refusal':
        return readCallEvent(record, read, 'refused');
      case 'tool_result':
        return readToolResult(record, read);
      case 'tool_decision':
        return readDecision(record, read);
      case 'user_prompt':
        return readPrompt(record, read);
      case 'compaction':
        return readCompaction(record, read);
      case 'subagent_completed':
        return readAgent(record, read);
      default:
        return NOTHING;
    }
  },
};

function usageOf(read: AttributeReader) {
  return {
    uncached: read.count('uncached', 'input_tokens'),
    cacheRead: read.count('cacheRead', 'cache_read_tokens'),
    cacheWrite: read.count('cacheWrite', 'cache_creation_tokens'),
    output: read.count('output', 'output_tokens'),
  };
}

function commonOf(read: AttributeReader) {
  const request = read.text('requestId', 'request_id');
  const response = read.text('responseId', 'gen_ai.response.id');
  const client = read.text('clientRequestId', 'client_request_id');
  const model = read.text('requestModel', 'gen_ai.request.model', 'model');
  return {
    aliases: [`req:${request}`, `res:${response}`, `req:client:${client}`],
    ...whoAndWhere(read),
    turn: read.text('turn', 'prompt.id'),
    agent: agentOf(read),
    agentId: read.text('agentId', 'agent_id'),
    provider: providerOfModel(model) ?? 'anthropic',
    requestModel: model,
    responseModel: read.text('responseModel', 'gen_ai.response.model', 'model'),
    tier: tierOf(read),
  };
}

function agentOf(read: AttributeReader): string {
  const name = read.text('agent', 'agent.name', 'agent_name');
  if (name !== '') return name;
  return read.text('querySource', 'query_source') === 'subagent' ? 'subagent' : '';
}

function tierOf(read: AttributeReader): string {
  const speed = read.text('tier', 'speed');
  return speed === 'normal' || speed === 'standard' ? '' : speed;
}

function costOf(read: AttributeReader): number | undefined {
  const micros = read.count('reportedCostUsd', 'cost_usd_micros');
  return micros === undefined ? read.count('reportedCostUsd', 'cost_usd') : micros / 1e6;
}

function readCallSpan(span: Span, read: AttributeReader): Reading {
  read.required('session.id', 'model', 'input_tokens', 'output_tokens');
  const failed = read.flag('success', 'success') === false;
  const { outcome, errorType } = outcomeOf(span, read);
  const status = read.text('statusCode', 'status_code');
  const call = toCall(
    NAME,
    {
      ...spanFacts(span),
      ...commonOf(read),
      usage: usageOf(read),
      timeToFirstTokenMs: read.count('timeToFirstTokenMs', 'ttft_ms'),
      reportedCostUsd: costOf(read),
      outcome: failed && outcome === 'ok' ? 'error' : outcome,
      errorType: failed && status !== '' ? status : errorType,
    },
    read,
  );
  return { calls: [call] };
}

function readCallEvent(record: LogRecord, read: AttributeReader, outcome: 'ok' | 'error' | 'refused'): Reading {
  if (outcome === 'ok') read.required('session.id', 'model', 'input_tokens', 'output_tokens', 'request_id');
  const latencyMs = read.count('latencyMs', 'duration_ms');
  const common = commonOf(read);
  const call = toCall(
    NAME,
    {
      ...common,
      source: 'event',
      service: serviceNameOf(record.resource),
      at: logMillis(record) - (latencyMs ?? 0),
      latencyMs,
      timeToFirstTokenMs: read.count('timeToFirstTokenMs', 'ttft_ms'),
      usage: outcome === 'refused' ? {} : usageOf(read),
      reportedCostUsd: costOf(read),
      outcome,
      errorType:
        outcome === 'ok' ? '' : read.text('errorType', 'status_code', 'category', 'error').slice(0, 120) || '_OTHER',
      traceId: record.traceId,
      spanId: record.spanId,
    },
    read,
  );
  return { calls: [call] };
}

function readToolSpan(span: Span, read: AttributeReader): Reading {
  const session = read.text('session', 'session.id');
  const call = read.text('toolCallId', 'tool_use_id', 'gen_ai.tool.call.id');
  const name = read.text('name', 'tool_name');
  const facts = spanFacts(span);
  const tool = toActivity(NAME, {
    id: call === '' ? `span:${span.traceId}/${span.spanId}` : `tool:${call}`,
    kind: 'tool',
    session,
    name,
    turn: read.text('turn', 'prompt.id'),
    agentId: read.text('agentId', 'agent_id'),
    at: facts.at,
    durationMs: facts.latencyMs,
    ok: read.flag('success', 'success') ?? span.status.code !== 'error',
    source: 'span',
    traceId: span.traceId,
    spanId: span.spanId,
  });
  return { activities: session === '' ? [] : [tool, ...agentRun(tool, read.text('agent', 'subagent_type'))] };
}

/** A call of the Task tool is a sub-agent's run. */
function agentRun(tool: ReturnType<typeof toActivity>, type: string) {
  if (tool.name !== 'Task' && tool.name !== 'Agent') return [];
  return [{ ...tool, id: `agent:${tool.id}`, kind: 'agent' as const, name: type === '' ? tool.name : type }];
}

function readWaitSpan(span: Span, read: AttributeReader): Reading {
  const session = read.text('session', 'session.id');
  const facts = spanFacts(span);
  return {
    activities: [
      toActivity(NAME, {
        id: `span:${span.traceId}/${span.spanId}`,
        kind: 'decision',
        session,
        name: read.text('decision', 'decision'),
        at: facts.at,
        durationMs: facts.latencyMs,
        waitMs: read.count('waitMs', 'duration_ms') ?? facts.latencyMs,
        source: 'span',
        traceId: span.traceId,
        spanId: span.spanId,
      }),
    ],
  };
}

function readInteraction(span: Span, read: AttributeReader): Reading {
  const session = read.text('session', 'session.id');
  const turn = read.text('turn', 'prompt.id');
  const facts = spanFacts(span);
  return {
    activities: [
      toActivity(NAME, {
        id: turn === '' ? `span:${span.traceId}/${span.spanId}` : `turn:${turn}`,
        kind: 'turn',
        session,
        turn,
        at: facts.at,
        durationMs: facts.latencyMs,
        ok: span.status.code !== 'error',
        source: 'span',
        traceId: span.traceId,
        spanId: span.spanId,
      }),
    ],
  };
}

function eventFacts(record: LogRecord, read: AttributeReader) {
  const durationMs = read.count('durationMs', 'duration_ms');
  return {
    session: read.text('session', 'session.id'),
    turn: read.text('turn', 'prompt.id'),
    agentId: read.text('agentId', 'agent_id'),
    at: logMillis(record) - (durationMs ?? 0),
    durationMs,
    source: 'event' as const,
    traceId: record.traceId,
    spanId: record.spanId,
  };
}

/** Tells events of one session apart that carry no id of their own. */
function sequenceOf(record: LogRecord, read: AttributeReader): string {
  return read.text('sequence', 'event.sequence') || String(record.timeUnixNano);
}

function readToolResult(record: LogRecord, read: AttributeReader): Reading {
  read.required('session.id', 'tool_name', 'tool_use_id');
  const facts = eventFacts(record, read);
  const call = read.text('toolCallId', 'tool_use_id');
  const ok = read.flag('success', 'success');
  const tool = toActivity(NAME, {
    ...facts,
    id: call === '' ? `tool:${facts.session}:${sequenceOf(record, read)}` : `tool:${call}`,
    kind: 'tool',
    name: read.text('name', 'tool_name'),
    ok,
    errorType: ok === false ? read.text('errorType', 'error_type') || '_OTHER' : '',
  });
  return { activities: facts.session === '' ? [] : [tool, ...agentRun(tool, read.text('agent', 'subagent_type'))] };
}

function readDecision(record: LogRecord, read: AttributeReader): Reading {
  const facts = eventFacts(record, read);
  return {
    activities: [
      toActivity(NAME, {
        ...facts,
        id: `decision:${read.text('toolCallId', 'tool_use_id') || `${facts.session}:${sequenceOf(record, read)}`}`,
        kind: 'decision',
        name: read.text('decision', 'decision'),
        ok: read.text('decision', 'decision') === 'accept',
      }),
    ],
  };
}

function readPrompt(record: LogRecord, read: AttributeReader): Reading {
  const facts = eventFacts(record, read);
  const turn = facts.turn || `${facts.session}:${sequenceOf(record, read)}`;
  return { activities: [toActivity(NAME, { ...facts, id: `turn:${turn}`, kind: 'turn', turn })] };
}

function readCompaction(record: LogRecord, read: AttributeReader): Reading {
  const facts = eventFacts(record, read);
  return {
    activities: [
      toActivity(NAME, {
        ...facts,
        id: `compaction:${facts.session}:${sequenceOf(record, read)}`,
        kind: 'compaction',
        name: read.text('trigger', 'trigger'),
        ok: read.flag('success', 'success'),
      }),
    ],
  };
}

function readAgent(record: LogRecord, read: AttributeReader): Reading {
  const facts = eventFacts(record, read);
  const id = facts.agentId || `${facts.session}:${sequenceOf(record, read)}`;
  return {
    activities: [
      toActivity(NAME, {
        ...facts,
        id: `agent:${id}`,
        kind: 'agent',
        name: read.text('agent', 'agent.name', 'agent_type', 'subagent_type'),
        ok: read.flag('success', 'success'),
      }),
    ],
  };
}
