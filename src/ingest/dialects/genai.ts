import {
  GEN_AI,
  GEN_AI_DEPRECATED,
  GEN_AI_EVENTS,
  GEN_AI_OPERATIONS,
  MODEL_CALL_OPERATIONS,
  TELLTALE,
} from '../../domain/gen-ai';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import type { Span } from '../../domain/span';
import type { UsageCounts } from '../../domain/usage';
import type { AttributeReader } from './attribute-reader';
import { eventNameOf, logMillis, NOTHING, outcomeOf, spanFacts, toActivity, toCall } from './dialect';
import type { Reading } from './dialect';
import { whoAndWhere } from './identity';

/** What a dialect knows better than the attributes say. */
export interface GenAiHints {
  readonly operation?: string;
  readonly provider?: string;
  readonly timeToFirstTokenMs?: number | undefined;
  readonly reportedCostUsd?: number | undefined;
  readonly source?: 'span' | 'file';
}

/** Keys of the usage in all versions of the conventions and in the wild, the newest first. */
const KEYS = {
  input: [GEN_AI.inputTokens, GEN_AI_DEPRECATED.promptTokens],
  output: [GEN_AI.outputTokens, GEN_AI_DEPRECATED.completionTokens],
  cacheRead: [
    GEN_AI.cacheReadTokens,
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.cache_read_tokens',
    'gen_ai.usage.input_cached_tokens',
    'gen_ai.usage.cached_tokens',
    'gen_ai.usage.input_tokens.cached',
  ],
  cacheWrite: [
    GEN_AI.cacheWriteTokens,
    GEN_AI.cacheCreationTokens,
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_tokens',
    'gen_ai.usage.input_tokens.cache_write',
  ],
  reasoning: [
    GEN_AI.reasoningTokens,
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.reasoning_output_tokens',
    'gen_ai.usage.output_tokens.reasoning',
  ],
  total: ['gen_ai.usage.total_tokens', 'llm.usage.total_tokens'],
} as const;

/** What the conventions have renamed, old to new. */
export const GEN_AI_RENAMES: Readonly<Record<string, string>> = {
  [GEN_AI_DEPRECATED.system]: GEN_AI.providerName,
  [GEN_AI_DEPRECATED.promptTokens]: GEN_AI.inputTokens,
  [GEN_AI_DEPRECATED.completionTokens]: GEN_AI.outputTokens,
  [GEN_AI_DEPRECATED.prompt]: GEN_AI.inputMessages,
  [GEN_AI_DEPRECATED.completion]: GEN_AI.outputMessages,
  [GEN_AI_DEPRECATED.toolCallId]: GEN_AI.toolCallId,
  [GEN_AI_DEPRECATED.requestSeed]: GEN_AI.requestSeed,
  [GEN_AI_DEPRECATED.requestServiceTier]: 'openai.request.service_tier',
  [GEN_AI_DEPRECATED.responseServiceTier]: 'openai.response.service_tier',
  'gen_ai.usage.cache_read_input_tokens': GEN_AI.cacheReadTokens,
  'gen_ai.usage.cache_creation_input_tokens': GEN_AI.cacheWriteTokens,
  'gen_ai.usage.reasoning_tokens': GEN_AI.reasoningTokens,
};

/** Reads a span that follows the GenAI conventions in any version. */
export function readGenAiSpan(emitter: string, span: Span, read: AttributeReader, hints: GenAiHints = {}): Reading {
  const operation = hints.operation ?? operationOf(read);
  if (MODEL_CALL_OPERATIONS.has(operation)) return { calls: [callOf(emitter, span, read, operation, hints)] };
  const kind =
    operation === GEN_AI_OPERATIONS.executeTool
      ? 'tool'
      : operation === GEN_AI_OPERATIONS.invokeAgent || operation === GEN_AI_OPERATIONS.invokeWorkflow
        ? span.parentSpanId === ''
          ? 'turn'
          : 'agent'
        : undefined;
  if (kind === undefined) return NOTHING;
  const facts = spanFacts(span);
  const { outcome, errorType } = outcomeOf(span, read);
  const callId = kind === 'tool' ? read.text('toolCallId', GEN_AI.toolCallId, GEN_AI_DEPRECATED.toolCallId) : '';
  return {
    activities: [
      toActivity(emitter, {
        id: callId === '' ? `span:${span.traceId}/${span.spanId}` : `tool:${callId}`,
        kind,
        session: whoAndWhere(read).session,
        turn: read.text('turn', TELLTALE.turnId),
        agentId: read.text('agentId', GEN_AI.agentId),
        name:
          kind === 'tool'
            ? read.text('name', GEN_AI.toolName)
            : read.text('name', GEN_AI.agentName, GEN_AI.workflowName),
        at: facts.at,
        durationMs: facts.latencyMs,
        ok: outcome === 'ok',
        errorType,
        source: hints.source ?? 'span',
        traceId: span.traceId,
        spanId: span.spanId,
      }),
    ],
  };
}

/** Reads the event that carries the details of an inference; its context is the inference's span. */
export function readGenAiEvent(emitter: string, record: LogRecord, read: AttributeReader): Reading {
  if (eventNameOf(record, '') !== GEN_AI_EVENTS.inferenceDetails) return NOTHING;
  const span = record.spanId === '' ? '' : `span:${record.traceId}/${record.spanId}`;
  const responseId = read.text('responseId', GEN_AI.responseId);
  const errorType = read.text('errorType', 'error.type');
  const call = toCall(
    emitter,
    {
      ...whoAndWhere(read),
      source: 'event',
      at: logMillis(record),
      service: serviceNameOf(record.resource),
      operation: operationOf(read),
      provider: read.text('provider', GEN_AI.providerName, GEN_AI_DEPRECATED.system),
      requestModel: read.text('requestModel', GEN_AI.requestModel),
      responseModel: read.text('responseModel', GEN_AI.responseModel),
      aliases: [...(responseId === '' ? [] : [`res:${responseId}`]), ...(span === '' ? [] : [span])],
      usage: usageOf(read),
      outcome: errorType === '' ? 'ok' : 'error',
      errorType,
      traceId: record.traceId,
      spanId: record.spanId,
    },
    read,
  );
  return { calls: [call] };
}

/** Whether the span carries anything of the conventions. */
export function hasGenAi(span: Span): boolean {
  return Object.keys(span.attributes).some((key) => key.startsWith('gen_ai.'));
}

/** Counts under any of the known keys; the emitter's total decides whether caches are in the input. */
export function usageOf(read: AttributeReader): UsageCounts {
  const input = read.count('input', ...KEYS.input);
  const output = read.count('output', ...KEYS.output);
  const cacheRead = read.count('cacheRead', ...KEYS.cacheRead);
  const cacheWrite = read.count('cacheWrite', ...KEYS.cacheWrite);
  const total = read.count('total', ...KEYS.total);
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0);
  const apart = cached > 0 && total === (input ?? 0) + (output ?? 0) + cached;
  return {
    ...(apart ? { uncached: input } : { input }),
    cacheRead,
    cacheWrite,
    cacheWrite5m: read.count('cacheWrite5m', 'telltale.usage.cache_write_5m.input_tokens'),
    cacheWrite1h: read.count('cacheWrite1h', 'telltale.usage.cache_write_1h.input_tokens'),
    output,
    reasoning: read.count('reasoning', ...KEYS.reasoning),
    units: modalities(read),
  };
}

function modalities(read: AttributeReader): Record<string, number> | undefined {
  const units: Record<string, number> = {};
  for (const direction of ['input', 'output']) {
    for (const modality of ['audio', 'image']) {
      const name = `${direction}_${modality}_tokens`;
      const count = read.count(name, `gen_ai.usage.${modality}.${direction}_tokens`);
      if (count !== undefined && count > 0) units[name] = count;
    }
  }
  return Object.keys(units).length === 0 ? undefined : units;
}

function operationOf(read: AttributeReader): string {
  const written = read.text('operation', GEN_AI.operationName);
  if (written !== '') return written === 'text_embedding' || written === 'embedding' ? 'embeddings' : written;
  const type = read.text('operation', 'llm.request.type');
  if (type !== '') return type === 'embedding' ? 'embeddings' : type === 'completion' ? 'text_completion' : 'chat';
  if (read.has(GEN_AI.toolName)) return GEN_AI_OPERATIONS.executeTool;
  return read.has(...KEYS.input, ...KEYS.output, GEN_AI.requestModel) ? GEN_AI_OPERATIONS.chat : '';
}

function callOf(emitter: string, span: Span, read: AttributeReader, operation: string, hints: GenAiHints) {
  const seconds = read.count(
    'timeToFirstTokenMs',
    GEN_AI.responseTimeToFirstChunk,
    'gen_ai.server.time_to_first_token',
  );
  const responseId = read.text('responseId', GEN_AI.responseId);
  const requestId = read.text('requestId', 'request_id', 'gen_ai.request.id', 'http.response.header.x-request-id');
  const currency = read.text('currency', GEN_AI.costCurrency);
  const vendorCost =
    read.text('costSource', GEN_AI.costSource) === 'provider' && (currency === '' || currency === 'USD')
      ? read.count('reportedCostUsd', GEN_AI.costAmount)
      : undefined;
  const tier = read.text(
    'tier',
    'openai.response.service_tier',
    GEN_AI_DEPRECATED.responseServiceTier,
    'telltale.tier',
  );
  const source = hints.source ?? 'span';
  return toCall(
    emitter,
    {
      ...spanFacts(span),
      ...whoAndWhere(read),
      ...outcomeOf(span, read),
      source,
      operation,
      turn: read.text('turn', TELLTALE.turnId),
      agent: read.text('agent', GEN_AI.agentName),
      agentId: read.text('agentId', 'telltale.agent.run.id'),
      provider: read.text('provider', GEN_AI.providerName, GEN_AI_DEPRECATED.system) || (hints.provider ?? ''),
      requestModel: read.text('requestModel', GEN_AI.requestModel),
      responseModel: read.text('responseModel', GEN_AI.responseModel),
      aliases: [
        ...(requestId === '' ? [] : [`req:${requestId}`]),
        ...(responseId === '' ? [] : [`res:${responseId}`]),
        ...(source === 'span' ? [] : [`span:${span.traceId}/${span.spanId}`]),
      ],
      usage: usageOf(read),
      timeToFirstTokenMs: hints.timeToFirstTokenMs ?? (seconds === undefined ? undefined : seconds * 1000),
      reportedCostUsd: hints.reportedCostUsd ?? vendorCost,
      tier: ['default', 'auto', 'standard'].includes(tier) ? '' : tier,
    },
    read,
  );
}
