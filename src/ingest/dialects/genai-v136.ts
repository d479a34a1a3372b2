import { GEN_AI, GEN_AI_DEPRECATED } from '../../domain/gen-ai';
import type { Dialect } from './dialect';
import { GEN_AI_RENAMES, hasGenAi, readGenAiSpan } from './genai';

/** GenAI conventions up to 1.36: `gen_ai.system`, prompts as span events. */
export const genAiV136: Dialect = {
  name: 'genai-1.36',
  doc: 'OpenTelemetry GenAI conventions up to 1.36.',
  markers: ['gen_ai.'],
  ownsSpan: (span) => hasGenAi(span) && span.attributes[GEN_AI.providerName] === undefined,
  readSpan: (span, read) => {
    read.deprecated(GEN_AI_RENAMES);
    read.required(GEN_AI.operationName, GEN_AI_DEPRECATED.system, GEN_AI.requestModel);
    return readGenAiSpan('genai-1.36', span, read);
  },
};
