import { GEN_AI, GEN_AI_EVENTS } from '../../domain/gen-ai';
import type { Dialect } from './dialect';
import { eventNameOf } from './dialect';
import { GEN_AI_RENAMES, readGenAiEvent, readGenAiSpan } from './genai';

/** GenAI conventions 1.37 to 1.41: `gen_ai.provider.name`, messages as attributes or events. */
export const genAiV141: Dialect = {
  name: 'genai-1.41',
  doc: 'OpenTelemetry GenAI conventions 1.37 to 1.41.',
  markers: ['gen_ai.'],
  ownsSpan: (span) => span.attributes[GEN_AI.providerName] !== undefined,
  ownsLog: (record) => eventNameOf(record, '') === GEN_AI_EVENTS.inferenceDetails,
  readSpan: (span, read) => {
    read.deprecated(GEN_AI_RENAMES);
    read.required(GEN_AI.operationName, GEN_AI.providerName);
    return readGenAiSpan('genai-1.41', span, read);
  },
  readLog: (record, read) => readGenAiEvent('genai-1.41', record, read),
};
