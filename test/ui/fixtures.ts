/** Text that would run if it were ever taken for markup. */
export const HOSTILE = '<img src=x onerror=window.hacked=1>';

/** Ids of the traces that `fill` sends. */
export const TRACES = {
  assistant: '1'.repeat(32),
  hostile: '2'.repeat(32),
  large: '3'.repeat(32),
  slower: '4'.repeat(32),
} as const;

/** Id of the session that the assistant's traces belong to, and of another. */
export const SESSIONS = ['talk-1', 'talk-2'] as const;

/** Ids of spans of the assistant's trace. */
export const SPANS = {
  root: '000000000000a000',
  first: '000000000000a002',
  failed: '000000000000a003',
  second: '000000000000a004',
  wait: '000000000000a006',
  orphan: '000000000000a009',
  running: '000000000000a00a',
} as const;

/** What was said in the second model call, a tool's call and its result among it. */
export const MESSAGES = [
  { role: 'user', parts: [{ type: 'text', content: `mend the test ${HOSTILE}` }] },
  {
    role: 'assistant',
    parts: [{ type: 'tool_call', id: 'call-1', name: 'read_file', arguments: { path: 'a.ts' } }],
  },
  { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call-1', response: 'the file says hello' }] },
] as const;

/** One rule that fires at once, one that compares a number, one that is quiet. */
export const RULES = `groups:
  - name: ui
    interval: 1s
    rules:
      - alert: AlwaysFiring
        expr: vector(1)
        labels: { severity: critical, hostile: '${HOSTILE}' }
        annotations: { summary: 'Fires for the tests ${HOSTILE}' }
      # The threshold is far below what is measured.
      - alert: TooMany
        expr: sum(telltale_tsdb_series) > 2
        for: 2s
        labels: { severity: warning }
        annotations: { summary: 'Too many series' }
      - alert: Quiet
        expr: vector(0) > 1
`;

/** A receiver that takes everything and one whose address nobody listens at. */
export const ALERTMANAGER = `route:
  receiver: nobody-listens
  group_by: [alertname]
  group_wait: 1s
  group_interval: 5s
receivers:
  - name: nobody-listens
    webhook_configs:
      - url: http://127.0.0.1:9/hook
  - name: drops
`;

const second = 1_000_000_000;

function attributes(values: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : Number.isInteger(value)
          ? { intValue: String(value) }
          : { doubleValue: value },
  }));
}

interface SpanSketch {
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  readonly from: number;
  /** 0: it has no end yet. */
  readonly seconds: number;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly events?: readonly { readonly name: string; readonly at: number }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
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
              ...(span.seconds === 0 ? {} : { endTimeUnixNano: nanos(span.from + span.seconds) }),
              attributes: attributes(span.attributes ?? {}),
              events: (span.events ?? []).map(({ name, at }) => ({ name, timeUnixNano: nanos(at) })),
              links: span.links ?? [],
              status: span.failed === true ? { code: 2, message: 'it broke' } : {},
            })),
          },
        ],
      },
    ],
  };
}

/** A trace that an assistant would send: model calls, tools, repeats, a wait for a person, a span that still runs. */
function assistantTrace(traceId: string, session: string, start: number, slowness: number): object {
  const call = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-sonnet-4-5',
    'gen_ai.request.max_tokens': 2048,
    'gen_ai.conversation.id': session,
    'telltale.stage': 'inference',
    'gen_ai.usage.input_tokens': 1200,
    'gen_ai.usage.cache_read.input_tokens': 800,
    'gen_ai.usage.cache_creation.input_tokens': 100,
    'gen_ai.usage.output_tokens': 300,
    'gen_ai.response.finish_reasons': '["tool_use"]',
    'gen_ai.response.time_to_first_chunk': 0.4,
  };
  const parent = SPANS.root;
  const reads = Array.from({ length: 6 }, (_, n) => ({
    id: spanId(0xa100 + n),
    parent,
    name: 'execute_tool read_file',
    from: 2.2 + n * 0.05,
    seconds: 0.04,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'read_file',
      'gen_ai.tool.call.id': n === 0 ? 'call-1' : `call-${n + 1}`,
    },
  }));
  return traceOf(traceId, 'assistant', start, [
    { id: parent, name: 'answer', from: 0, seconds: 6 + slowness, attributes: { 'gen_ai.conversation.id': session } },
    { id: spanId(0xa001), parent, name: 'parsing', from: 0, seconds: 0.2 },
    {
      id: SPANS.first,
      parent,
      name: 'chat claude-sonnet-4-5',
      from: 0.2,
      seconds: 1.8,
      attributes: { ...call, 'gen_ai.input.messages': JSON.stringify(MESSAGES.slice(0, 1)) },
      events: [{ name: 'retry', at: 0.5 }],
    },
    ...reads,
    { id: SPANS.failed, parent, name: 'execute_tool apply_patch', from: 2.6, seconds: 0.2, failed: true },
    {
      id: SPANS.wait,
      parent,
      name: 'tool.blocked_on_user',
      from: 2.8,
      seconds: 1.2,
    },
    {
      id: SPANS.second,
      parent,
      name: 'chat claude-sonnet-4-5',
      from: 4,
      seconds: 1.5 + slowness,
      attributes: { ...call, 'gen_ai.input.messages': JSON.stringify(MESSAGES) },
      links: [{ traceId: TRACES.hostile, spanId: '000000000000b000' }],
    },
    { id: SPANS.orphan, parent: '00000000000000ff', name: 'lost', from: 5, seconds: 0.2 },
    ...(slowness === 0 ? [{ id: SPANS.running, parent, name: 'flush', from: 5.6, seconds: 0 }] : []),
  ]);
}

const spanId = (n: number): string => n.toString(16).padStart(16, '0');

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
}

/** Sends an assistant's traces, a hostile one, unless told otherwise one of 10,000 spans, and the assistant's histogram. */
export async function fill(url: string, { large = true } = {}): Promise<void> {
  const start = Date.now() - 60_000;
  // First: keys are completed from the newest spans.
  const all = Array.from({ length: 10_000 }, (_, n) => ({
    id: spanId(0xc0000 + n),
    ...(n === 0 ? {} : { parent: spanId(0xc0000 + Math.floor((n - 1) / 4)) }),
    name: `step ${n}`,
    from: n / 1000,
    seconds: n === 0 ? 12 : 1,
  }));
  for (let at = 0; large && at < all.length; at += 1000)
    await post(`${url}/v1/traces`, traceOf(TRACES.large, 'large', start, all.slice(at, at + 1000)));
  await post(`${url}/v1/traces`, assistantTrace(TRACES.assistant, SESSIONS[0], start, 0));
  await post(`${url}/v1/traces`, assistantTrace(TRACES.slower, SESSIONS[1], start + 20_000, 2));
  await post(`${url}/v1/logs`, {
    resourceLogs: [
      {
        resource: { attributes: attributes({ 'service.name': 'assistant' }) },
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: String(BigInt(start) * 1_000_000n),
                severityText: 'WARN',
                body: { stringValue: 'the model was asked again' },
                traceId: TRACES.assistant,
                spanId: SPANS.first,
              },
              {
                timeUnixNano: String(BigInt(start) * 1_000_000n),
                severityText: 'INFO',
                eventName: 'user_prompt',
                body: { stringValue: 'a prompt came' },
                attributes: attributes({ prompt: `patch it ${HOSTILE}`, prompt_length: 8 }),
                traceId: TRACES.assistant,
                spanId: SPANS.failed,
              },
            ],
          },
        ],
      },
    ],
  });
  await post(
    `${url}/v1/traces`,
    traceOf(TRACES.hostile, 'hostile', start, [
      { id: spanId(0xb000), name: HOSTILE, from: 0, seconds: 1, attributes: { [HOSTILE]: HOSTILE, note: HOSTILE } },
    ]),
  );
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

/** Sends one more small trace, as one that comes in while somebody looks. */
export async function sendOne(url: string, traceId: string, name: string): Promise<void> {
  await post(
    `${url}/v1/traces`,
    traceOf(traceId, 'assistant', Date.now(), [{ id: spanId(0xd000), name, from: 0, seconds: 0.1 }]),
  );
}
