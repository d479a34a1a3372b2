import type { Span } from '../../domain/span';
import type { AttributeReader } from './attribute-reader';
import { NOTHING, outcomeOf, spanFacts, toActivity, toCall } from './dialect';
import type { Dialect, Reading } from './dialect';
import { whoAndWhere } from './identity';

const NAME = 'openinference';
const KIND = 'openinference.span.kind';

/** OpenInference (Arize Phoenix): `llm.*` keys and a span kind of its own. */
export const openInference: Dialect = {
  name: NAME,
  doc: 'OpenInference (Arize Phoenix instrumentations).',
  markers: ['openinference', 'llm.token_count'],
  ownsSpan: (span) => span.attributes[KIND] !== undefined,
  readSpan: (span, read) => {
    switch (read.text('operation', KIND).toUpperCase()) {
      case 'LLM':
        return readCall(span, read, 'chat');
      case 'EMBEDDING':
        return readCall(span, read, 'embeddings');
      case 'TOOL':
        return readActivity(span, read, 'tool');
      case 'AGENT':
        return readActivity(span, read, span.parentSpanId === '' ? 'turn' : 'agent');
      default:
        return NOTHING;
    }
  },
};

function readCall(span: Span, read: AttributeReader, operation: string): Reading {
  read.required('llm.model_name', 'llm.token_count.prompt');
  const model = read.text('requestModel', 'llm.model_name', 'embedding.model_name');
  const responseId = read.text('responseId', 'llm.response.id', 'gen_ai.response.id');
  const input = read.count('input', 'llm.token_count.prompt');
  const output = read.count('output', 'llm.token_count.completion');
  const cacheRead = read.count('cacheRead', 'llm.token_count.prompt_details.cache_read');
  const cacheWrite = read.count('cacheWrite', 'llm.token_count.prompt_details.cache_write');
  const total = read.count('total', 'llm.token_count.total');
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0);
  const apart = cached > 0 && total === (input ?? 0) + (output ?? 0) + cached;
  const call = toCall(
    NAME,
    {
      ...spanFacts(span),
      ...whoAndWhere(read),
      ...outcomeOf(span, read),
      operation,
      provider: read.text('provider', 'llm.provider', 'llm.system'),
      requestModel: model,
      responseModel: model,
      aliases: responseId === '' ? [] : [`res:${responseId}`],
      reportedCostUsd: read.count('reportedCostUsd', 'llm.cost.total'),
      usage: {
        ...(apart ? { uncached: input } : { input }),
        cacheRead,
        cacheWrite,
        output: operation === 'embeddings' ? undefined : output,
        reasoning: read.count('reasoning', 'llm.token_count.completion_details.reasoning'),
      },
    },
    read,
  );
  return { calls: [call] };
}

function readActivity(span: Span, read: AttributeReader, kind: 'tool' | 'agent' | 'turn'): Reading {
  const facts = spanFacts(span);
  const { outcome, errorType } = outcomeOf(span, read);
  const callId = kind === 'tool' ? read.text('toolCallId', 'tool_call.id', 'tool.id') : '';
  return {
    activities: [
      toActivity(NAME, {
        id: callId === '' ? `span:${span.traceId}/${span.spanId}` : `tool:${callId}`,
        kind,
        session: whoAndWhere(read).session,
        name:
          kind === 'tool' ? read.text('name', 'tool.name') || span.name : read.text('name', 'agent.name') || span.name,
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
