import { SpanStatusCode } from '@opentelemetry/api';
import { Registry } from 'prom-client';
import { GEN_AI_DURATION_BUCKETS, GEN_AI_TOKEN_BUCKETS } from '../../domain/gen-ai';
import { exposeMetrics } from '../metrics/exposition';
import { SEMCONV_MODES, configureInstrumentation } from '../settings';
import { currentTrace, withSpan } from '../spans/helpers';
import { startTestLogs } from '../testing/test-logs';
import { startTestTracing } from '../testing/test-tracing';
import { recordEvaluation } from './evaluation';
import { withInference, withTool } from './with-inference';
import type { Semconv } from '../settings';
import type { TestLogs } from '../testing/test-logs';
import type { TestTracing } from '../testing/test-tracing';

let tracing: TestTracing;
let logs: TestLogs;
let registry: Registry;
let restore: () => void;

beforeEach(() => {
  tracing = startTestTracing();
  logs = startTestLogs();
  registry = new Registry();
  restore = configureInstrumentation({ registry });
});
afterEach(async () => {
  restore();
  await logs.stop();
  await tracing.stop();
});

const REQUEST = {
  provider: 'openai',
  model: 'gpt-4o',
  serverAddress: 'api.openai.com',
  serverPort: 443,
  reasoningLevel: 'high',
  previousResponseId: 'resp_0',
  compacted: true,
  promptName: 'review',
  promptVersion: '3',
  topK: 40,
  choiceCount: 1,
} as const;

/** One call of a model that streams nothing. */
function call(fails = false): void {
  const work = (): void =>
    withInference(REQUEST, (inference) => {
      if (fails) throw new RangeError('refused');
      inference.response({
        id: 'resp_1',
        model: 'gpt-4o-2024-08-06',
        finishReasons: ['stop'],
        usage: {
          input: 100,
          cacheRead: 60,
          cacheWrite: 10,
          output: 20,
          reasoning: 5,
          units: { input_audio_tokens: 30, output_audio_tokens: 4 },
        },
      });
    });
  if (fails) expect(work).toThrow(RangeError);
  else work();
}

async function names(): Promise<string[]> {
  const text = await exposeMetrics(registry);
  return [...text.matchAll(/^# TYPE (gen_ai_\S+) /gm)].map(([, name]) => name ?? '').sort();
}

async function lines(name: string): Promise<string[]> {
  return (await exposeMetrics(registry)).split('\n').filter((line) => line.startsWith(`${name}{`));
}

const COMMON = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.request.top_k': 40,
  'server.address': 'api.openai.com',
  'server.port': 443,
  'gen_ai.response.id': 'resp_1',
  'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.response.finish_reasons': ['stop'],
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 20,
  'gen_ai.usage.cache_read.input_tokens': 60,
  'gen_ai.usage.reasoning.output_tokens': 5,
};
const OLD = { 'gen_ai.usage.cache_creation.input_tokens': 10 };
const NEW = {
  'gen_ai.usage.cache_write.input_tokens': 10,
  'gen_ai.request.reasoning.level': 'high',
  'gen_ai.request.previous_response.id': 'resp_0',
  'gen_ai.conversation.compacted': true,
  'gen_ai.prompt.name': 'review',
  'gen_ai.prompt.version': '3',
  'gen_ai.usage.text.input_tokens': 70,
  'gen_ai.usage.audio.input_tokens': 30,
  'gen_ai.usage.text.output_tokens': 16,
  'gen_ai.usage.audio.output_tokens': 4,
};
const OLD_METRICS = ['gen_ai_client_operation_duration_seconds', 'gen_ai_client_token_usage'];
const NEW_METRICS = [
  'gen_ai_client_inference_duration_seconds',
  'gen_ai_client_inference_operation_input_tokens',
  'gen_ai_client_inference_operation_output_tokens',
  'gen_ai_client_inference_usage_cache_read_input_tokens_total',
  'gen_ai_client_inference_usage_cache_write_input_tokens_total',
  'gen_ai_client_inference_usage_input_tokens_total',
  'gen_ai_client_inference_usage_output_tokens_total',
  'gen_ai_client_inference_usage_reasoning_output_tokens_total',
];
const BY_MODE: Readonly<Record<Semconv, { attributes: Record<string, unknown>; metrics: string[] }>> = {
  'v1.41': { attributes: { ...COMMON, ...OLD }, metrics: OLD_METRICS },
  'v0.1': { attributes: { ...COMMON, ...NEW }, metrics: NEW_METRICS },
  both: { attributes: { ...COMMON, ...OLD, ...NEW }, metrics: [...OLD_METRICS, ...NEW_METRICS] },
};

describe.each(SEMCONV_MODES)('the edition %s', (semconv) => {
  beforeEach(() => {
    const before = restore;
    const after = configureInstrumentation({ semconv });
    restore = () => {
      after();
      before();
    };
  });
  const want = BY_MODE[semconv];

  test('a model call has its attributes and no others', () => {
    call();
    const [span] = tracing.spans();
    expect(span).toMatchObject({ name: 'chat gpt-4o', kind: 2 });
    const written = Object.entries(span?.attributes ?? {}).filter(
      ([key]) => /^(gen_ai|server)\./.test(key) && !/\.cost\./.test(key),
    );
    expect(Object.fromEntries(written)).toEqual(want.attributes);
  });

  test('a model call has its metrics and no others', async () => {
    call();
    expect(await names()).toEqual([...want.metrics].sort());
  });

  test('embeddings keep the name of client operations', async () => {
    withInference({ provider: 'openai', model: 'text-embedding-3-small', operation: 'embeddings' }, () => 1);
    expect(await names()).toContain('gen_ai_client_operation_duration_seconds');
    expect(await names()).not.toContain('gen_ai_client_inference_duration_seconds');
  });

  test('a failed call is recorded, with its type; a generation that broke off says so in v0.1', async () => {
    call(true);
    const [span] = tracing.spans();
    expect(span).toMatchObject({ status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'RangeError' } });
    expect(span?.attributes['gen_ai.response.finish_reasons']).toEqual(semconv === 'v1.41' ? undefined : ['error']);
    const duration =
      semconv === 'v1.41' ? 'gen_ai_client_operation_duration_seconds' : 'gen_ai_client_inference_duration_seconds';
    expect(await lines(`${duration}_count`)).toEqual([
      `${duration}_count{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",` +
        'server_address="api.openai.com",server_port="443",error_type="RangeError"} 1',
    ]);
    // Without a report there are no tokens, of a modality nobody knows: the series is there, for rates to begin at 0.
    const tokens = await lines('gen_ai_client_inference_usage_input_tokens_total');
    expect(tokens.map((line) => /modality="(\w+)"} (\d+)$/.exec(line)?.slice(1))).toEqual(
      semconv === 'v1.41' ? [] : [['unknown', '0']],
    );
    expect(await names()).not.toContain('gen_ai_client_token_usage');
  });

  test('a tool has a duration of its own in v0.1 only', async () => {
    withTool({ name: 'read_file', callId: 'c1', description: 'Reads.' }, () => 1);
    expect(tracing.spans()[0]).toMatchObject({
      name: 'execute_tool read_file',
      kind: 0,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'read_file',
        'gen_ai.tool.type': 'function',
        'gen_ai.tool.call.id': 'c1',
        'gen_ai.tool.description': 'Reads.',
      },
    });
    expect(await names()).toEqual(semconv === 'v1.41' ? [] : ['gen_ai_execute_tool_duration_seconds']);
  });
});

test('bounds are those of the conventions, and the duration is that of the span', async () => {
  call();
  const of = async (name: string): Promise<number[]> =>
    (await lines(`${name}_bucket`)).map((line) => Number(/le="([^"]+)"/.exec(line)?.[1])).filter(Number.isFinite);
  expect(await of('gen_ai_client_operation_duration_seconds')).toEqual(GEN_AI_DURATION_BUCKETS);
  expect(await of('gen_ai_client_inference_operation_input_tokens')).toEqual(GEN_AI_TOKEN_BUCKETS);
  const [seconds = 0, nanos = 0] = tracing.spans()[0]?.duration ?? [];
  const [sum = ''] = await lines('gen_ai_client_inference_duration_seconds_sum');
  expect(Number(sum.split(' ').at(-1))).toBeCloseTo(seconds + nanos / 1e9, 6);
});

test('tokens are counted by modality, and add up', async () => {
  call();
  const counted = (await lines('gen_ai_client_inference_usage_input_tokens_total')).map((line) =>
    /modality="(\w+)"} (\d+)$/.exec(line)?.slice(1),
  );
  expect(counted).toEqual([
    ['audio', '30'],
    ['text', '70'],
  ]);
});

test('durations and tokens carry the span as exemplar', async () => {
  call();
  const text = await exposeMetrics(registry, 'openmetrics');
  const traceId = tracing.spans()[0]?.spanContext().traceId ?? '';
  for (const name of ['gen_ai_client_inference_duration_seconds', 'gen_ai_client_token_usage']) {
    expect(text).toMatch(new RegExp(`^${name}_bucket\\{.*# \\{trace_id="${traceId}"`, 'm'));
  }
});

test('what becomes known later is written, too', () => {
  withInference({ provider: 'unknown', model: '' }, (inference) =>
    inference.describe({ provider: 'anthropic', model: 'claude-sonnet-4-5', conversationId: 'c-1' }),
  );
  expect(tracing.spans()[0]?.attributes).toMatchObject({
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-sonnet-4-5',
    'gen_ai.conversation.id': 'c-1',
  });
});

describe('content', () => {
  const content = {
    messages: [{ role: 'user', parts: [{ type: 'text', content: 'secret question' }] }],
    systemInstructions: [
      { type: 'text', content: 'be secret' },
      { type: 'blob', content: 'x' },
    ],
    toolDefinitions: [{ type: 'function', name: 'read_file' }],
  };
  const ask = (): void =>
    withInference({ provider: 'openai', model: 'gpt-4o', ...content }, (inference) =>
      inference.response({
        finishReasons: ['stop'],
        messages: [{ role: 'assistant', parts: [{ type: 'text', content: 'secret answer' }] }],
      }),
    );
  const onSpan = (): string => JSON.stringify(tracing.spans()[0]?.attributes);
  const details = (): readonly unknown[] =>
    logs.records().filter(({ name }) => name === 'gen_ai.client.inference.operation.details');

  test.each([
    [false, false, false],
    ['off', false, false],
    [true, true, false],
    ['span', true, false],
    ['event', false, true],
    ['both', true, true],
  ] as const)('captureContent %s: on the span %s, in an event %s', (captureContent, span, event) => {
    const off = configureInstrumentation({ captureContent });
    ask();
    withTool({ name: 'read_file', arguments: { path: 'secret path' } }, () => 'secret file');
    off();
    expect(onSpan().includes('secret')).toBe(span);
    expect(JSON.stringify(tracing.spans()[1]?.attributes).includes('secret')).toBe(span);
    expect(details()).toHaveLength(event ? 1 : 0);
  });

  test('the event holds the call, with messages in structured form, and belongs to the span', () => {
    const off = configureInstrumentation({ captureContent: 'event' });
    ask();
    off();
    expect(details()).toEqual([
      {
        name: 'gen_ai.client.inference.operation.details',
        severity: 9,
        spanId: tracing.spans()[0]?.spanContext().spanId,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.response.finish_reasons': ['stop'],
          'gen_ai.system_instructions': [{ type: 'text', content: 'be secret' }],
          'gen_ai.input.messages': content.messages,
          'gen_ai.output.messages': [
            { role: 'assistant', parts: [{ type: 'text', content: 'secret answer' }], finish_reason: 'stop' },
          ],
          'gen_ai.tool.definitions': content.toolDefinitions,
        },
      },
    ]);
  });

  test('v0.1 has no reason of the end on messages; v1.41 has system instructions of any kind', () => {
    for (const semconv of ['v0.1', 'v1.41'] as const) {
      const off = configureInstrumentation({ captureContent: 'span', semconv });
      ask();
      off();
    }
    const [later, earlier] = tracing.spans().map(({ attributes }) => attributes);
    expect(String(later?.['gen_ai.output.messages'])).not.toContain('finish_reason');
    expect(String(later?.['gen_ai.system_instructions'])).not.toContain('blob');
    expect(String(earlier?.['gen_ai.system_instructions'])).toContain('blob');
  });

  test('the application’s own hook gets everything, may fail, and says where it put it', () => {
    const taken: unknown[] = [];
    const off = configureInstrumentation({
      onContent: (given, where) => {
        taken.push([given, where?.spanId]);
        return { 'app.content.url': 's3://bucket/1' };
      },
    });
    ask();
    configureInstrumentation({
      onContent: () => {
        throw new Error('the store is down');
      },
    });
    ask();
    off();
    const [span] = tracing.spans();
    expect(taken).toEqual([[expect.objectContaining({ inputMessages: content.messages }), span?.spanContext().spanId]]);
    expect(span?.attributes['app.content.url']).toBe('s3://bucket/1');
    expect(onSpan()).not.toContain('secret');
    expect(tracing.spans()).toHaveLength(2);
  });

  test('content that has no JSON form is left out', () => {
    const round: { self?: unknown } = {};
    round.self = round;
    const off = configureInstrumentation({ captureContent: 'both' });
    withInference({ provider: 'openai', model: 'gpt-4o', messages: [round] }, () => undefined);
    off();
    expect(tracing.spans()[0]?.attributes).not.toHaveProperty('gen_ai.input.messages');
    expect(logs.records()[0]?.attributes).not.toHaveProperty('gen_ai.input.messages');
  });
});

describe('exceptions', () => {
  const fail = (): void => {
    expect(() => withInference(REQUEST, () => thrower())).toThrow();
    expect(() => withTool('read_file', () => thrower())).toThrow();
    expect(() => withSpan('other', () => thrower())).toThrow();
  };
  function thrower(): never {
    throw new RangeError('too long');
  }
  test.each([
    ['span', 1, 0],
    ['log', 0, 1],
    ['both', 1, 1],
  ] as const)('%s', (exceptions, onSpan, inLog) => {
    const off = configureInstrumentation({ exceptions });
    fail();
    off();
    expect(tracing.spans().map(({ events }) => events.length)).toEqual([onSpan, onSpan, onSpan]);
    const ids = tracing.spans().map((span) => span.spanContext().spanId);
    const attributes = expect.objectContaining({
      'exception.type': 'RangeError',
      'exception.message': 'too long',
      'exception.stacktrace': expect.stringContaining('thrower') as string,
    }) as object;
    const events = ['gen_ai.client.operation.exception', 'gen_ai.execute_tool.exception', 'exception'];
    expect(logs.records()).toEqual(
      inLog === 0 ? [] : events.map((name, at) => ({ name, severity: 13, spanId: ids[at], attributes })),
    );
  });

  test('without log records they stay with the span', async () => {
    await logs.stop();
    const off = configureInstrumentation({ exceptions: 'log' });
    fail();
    off();
    expect(tracing.spans().map(({ events }) => events.length)).toEqual([1, 1, 1]);
    logs = startTestLogs();
  });
});

describe('evaluations', () => {
  test('belong to the running operation, or to the one that is named', async () => {
    const answered = withSpan('answer', () => {
      recordEvaluation({ name: 'relevance', score: 0.85, label: 'relevant', explanation: 'on topic' });
      return currentTrace();
    });
    recordEvaluation({ name: 'groundedness', score: NaN, label: 'fail', responseId: 'resp_1' }, answered);
    recordEvaluation({ name: 'groundedness', errorType: 'timeout' });
    const event = 'gen_ai.evaluation.result';
    expect(logs.records()).toEqual([
      {
        name: event,
        severity: 9,
        spanId: answered?.spanId,
        attributes: {
          'gen_ai.evaluation.name': 'relevance',
          'gen_ai.evaluation.score.value': 0.85,
          'gen_ai.evaluation.score.label': 'relevant',
          'gen_ai.evaluation.explanation': 'on topic',
        },
      },
      {
        name: event,
        severity: 9,
        spanId: answered?.spanId,
        attributes: {
          'gen_ai.evaluation.name': 'groundedness',
          'gen_ai.evaluation.score.label': 'fail',
          'gen_ai.response.id': 'resp_1',
        },
      },
      {
        name: event,
        severity: 9,
        spanId: undefined,
        attributes: { 'gen_ai.evaluation.name': 'groundedness', 'error.type': 'timeout' },
      },
    ]);
    expect(await lines('telltale_evaluations_total')).toEqual([
      'telltale_evaluations_total{evaluation="relevance",label="relevant",error_type=""} 1',
      'telltale_evaluations_total{evaluation="groundedness",label="fail",error_type=""} 1',
      'telltale_evaluations_total{evaluation="groundedness",label="",error_type="timeout"} 1',
    ]);
    expect(await lines('telltale_evaluation_score_count')).toEqual([
      'telltale_evaluation_score_count{evaluation="relevance"} 1',
    ]);
  });

  test('are events of the span where nobody takes log records', async () => {
    await logs.stop();
    withSpan('answer', () => recordEvaluation({ name: 'relevance', score: 1 }));
    expect(tracing.spans()[0]?.events[0]).toMatchObject({
      name: 'gen_ai.evaluation.result',
      attributes: { 'gen_ai.evaluation.score.value': 1 },
    });
    logs = startTestLogs();
  });
});
