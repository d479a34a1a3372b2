import { GEN_AI } from '../../domain/gen-ai';
import type { Span } from '../../domain/span';
import type { Dialect } from './dialect';
import { GEN_AI_RENAMES, readGenAiSpan } from './genai';

/** Keys that only the conventions' own repository, from its version 0.1, knows. */
const NEW_KEYS = [
  GEN_AI.cacheWriteTokens,
  GEN_AI.requestReasoningLevel,
  GEN_AI.requestPreviousResponseId,
  GEN_AI.conversationCompacted,
  GEN_AI.promptVersion,
];

/** GenAI conventions v0.1 of their own repository. */
export const genAiV01: Dialect = {
  name: 'genai-0.1',
  doc: 'OpenTelemetry GenAI conventions v0.1 (their own repository).',
  markers: ['gen_ai.'],
  ownsSpan: (span) => isV01(span),
  readSpan: (span, read) => {
    read.deprecated({ ...GEN_AI_RENAMES, [GEN_AI.cacheCreationTokens]: GEN_AI.cacheWriteTokens });
    read.required(GEN_AI.operationName, GEN_AI.providerName);
    return readGenAiSpan('genai-0.1', span, read);
  },
};

function isV01(span: Span): boolean {
  return (
    span.attributes[GEN_AI.providerName] !== undefined &&
    (NEW_KEYS.some((key) => span.attributes[key] !== undefined) || /\/gen-ai(-dev)?\//.test(span.scope.schemaUrl))
  );
}
