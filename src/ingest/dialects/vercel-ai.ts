import type { Span } from '../../domain/span';
import type { AttributeReader } from './attribute-reader';
import { NOTHING, outcomeOf, spanFacts, toActivity, toCall } from './dialect';
import type { Dialect, Reading } from './dialect';
import { whoAndWhere } from './identity';

const NAME = 'vercel-ai';

/** Vercel AI SDK: the inner `do…` spans are the calls; the outer ones repeat their sums. */
export const vercelAi: Dialect = {
  name: NAME,
  doc: 'Vercel AI SDK.',
  markers: ['ai.operationId', 'ai.model.id', 'ai.toolCall'],
  ownsSpan: (span) =>
    span.attributes['ai.operationId'] !== undefined ||
    (span.name.startsWith('ai.') && span.attributes['ai.model.id'] !== undefined),
  readSpan: (span, read) => {
    const operation = read.text('operation', 'ai.operationId') || span.name;
    if (/\.(doGenerate|doStream)$/.test(operation)) return readCall(span, read, 'chat');
    if (/\.doEmbed$/.test(operation)) return readCall(span, read, 'embeddings');
    if (operation === 'ai.toolCall') return readTool(span, read);
    return /^ai\.(generate|stream)/.test(operation) ? readTurn(span, read) : NOTHING;
  },
};

function readCall(span: Span, read: AttributeReader, operation: string): Reading {
  read.required('ai.model.id', 'ai.model.provider');
  const responseId = read.text('responseId', 'gen_ai.response.id', 'ai.response.id');
  // "anthropic.messages", "openai.responses": the API follows the provider.
  const provider = read.text('provider', 'gen_ai.provider.name', 'gen_ai.system', 'ai.model.provider');
  const call = toCall(
    NAME,
    {
      ...spanFacts(span),
      ...whoAndWhere(read),
      ...outcomeOf(span, read),
      operation,
      provider: toProvider(provider),
      requestModel: read.text('requestModel', 'gen_ai.request.model', 'ai.model.id'),
      responseModel: read.text('responseModel', 'gen_ai.response.model', 'ai.response.model'),
      aliases: responseId === '' ? [] : [`res:${responseId}`],
      timeToFirstTokenMs: read.count('timeToFirstTokenMs', 'ai.response.msToFirstChunk'),
      usage: {
        input: read.count(
          'input',
          'ai.usage.inputTokens',
          'ai.usage.promptTokens',
          'ai.usage.tokens',
          'gen_ai.usage.input_tokens',
        ),
        cacheRead: read.count(
          'cacheRead',
          'ai.usage.cachedInputTokens',
          'ai.usage.inputTokenDetails.cacheReadTokens',
          'gen_ai.usage.cache_read.input_tokens',
        ),
        cacheWrite: read.count(
          'cacheWrite',
          'ai.usage.inputTokenDetails.cacheWriteTokens',
          'gen_ai.usage.cache_creation.input_tokens',
        ),
        output: read.count(
          'output',
          'ai.usage.outputTokens',
          'ai.usage.completionTokens',
          'gen_ai.usage.output_tokens',
        ),
        reasoning: read.count('reasoning', 'ai.usage.reasoningTokens', 'ai.usage.outputTokenDetails.reasoningTokens'),
      },
    },
    read,
  );
  return { calls: [call] };
}

function toProvider(written: string): string {
  if (/^google\.vertex|^vertex/.test(written)) return 'gcp.vertex_ai';
  if (/^google/.test(written)) return 'gcp.gemini';
  if (/^azure/.test(written)) return 'azure.ai.openai';
  if (/^amazon-bedrock/.test(written)) return 'aws.bedrock';
  return written.split('.')[0] ?? written;
}

function readTool(span: Span, read: AttributeReader): Reading {
  const facts = spanFacts(span);
  const { outcome, errorType } = outcomeOf(span, read);
  const callId = read.text('toolCallId', 'ai.toolCall.id');
  return {
    activities: [
      toActivity(NAME, {
        id: callId === '' ? `span:${span.traceId}/${span.spanId}` : `tool:${callId}`,
        kind: 'tool',
        session: whoAndWhere(read).session,
        name: read.text('name', 'ai.toolCall.name'),
        at: facts.at,
        durationMs: facts.latencyMs,
        ok: outcome === 'ok',
        errorType,
        source: 'span',
        traceId: span.traceId,
        spanId: span.spanId,
      }),
    ],
  };
}

function readTurn(span: Span, read: AttributeReader): Reading {
  const facts = spanFacts(span);
  return {
    activities: [
      toActivity(NAME, {
        id: `span:${span.traceId}/${span.spanId}`,
        kind: 'turn',
        session: whoAndWhere(read).session,
        name: read.text('name', 'ai.telemetry.functionId'),
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
