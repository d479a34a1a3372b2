import { seededRandom } from '../../base/ids';
import type { Random } from '../../base/ids';
import type { Span } from '../../domain/span';

/** What the spans look like. */
export interface SampleOptions {
  readonly seed?: number;
  readonly spansPerTrace?: number;
  /** Milliseconds since the epoch of the first trace. */
  readonly start?: number;
  /** Milliseconds from one trace to the next. */
  readonly step?: number;
}

const SERVICES = ['gateway', 'assistant', 'inference', 'tools', 'retrieval'];
const OPERATIONS = [
  'POST /v1/chat',
  'parse',
  'infer',
  'tool read_file',
  'tool search_text',
  'respond',
  'embed',
  'rank',
];

/** Traces as an instrumented assistant sends them; the same for the same options. */
export function sampleSpans(count: number, options: SampleOptions = {}): Span[] {
  const { seed = 1, spansPerTrace = 8, start = 1_767_225_600_000, step = 1 } = options;
  const random = seededRandom(seed);
  const resources = SERVICES.map((name) => ({
    attributes: { 'service.name': name, 'service.version': '1.4.2', 'host.name': 'node-7' },
    schemaUrl: '',
  }));
  const scope = { name: '@telltale/sample', version: '1.0.0', attributes: {}, schemaUrl: '' };
  const spans: Span[] = [];
  let traceId = '';
  let parent = '';
  let base = 0n;
  for (let i = 0; i < count; i++) {
    if (i % spansPerTrace === 0) {
      traceId = hex(random, 16);
      parent = '';
      base = BigInt(Math.round(start + (i / spansPerTrace) * step)) * 1_000_000n;
    }
    const operation = OPERATIONS[Math.floor(random() * OPERATIONS.length)] ?? '';
    const resource = resources[i % SERVICES.length] ?? resources[0];
    if (resource === undefined) break;
    const spanId = hex(random, 8);
    const begin = base + BigInt(i % spansPerTrace) * 1_000_000n;
    spans.push({
      traceId,
      spanId,
      parentSpanId: parent,
      traceState: '',
      flags: 257,
      name: operation,
      kind: i % spansPerTrace === 0 ? 'server' : 'internal',
      startUnixNano: begin,
      endUnixNano: begin + BigInt(Math.floor(random() ** 3 * 2_000_000_000)),
      attributes: {
        'http.request.method': 'POST',
        'url.path': '/v1/chat',
        'telltale.stage': operation.startsWith('tool') ? 'tool' : 'inference',
        'gen_ai.request.model': i % 3 === 0 ? 'claude-sonnet-4-5' : 'gpt-5-mini',
        'session.id': `session-${Math.floor(random() * 1000)}`,
        'request.id': hex(random, 8),
        attempt: i % 4,
      },
      events: [],
      links: [],
      status: random() < 0.02 ? { code: 'error', message: 'upstream timed out' } : { code: 'unset', message: '' },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
      resource,
      scope,
    });
    parent = spanId;
  }
  return spans;
}

function hex(random: Random, bytes: number): string {
  let text = '';
  for (let i = 0; i < bytes; i++)
    text += Math.floor(random() * 256)
      .toString(16)
      .padStart(2, '0');
  return text;
}
