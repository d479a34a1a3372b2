import type { Span } from '../../domain/span';
import type { AttributeReader } from './attribute-reader';
import { NOTHING, outcomeOf, spanFacts, toActivity } from './dialect';
import type { Dialect, Reading } from './dialect';
import { GEN_AI_RENAMES, readGenAiSpan } from './genai';
import { whoAndWhere } from './identity';

const NAME = 'openllmetry';

/** OpenLLMetry (Traceloop): `traceloop.*`, `llm.*` and numbered prompts beside GenAI keys. */
export const openLlmetry: Dialect = {
  name: NAME,
  doc: 'OpenLLMetry (Traceloop instrumentations).',
  markers: ['traceloop', 'llm.request.type', 'llm.usage.total_tokens', 'opentelemetry.instrumentation.'],
  ownsSpan: (span) =>
    ['llm.request.type', 'llm.usage.total_tokens', 'traceloop.span.kind', 'traceloop.workflow.name'].some(
      (key) => span.attributes[key] !== undefined,
    ),
  readSpan: (span, read) => {
    const kind = read.text('kind', 'traceloop.span.kind');
    if (kind === '') {
      read.deprecated(GEN_AI_RENAMES);
      read.required('gen_ai.request.model');
      return readGenAiSpan(NAME, span, read);
    }
    return kind === 'tool' || kind === 'agent' || kind === 'workflow' ? readEntity(span, read, kind) : NOTHING;
  },
};

function readEntity(span: Span, read: AttributeReader, kind: 'tool' | 'agent' | 'workflow'): Reading {
  const facts = spanFacts(span);
  const { outcome, errorType } = outcomeOf(span, read);
  return {
    activities: [
      toActivity(NAME, {
        id: `span:${span.traceId}/${span.spanId}`,
        kind: kind === 'tool' ? 'tool' : span.parentSpanId === '' ? 'turn' : 'agent',
        session: whoAndWhere(read).session,
        name: read.text('name', 'traceloop.entity.name') || span.name,
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
