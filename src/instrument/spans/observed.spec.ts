import { Registry } from 'prom-client';
import { ManualClock } from '../../base/testing/manual-clock';
import { exposeMetrics } from '../metrics/exposition';
import { configureInstrumentation } from '../settings';
import { startTestTracing } from '../testing/test-tracing';
import { classifyError } from './classify';
import { recordRecovery, recordRetry, withSpan } from './helpers';
import { inputComplexity, inputSize, recordInput } from './input';
import type { TestTracing } from '../testing/test-tracing';

let tracing: TestTracing;
let registry: Registry;
let clock: ManualClock;
let restore: () => void;

beforeEach(() => {
  tracing = startTestTracing();
  registry = new Registry();
  clock = new ManualClock();
  restore = configureInstrumentation({ registry, clock });
});
afterEach(async () => {
  restore();
  await tracing.stop();
});

async function lines(name: string): Promise<string[]> {
  return (await exposeMetrics(registry)).split('\n').filter((line) => line.startsWith(`${name}{`));
}

test.each([
  [1_999, []],
  // A threshold is exceeded by what takes longer, not by what takes just as long.
  [2_000, []],
  [2_001, ['slow']],
  [60_001, ['slow', 'stuck']],
])('an operation of %i ms exceeds %j', async (took, exceeded) => {
  const work = withSpan('work', { thresholds: { slow: '2s', stuck: 60_000 } }, async () => clock.advance(took));
  await work;
  const events = tracing.spans()[0]?.events ?? [];
  expect(events.map(({ attributes }) => attributes?.['telltale.threshold.name'])).toEqual(exceeded);
  if (exceeded.length > 0) {
    expect(events[0]).toMatchObject({
      name: 'telltale.threshold.exceeded',
      attributes: { 'telltale.threshold.seconds': 2, 'telltale.duration.seconds': took / 1_000 },
    });
  }
  expect(await lines('telltale_threshold_exceeded_total')).toEqual(
    exceeded.map((name) => `telltale_threshold_exceeded_total{stage="other",operation="work",threshold="${name}"} 1`),
  );
});

class Named extends Error {
  override name = 'NamedError';
}
class Plain extends Error {}

test.each<[label: string, error: unknown, type: string, outcome: string]>([
  ['a symbolic code', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'ECONNRESET', 'error'],
  ['a number as code', Object.assign(new TypeError('x'), { code: 17 }), 'TypeError', 'error'],
  ['a sentence as code', Object.assign(new TypeError('x'), { code: 'not a code' }), 'TypeError', 'error'],
  ['a name', new Named('x'), 'NamedError', 'error'],
  ['a class without a name of its own', new Plain('x'), 'Plain', 'error'],
  ['a bare error', new Error('x'), 'Error', 'error'],
  ['a text', 'failed', '_OTHER', 'error'],
  ['nothing', undefined, '_OTHER', 'error'],
  ['a plain object', {}, '_OTHER', 'error'],
  ['an abort', AbortSignal.abort().reason, 'AbortError', 'cancelled'],
  ['an abort by code', Object.assign(new Error('x'), { code: 'ABORT_ERR' }), 'ABORT_ERR', 'cancelled'],
])('the type of %s', (_label, error, type, outcome) => {
  expect(classifyError(error)).toEqual({ type, outcome });
});

test('a classifier decides on what it knows, and its own failure is not the work’s', async () => {
  const run = (classify: (error: unknown) => { type?: string; outcome?: 'ok' | 'cancelled' } | undefined): void =>
    expect(() =>
      withSpan('work', { classify }, () => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
  run(() => ({ type: 'quota' }));
  run(() => ({ outcome: 'ok' }));
  run(() => ({ outcome: 'cancelled' }));
  run(() => undefined);
  run(() => {
    throw new Error('the classifier is broken');
  });
  expect(tracing.spans().map(({ status, attributes }) => [status.code, attributes['error.type']])).toEqual([
    [2, 'quota'],
    [0, undefined],
    [0, undefined],
    [2, 'RangeError'],
    [2, '_OTHER'],
  ]);
  expect(await lines('telltale_operations_total')).toEqual([
    'telltale_operations_total{stage="other",operation="work",outcome="ok"} 1',
    'telltale_operations_total{stage="other",operation="work",outcome="error"} 3',
    'telltale_operations_total{stage="other",operation="work",outcome="cancelled"} 1',
    'telltale_operations_total{stage="other",operation="work",outcome="abandoned"} 0',
  ]);
});

test('retries and recoveries are events and counts, also outside of any operation', async () => {
  withSpan('work', () => {
    recordRetry({ attempt: 1, error: new Error('busy'), delayMs: 250 });
    recordRetry({ attempt: 2 });
    recordRecovery(2);
  });
  recordRetry({ attempt: 1 });
  recordRecovery(1);
  expect(tracing.spans()[0]?.events).toEqual([
    expect.objectContaining({
      name: 'telltale.retry',
      attributes: {
        'telltale.retry.attempt': 1,
        'telltale.retry.delay_seconds': 0.25,
        'exception.message': 'busy',
      },
    }),
    expect.objectContaining({ name: 'telltale.retry', attributes: { 'telltale.retry.attempt': 2 } }),
    expect.objectContaining({ name: 'telltale.recovery', attributes: { 'telltale.recovery.attempts': 2 } }),
  ]);
  expect(await lines('telltale_retries_total')).toEqual([
    'telltale_retries_total{stage="other",operation="work"} 2',
    'telltale_retries_total{stage="other",operation="unknown"} 1',
  ]);
  expect(await lines('telltale_recoveries_total')).toHaveLength(2);
});

test('resources are those used while it ran', () => {
  const kept: number[][] = [];
  withSpan('work', { resources: true }, () => {
    const until = process.hrtime.bigint() + 30_000_000n;
    while (process.hrtime.bigint() < until) if (kept.length < 100) kept.push(Array.from({ length: 10_000 }, Number));
  });
  const attributes = tracing.spans()[0]?.attributes ?? {};
  expect(attributes['telltale.cpu.seconds']).toBeGreaterThan(0);
  expect(attributes['telltale.heap.delta_bytes']).toBeGreaterThan(-1e9);
  expect(attributes['telltale.event_loop.busy_seconds']).toBeGreaterThanOrEqual(0);
  expect(attributes['telltale.event_loop.utilization_ratio']).toBeLessThanOrEqual(1);
  withSpan('other', () => undefined);
  expect(tracing.spans()[1]?.attributes).not.toHaveProperty(['telltale.cpu.seconds']);
});

const round: { self?: unknown } = {};
round.self = round;

test.each<[label: string, input: unknown, size: number, complexity: number]>([
  ['a text in bytes, not characters', 'grün', 5, 1],
  ['lines', 'a\nb\nc', 5, 3],
  ['a fenced block', 'a\n```\nb\n```', 11, 4 + 10],
  ['a buffer', Buffer.alloc(7), 7, 8 + 10],
  ['a structure', { a: 'xy', b: [1, 2] }, 4 + 4 + 4 + 8 + 8, 5 + 20],
  ['what holds itself', round, 8, 2 + 10],
  ['nothing', undefined, 4, 1],
])('size and complexity of %s', (_label, input, size, complexity) => {
  expect(inputSize(input)).toBe(size);
  expect(inputComplexity(input)).toBe(complexity);
});

test('input is measured within bounds, and its size is a metric', async () => {
  const huge = Array.from({ length: 100_000 }, () => 1);
  expect(inputComplexity(huge)).toBe(10_000 + 10);
  withSpan('work', (operation) => recordInput(operation, 'abc'));
  expect(tracing.spans()[0]?.attributes).toMatchObject({
    'telltale.input.size_bytes': 3,
    'telltale.input.complexity': 1,
  });
  expect(await lines('telltale_input_size_bytes_sum')).toEqual([
    'telltale_input_size_bytes_sum{stage="other",operation="work"} 3',
  ]);
});
