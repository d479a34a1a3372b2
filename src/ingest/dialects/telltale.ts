import type { Dialect } from './dialect';
import { hasGenAi, readGenAiSpan } from './genai';

/** Scope of the library's own spans. */
const LIBRARY_SCOPE = /^telltale(\/(?!import).*)?$/;

/** Scope of spans made from session logs on disk: `telltale/import/<assistant>`. */
const IMPORT_SCOPE = /^telltale\/import\/(.+)$/;

/** Our own library: the newest conventions; exports the GenAI metrics itself. */
export const telltale: Dialect = {
  name: 'telltale',
  doc: 'The Telltale library.',
  markers: ['telltale'],
  exportsMetrics: true,
  ownsSpan: (span) => LIBRARY_SCOPE.test(span.scope.name) && hasGenAi(span),
  readSpan: (span, read) => readGenAiSpan('telltale', span, read),
};

/** Sessions imported from disk, under the name of the assistant that wrote them. */
export const imported: Dialect = {
  name: 'import',
  doc: "Assistants' session logs read from disk.",
  markers: ['telltale/import/'],
  ownsSpan: (span) => IMPORT_SCOPE.test(span.scope.name),
  readSpan: (span, read) => {
    const assistant = IMPORT_SCOPE.exec(span.scope.name)?.[1] ?? 'import';
    const reading = readGenAiSpan(assistant, span, read, {
      source: 'file',
      reportedCostUsd: read.count('reportedCostUsd', 'telltale.cost.reported_usd'),
    });
    return reading;
  },
};
