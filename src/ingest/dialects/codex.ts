import { providerOfModel } from '../../domain/gen-ai';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import type { Span } from '../../domain/span';
import type { AttributeReader } from './attribute-reader';
import { eventNameOf, logMillis, NOTHING, outcomeOf, spanFacts, toActivity, toCall } from './dialect';
import type { Dialect, Reading } from './dialect';
import { whoAndWhere } from './identity';

const NAME = 'codex';
const SERVICES = new Set([
  'codex_cli_rs',
  'codex_exec',
  'codex_tui',
  'codex-app-server',
  'codex-cli',
  'codex_vscode',
  'codex',
]);

/** Log events are Codex' best signal; its spans lack conversation and model and so rank below. */
const SPAN_AUTHORITY = 25;

/** Codex: log events carry the usage, as text; spans of the turn carry it again. */
export const codex: Dialect = {
  name: NAME,
  doc: 'OpenAI Codex (log events, internal spans).',
  markers: ['codex'],
  ownsSpan: (span) =>
    SERVICES.has(serviceNameOf(span.resource)) || Object.keys(span.attributes).some((key) => key.startsWith('codex.')),
  ownsLog: (record) => SERVICES.has(serviceNameOf(record.resource)) || eventNameOf(record, '').startsWith('codex.'),
  readSpan: (span, read) => {
    if (read.has('gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens')) return readResponseSpan(span, read);
    return read.has('codex.turn.token_usage.total_tokens') ? readTurnSpan(span, read) : NOTHING;
  },
  readLog: (record, read) => {
    switch (eventNameOf(record, 'codex.')) {
      case 'sse_event':
      case 'websocket_event':
        return readCompleted(record, read);
      case 'api_request':
        return readFailure(record, read);
      case 'tool_result':
        return readTool(record, read);
      case 'tool_decision':
        return readDecision(record, read);
      case 'user_prompt':
        return readPrompt(record, read);
      default:
        return NOTHING;
    }
  },
};

/** `response.completed` comes once with counts; without them it is a frame of the transport. */
function readCompleted(record: LogRecord, read: AttributeReader): Reading {
  if (read.text('kind', 'event.kind') !== 'response.completed') return NOTHING;
  if (!read.has('input_token_count', 'output_token_count')) return NOTHING;
  read.required('conversation.id', 'model');
  const latencyMs = read.count('latencyMs', 'duration_ms');
  const model = read.text('requestModel', 'model', 'slug');
  const call = toCall(
    NAME,
    {
      ...whoAndWhere(read),
      source: 'event',
      service: serviceNameOf(record.resource),
      at: logMillis(record) - (latencyMs ?? 0),
      latencyMs,
      provider: read.text('provider', 'provider_name') || (providerOfModel(model) ?? 'openai'),
      requestModel: model,
      responseModel: model,
      aliases: [`res:${read.text('responseId', 'response.id', 'response_id')}`],
      turn: read.text('turn', 'turn.id', 'turn_id'),
      tier: tierOf(read.text('tier', 'service_tier')),
      usage: {
        input: read.count('input', 'input_token_count'),
        cacheRead: read.count('cacheRead', 'cached_token_count'),
        cacheWrite: read.count('cacheWrite', 'cache_write_token_count'),
        output: read.count('output', 'output_token_count'),
        reasoning: read.count('reasoning', 'reasoning_token_count'),
      },
      timeToFirstTokenMs: read.count('timeToFirstTokenMs', 'ttft_ms'),
      traceId: record.traceId,
      spanId: record.spanId,
    },
    read,
  );
  return { calls: [call] };
}

/** A request that failed never completes: it makes a row of its own. */
function readFailure(record: LogRecord, read: AttributeReader): Reading {
  const status = read.count('status', 'http.response.status_code');
  const message = read.text('errorType', 'error.message');
  if ((status === undefined || status < 400) && message === '') return NOTHING;
  const latencyMs = read.count('latencyMs', 'duration_ms');
  const model = read.text('requestModel', 'model', 'slug');
  const call = toCall(
    NAME,
    {
      ...whoAndWhere(read),
      source: 'event',
      service: serviceNameOf(record.resource),
      at: logMillis(record) - (latencyMs ?? 0),
      latencyMs,
      provider: providerOfModel(model) ?? 'openai',
      requestModel: model,
      usage: {},
      outcome: 'error',
      errorType: status === undefined ? message.slice(0, 120) : String(status),
      traceId: record.traceId,
      spanId: record.spanId,
    },
    read,
  );
  return { calls: [call] };
}

function readResponseSpan(span: Span, read: AttributeReader): Reading {
  const model = read.text('requestModel', 'gen_ai.request.model', 'model');
  const call = toCall(
    NAME,
    {
      ...spanFacts(span),
      ...whoAndWhere(read),
      ...outcomeOf(span, read),
      authority: SPAN_AUTHORITY,
      provider: providerOfModel(model) ?? 'openai',
      requestModel: model,
      responseModel: model,
      usage: {
        input: read.count('input', 'gen_ai.usage.input_tokens'),
        cacheRead: read.count('cacheRead', 'gen_ai.usage.cache_read.input_tokens'),
        output: read.count('output', 'gen_ai.usage.output_tokens'),
        reasoning: read.count('reasoning', 'gen_ai.usage.reasoning.output_tokens'),
      },
    },
    read,
  );
  return { calls: [call] };
}

function readTurnSpan(span: Span, read: AttributeReader): Reading {
  const facts = spanFacts(span);
  const { session } = whoAndWhere(read);
  if (session === '') return NOTHING;
  return {
    activities: [
      toActivity(NAME, {
        id: `span:${span.traceId}/${span.spanId}`,
        kind: 'turn',
        session,
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
    session: whoAndWhere(read).session,
    turn: read.text('turn', 'turn.id', 'turn_id'),
    at: logMillis(record) - (durationMs ?? 0),
    durationMs,
    source: 'event' as const,
    traceId: record.traceId,
    spanId: record.spanId,
  };
}

function readTool(record: LogRecord, read: AttributeReader): Reading {
  read.required('conversation.id', 'tool_name', 'call_id');
  const facts = eventFacts(record, read);
  const ok = read.flag('success', 'success');
  return {
    activities: [
      toActivity(NAME, {
        ...facts,
        id: `tool:${facts.session}:${read.text('toolCallId', 'call_id') || record.timeUnixNano}`,
        kind: 'tool',
        name: read.text('name', 'tool_name'),
        ok,
        errorType: ok === false ? '_OTHER' : '',
      }),
    ],
  };
}

function readDecision(record: LogRecord, read: AttributeReader): Reading {
  const facts = eventFacts(record, read);
  const decision = read.text('decision', 'decision');
  return {
    activities: [
      toActivity(NAME, {
        ...facts,
        id: `decision:${facts.session}:${read.text('toolCallId', 'call_id') || record.timeUnixNano}`,
        kind: 'decision',
        name: decision,
        ok: /^approved|^accept/i.test(decision),
      }),
    ],
  };
}

function readPrompt(record: LogRecord, read: AttributeReader): Reading {
  const facts = eventFacts(record, read);
  const turn = facts.turn || `${facts.session}:${record.timeUnixNano}`;
  return { activities: [toActivity(NAME, { ...facts, id: `turn:${turn}`, kind: 'turn', turn })] };
}

function tierOf(tier: string): string {
  return ['', 'default', 'auto', 'standard'].includes(tier) ? '' : tier;
}
