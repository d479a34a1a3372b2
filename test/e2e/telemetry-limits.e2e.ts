/** @jest-environment ./test/harness/native-environment.mjs */
import { toObject } from '../harness/otlp-inbox';
import { TelemetryBench } from '../harness/telemetry-bench';

/** The variables of the OpenTelemetry specification about limits, exemplars, metrics, logs and content. */

const bench = new TelemetryBench();
const { inbox } = bench;
const { api, telltale } = bench.library;

type Row = readonly [name: string, value: string, check: (name: string, value: string) => Promise<void>];

const rows: readonly Row[] = [
  ...['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT'].map((name): Row => [
    name,
    '4',
    async (_name, value) => {
      await bench.send({ [name]: value });
      expect(toObject(inbox.span().attributes)).toMatchObject({ text: 'abcd' });
    },
  ]),
  ...['OTEL_ATTRIBUTE_COUNT_LIMIT', 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT'].map((name): Row => [
    name,
    '2',
    async (_name, value) => {
      const telemetry = bench.start({ [name]: value });
      telltale.withSpan(
        'one',
        { attributes: { a: 1, b: 2, c: 3 } },
        (operation) => void operation.setAttribute('d', 4),
      );
      await telemetry.flush();
      expect(toObject(inbox.span().attributes)).toEqual({ a: 1, b: 2 });
      expect(inbox.span().droppedAttributesCount).toBe(2);
    },
  ]),
  [
    'OTEL_SPAN_EVENT_COUNT_LIMIT',
    '1',
    async (name, value) => {
      const telemetry = bench.start({ [name]: value });
      telltale.withSpan('one', (operation) => void operation.addEvent('a').addEvent('b'));
      await telemetry.flush();
      expect(inbox.span()).toMatchObject({ events: [{ name: 'b' }], droppedEventsCount: 1 });
    },
  ],
  [
    'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    '1',
    async (name, value) => {
      const telemetry = bench.start({ [name]: value });
      telltale.withSpan('one', (operation) => void operation.addEvent('a', { x: 1, y: 2 }));
      await telemetry.flush();
      expect(inbox.span().events[0]).toMatchObject({ droppedAttributesCount: 1 });
      expect(toObject(inbox.span().events[0]?.attributes)).toEqual({ x: 1 });
    },
  ],
  ...(
    [
      ['OTEL_SPAN_LINK_COUNT_LIMIT', 1, 2],
      ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 2, 1],
    ] as const
  ).map(([name, linkCount, attributeCount]): Row => [
    name,
    '1',
    async (_name, value) => {
      const telemetry = bench.start({ [name]: value });
      const link = {
        context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
        attributes: { x: 1, y: 2 },
      };
      telltale.withSpan('one', { links: [link, link] }, () => undefined);
      await telemetry.flush();
      expect(inbox.span().links).toHaveLength(linkCount);
      expect(inbox.span().droppedLinksCount).toBe(2 - linkCount);
      expect(inbox.span().links[0]?.attributes).toHaveLength(attributeCount);
    },
  ]),
  ...(
    [
      ['always_off', false],
      ['trace_based', true],
      ['always_on', true],
      ['sometimes', true],
    ] as const
  ).map(([value, has]): Row => [
    'OTEL_EXEMPLAR_FILTER',
    value,
    async (name) => {
      bench.start({ [name]: value });
      telltale.withInference({ provider: 'openai', model: 'gpt-4o' }, () => undefined);
      const text = await bench.exposed('openmetrics');
      expect(/telltale_operation_duration_seconds_bucket.*# \{trace_id=/.test(text)).toBe(has);
      expect(/gen_ai_client_operation_duration_seconds_bucket.*# \{trace_id=/.test(text)).toBe(has);
    },
  ]),
  [
    'OTEL_METRIC_EXPORT_INTERVAL',
    '50',
    async (name, value) => {
      bench.start({ OTEL_METRICS_EXPORTER: 'otlp', [name]: value, OTEL_METRIC_EXPORT_TIMEOUT: '40' });
      api.metrics.getMeter('app').createCounter('app.things').add(3);
      await bench.arrival('app.things');
      expect(inbox.paths()).toEqual(['/v1/metrics']);
    },
  ],
  [
    'OTEL_METRICS_EXPORTER',
    'otlp',
    async (name, value) => {
      const telemetry = bench.start({ [name]: value });
      api.metrics.getMeter('app').createCounter('app.things').add(3);
      await telemetry.flush();
      expect(inbox.paths()).toEqual(['/v1/metrics']);
    },
  ],
  ...(['otlp', 'none'] as const).map((value): Row => [
    'OTEL_LOGS_EXPORTER',
    value,
    async (name) => {
      const telemetry = bench.start({ [name]: value });
      telltale.recordEvaluation({ name: 'relevance', score: 1 });
      await telemetry.flush();
      expect(inbox.paths()).toEqual(value === 'none' ? [] : ['/v1/logs']);
    },
  ]),
  [
    'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
    '1',
    async (name, value) => {
      const telemetry = bench.start({ OTEL_LOGS_EXPORTER: 'otlp', [name]: value });
      for (let at = 0; at < 3; at++) telltale.recordEvaluation({ name: 'relevance', score: 1 });
      await telemetry.flush();
      expect(inbox.taken).toHaveLength(3);
    },
  ],
  [
    'OTEL_BLRP_SCHEDULE_DELAY',
    '10',
    async (name, value) => {
      bench.start({ OTEL_LOGS_EXPORTER: 'otlp', [name]: value });
      telltale.recordEvaluation({ name: 'relevance', score: 1 });
      await bench.arrival();
      expect(inbox.taken[0]?.body).toContain('gen_ai.evaluation.result');
    },
  ],
  ...(
    [
      ['true', true, false],
      ['false', false, false],
      ['NO_CONTENT', false, false],
      ['SPAN_ONLY', true, false],
      ['event_only', false, true],
      ['SPAN_AND_EVENT', true, true],
      ['everything', false, false],
    ] as const
  ).map(([value, onSpan, inEvent]): Row => [
    'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
    value,
    async (name) => {
      const telemetry = bench.start({ OTEL_LOGS_EXPORTER: 'otlp', [name]: value });
      telltale.withInference({ provider: 'openai', model: 'gpt-4o', messages: [{ role: 'user' }] }, () => undefined);
      await telemetry.flush();
      expect(inbox.body('/v1/traces').includes('gen_ai.input.messages')).toBe(onSpan);
      expect(inbox.body('/v1/logs').includes('gen_ai.input.messages')).toBe(inEvent);
    },
  ]),
  ...(
    [
      ['logs', 0, 1],
      ['logs/dup', 1, 1],
      ['', 1, 0],
    ] as const
  ).map(([value, onSpan, inLog]): Row => [
    'OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN',
    value,
    async (name) => {
      const telemetry = bench.start({ OTEL_LOGS_EXPORTER: 'otlp', [name]: value });
      expect(() =>
        telltale.withSpan('one', () => {
          throw new Error('no');
        }),
      ).toThrow('no');
      await telemetry.flush();
      expect(inbox.span().events).toHaveLength(onSpan);
      expect(inbox.taken.filter(({ path }) => path === '/v1/logs')).toHaveLength(inLog);
    },
  ]),
];

beforeAll(() => inbox.start());
afterAll(() => inbox.stop());
beforeEach(() => bench.open());
afterEach(() => bench.close());

test.each(rows)('%s=%s', async (name, value, check) => check(name, value));
