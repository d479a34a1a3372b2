/** Text that would run if it were ever taken for markup. */
export const HOSTILE = '<img src=x onerror=window.hacked=1>';

/** Ids of the traces that `fill` sends. */
export const TRACES = { assistant: '1'.repeat(32), hostile: '2'.repeat(32), large: '3'.repeat(32) } as const;

/** Id of the span that failed in the assistant's trace. */
export const FAILED_SPAN = '000000000000a003';

/** One rule that fires at once. */
export const RULES = `groups:
  - name: ui
    interval: 1s
    rules:
      - alert: AlwaysFiring
        expr: vector(1)
        labels: { severity: critical, hostile: '${HOSTILE}' }
        annotations: { summary: 'Fires for the tests ${HOSTILE}' }
`;

const second = 1_000_000_000;

function attributes(values: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

interface SpanSketch {
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  readonly from: number;
  readonly seconds: number;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

function traceOf(traceId: string, service: string, start: number, spans: readonly SpanSketch[]): object {
  const nanos = (seconds: number): string => String(BigInt(start) * 1_000_000n + BigInt(Math.round(seconds * second)));
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': service }) },
        scopeSpans: [
          {
            scope: { name: 'ui' },
            spans: spans.map((span) => ({
              traceId,
              spanId: span.id,
              ...(span.parent === undefined ? {} : { parentSpanId: span.parent }),
              name: span.name,
              kind: 1,
              startTimeUnixNano: nanos(span.from),
              endTimeUnixNano: nanos(span.from + span.seconds),
              attributes: attributes(span.attributes ?? {}),
              status: span.failed === true ? { code: 2, message: 'it broke' } : {},
            })),
          },
        ],
      },
    ],
  };
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
}

const spanId = (n: number): string => n.toString(16).padStart(16, '0');

/** Sends an assistant's trace, a hostile one, one of 10,000 spans, and the assistant's histogram. */
export async function fill(url: string): Promise<void> {
  const start = Date.now() - 60_000;
  const root = spanId(0xa000);
  await post(
    `${url}/v1/traces`,
    traceOf(TRACES.assistant, 'assistant', start, [
      { id: root, name: 'answer', from: 0, seconds: 4, attributes: { 'gen_ai.conversation.id': 'talk-1' } },
      { id: spanId(0xa001), parent: root, name: 'parsing', from: 0, seconds: 0.5 },
      {
        id: spanId(0xa002),
        parent: root,
        name: 'inference',
        from: 0.5,
        seconds: 2,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': 'claude-sonnet-4',
          'gen_ai.conversation.id': 'talk-1',
          'gen_ai.usage.input_tokens': 1200,
          'gen_ai.usage.output_tokens': 300,
        },
      },
      { id: FAILED_SPAN, parent: root, name: 'tool', from: 2.5, seconds: 1, failed: true },
      { id: spanId(0xa004), parent: root, name: 'response', from: 3.5, seconds: 0.5 },
    ]),
  );
  await post(
    `${url}/v1/traces`,
    traceOf(TRACES.hostile, 'hostile', start, [
      { id: spanId(0xb000), name: HOSTILE, from: 0, seconds: 1, attributes: { [HOSTILE]: HOSTILE, note: HOSTILE } },
    ]),
  );
  const all = Array.from({ length: 10_000 }, (_, n) => ({
    id: spanId(0xc0000 + n),
    ...(n === 0 ? {} : { parent: spanId(0xc0000 + Math.floor((n - 1) / 4)) }),
    name: `step ${n}`,
    from: n / 1000,
    seconds: n === 0 ? 12 : 1,
  }));
  for (let at = 0; at < all.length; at += 1000)
    await post(`${url}/v1/traces`, traceOf(TRACES.large, 'large', start, all.slice(at, at + 1000)));
  const time = String(BigInt(Date.now()) * 1_000_000n);
  const points = ['inference', HOSTILE].map((operation) => ({
    startTimeUnixNano: String(BigInt(start) * 1_000_000n),
    timeUnixNano: time,
    count: '4',
    sum: 3.5,
    bucketCounts: ['1', '2', '1'],
    explicitBounds: [0.5, 1],
    attributes: attributes({ operation }),
  }));
  await post(`${url}/v1/metrics`, {
    resourceMetrics: [
      {
        resource: { attributes: attributes({ 'service.name': 'assistant' }) },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'telltale_operation_duration_seconds',
                histogram: { aggregationTemporality: 2, dataPoints: points },
              },
            ],
          },
        ],
      },
    ],
  });
}
