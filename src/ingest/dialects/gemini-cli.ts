import { providerOfModel } from '../../domain/gen-ai';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import type { Span } from '../../domain/span';
import type { AttributeReader } from './attribute-reader';
import { eventNameOf, logMillis, NOTHING, outcomeOf, spanFacts, toActivity, toCall } from './dialect';
import type { Dialect, Reading } from './dialect';
import { whoAndWhere } from './identity';

const NAME = 'gemini-cli';

/** Its spans count neither thoughts nor what a cache served, and a 0 for what is not known: they rank below its events. */
const SPAN_AUTHORITY = 25;

/**
 * Gemini CLI: events tell of calls, tools, turns and agents whenever anything is sent. Its spans, named after their
 * operation, tell of the same once more, of calls with usage only when its trace option is on.
 */
export const geminiCli: Dialect = {
  name: NAME,
  doc: 'Gemini CLI (events and spans).',
  markers: ['gemini_cli', 'gemini-cli'],
  exportsMetrics: true,
  ownsSpan: (span) => serviceNameOf(span.resource) === 'gemini-cli',
  ownsLog: (record) =>
    serviceNameOf(record.resource) === 'gemini-cli' || eventNameOf(record, '').startsWith('gemini_cli.'),
  readSpan: (span, read) => readSpan(span, read),
  readLog: (record, read) => {
    switch (eventNameOf(record, 'gemini_cli.')) {
      case 'api_response':
        return readCall(record, read, false);
      case 'api_error':
        return readCall(record, read, true);
      case 'tool_call':
        return readTool(record, read);
      case 'user_prompt':
        return readPrompt(record, read);
      case 'chat_compression':
        return readCompression(record, read);
      case 'agent.finish':
        return readAgent(record, read);
      default:
        return NOTHING;
    }
  },
};

function readSpan(span: Span, read: AttributeReader): Reading {
  const written = read.text('operation', 'gen_ai.operation.name') || span.name;
  if (written !== 'llm_call' && written !== 'chat') return NOTHING;
  const input = positive(read.count('input', 'gen_ai.usage.input_tokens'));
  const output = positive(read.count('output', 'gen_ai.usage.output_tokens'));
  // Without the trace option an llm_call says nothing of the call.
  if (input === undefined && output === undefined) return NOTHING;
  const model = read.text('requestModel', 'gen_ai.request.model');
  const answered = read.text('responseModel', 'gen_ai.response.model');
  const call = toCall(
    NAME,
    {
      ...spanFacts(span),
      ...whoAndWhere(read),
      ...outcomeOf(span, read),
      authority: SPAN_AUTHORITY,
      provider: providerOfModel(answered || model) ?? 'gcp.gemini',
      requestModel: model,
      responseModel: answered,
      usage: { input, output },
    },
    read,
  );
  return { calls: [call] };
}

function facts(record: LogRecord, read: AttributeReader) {
  const durationMs = read.count('durationMs', 'duration_ms', 'duration');
  return {
    session: whoAndWhere(read).session,
    turn: read.text('turn', 'prompt_id'),
    at: logMillis(record) - (durationMs ?? 0),
    durationMs,
    source: 'event' as const,
    traceId: record.traceId,
    spanId: record.spanId,
  };
}

function readCall(record: LogRecord, read: AttributeReader, failed: boolean): Reading {
  read.required('session.id', 'prompt_id', ...(failed ? [] : ['model', 'input_token_count', 'output_token_count']));
  const { durationMs, at, turn } = facts(record, read);
  const model = read.text('requestModel', 'model', 'model_name');
  const input = read.count('input', 'input_token_count');
  const output = read.count('output', 'output_token_count');
  const thoughts = positive(read.count('reasoning', 'thoughts_token_count'));
  const tool = positive(read.count('tool', 'tool_token_count'));
  const total = read.count('total', 'total_token_count');
  const toolApart =
    tool !== undefined && input !== undefined && total === input + (output ?? 0) + (thoughts ?? 0) + tool;
  const call = toCall(
    NAME,
    {
      ...whoAndWhere(read),
      source: 'event',
      service: serviceNameOf(record.resource),
      at,
      latencyMs: durationMs,
      turn,
      provider: providerOfModel(model) ?? 'gcp.gemini',
      requestModel: model,
      responseModel: failed ? '' : model,
      usage: failed
        ? {}
        : {
            input: toolApart ? input + tool : input,
            cacheRead: positive(read.count('cacheRead', 'cached_content_token_count')),
            output: output === undefined ? undefined : output + (thoughts ?? 0),
            reasoning: thoughts,
          },
      outcome: failed ? 'error' : 'ok',
      errorType: failed ? read.text('errorType', 'error_type', 'status_code') || '_OTHER' : '',
      traceId: record.traceId,
      spanId: record.spanId,
    },
    read,
  );
  return { calls: [call] };
}

/** Gemini CLI writes 0 for what the API did not report. */
function positive(count: number | undefined): number | undefined {
  return count === 0 ? undefined : count;
}

function readTool(record: LogRecord, read: AttributeReader): Reading {
  const own = facts(record, read);
  const ok = read.flag('success', 'success');
  const name = read.text('name', 'function_name');
  return {
    activities: [
      toActivity(NAME, {
        ...own,
        id: `tool:${own.session}:${own.turn}:${name}:${record.timeUnixNano}`,
        kind: 'tool',
        name,
        ok,
        errorType: ok === false ? read.text('errorType', 'error_type') || '_OTHER' : '',
      }),
    ],
  };
}

function readPrompt(record: LogRecord, read: AttributeReader): Reading {
  const own = facts(record, read);
  const turn = own.turn || `${own.session}:${record.timeUnixNano}`;
  return { activities: [toActivity(NAME, { ...own, id: `turn:${turn}`, kind: 'turn', turn })] };
}

function readCompression(record: LogRecord, read: AttributeReader): Reading {
  const own = facts(record, read);
  return {
    activities: [
      toActivity(NAME, { ...own, id: `compaction:${own.session}:${record.timeUnixNano}`, kind: 'compaction' }),
    ],
  };
}

function readAgent(record: LogRecord, read: AttributeReader): Reading {
  const own = facts(record, read);
  return {
    activities: [
      toActivity(NAME, {
        ...own,
        id: `agent:${read.text('agentId', 'agent_id') || `${own.session}:${record.timeUnixNano}`}`,
        kind: 'agent',
        name: read.text('agent', 'agent_name'),
        ok: read.text('reason', 'terminate_reason') === 'GOAL',
      }),
    ],
  };
}
