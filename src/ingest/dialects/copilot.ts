import { serviceNameOf } from '../../domain/resource';
import type { Span } from '../../domain/span';
import type { Dialect } from './dialect';
import { eventNameOf } from './dialect';
import { readGenAiEvent, readGenAiSpan } from './genai';

const NAME = 'copilot';
const SERVICES = new Set(['copilot-chat', 'github-copilot', 'copilot-cli']);

/** GitHub Copilot: GenAI spans with keys of its own; an agent's span repeats the sums of its calls and makes no row. */
export const copilot: Dialect = {
  name: NAME,
  doc: 'GitHub Copilot (VS Code, CLI, JetBrains).',
  markers: ['copilot'],
  exportsMetrics: true,
  ownsSpan: (span) => SERVICES.has(serviceNameOf(span.resource)) || hasCopilotKey(span),
  ownsLog: (record) => SERVICES.has(serviceNameOf(record.resource)),
  readSpan: (span, read) => {
    read.required('gen_ai.operation.name');
    // Milliseconds on spans, though the metric of that name is in seconds.
    const timeToFirstTokenMs = read.count('timeToFirstTokenMs', 'copilot_chat.time_to_first_token');
    return readGenAiSpan(NAME, span, read, { timeToFirstTokenMs, provider: 'github' });
  },
  readLog: (record, read) => (eventNameOf(record, '').startsWith('gen_ai.') ? readGenAiEvent(NAME, record, read) : {}),
};

function hasCopilotKey(span: Span): boolean {
  return Object.keys(span.attributes).some(
    (key) => key.startsWith('github.copilot.') || key.startsWith('copilot_chat.'),
  );
}
