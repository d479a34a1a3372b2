import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { QueueFullError } from '../../errors';
import { EventClock } from '../../shared/testing/event-clock';
import { FairQueue } from './fair-queue';
import { RequestBatcher } from './request-batcher';
import { similarityKey } from './similarity-key';
import type { Queued } from './fair-queue';
import type { BatchItem, ItemResult, RequestBatcherOptions } from './types';

type Options = Partial<RequestBatcherOptions<string, string, string>>;

function setUp(options: Options = {}) {
  const clock = new ManualClock();
  const batches: string[][] = [];
  const batcher = new RequestBatcher<string, string, string>({
    name: 'test',
    execute: async (items): Promise<ItemResult<string>[]> => {
      batches.push(items.map(({ input }) => input));
      return items.map(({ input }) => ({ ok: true, value: input.toUpperCase() }));
    },
    clock,
    random: () => 0.5,
    telemetry: noTelemetry,
    ...options,
  });
  return { clock, batches, batcher };
}

test('a batch goes when it is full, or when the window of its oldest is over', async () => {
  const { clock, batches, batcher } = setUp({ maxItems: 2, window: 10 });
  const answers = Promise.all(['a', 'b', 'c'].map((input) => batcher.submit(input)));
  await clock.advance(0);
  expect(batches).toEqual([['a', 'b']]);
  await clock.advance(9);
  expect(batches).toHaveLength(1);
  await clock.advance(1);
  expect(batches).toEqual([['a', 'b'], ['c']]);
  expect(await answers).toEqual(['A', 'B', 'C']);
});

test('only one group shares a batch; an item over the token limit goes alone', async () => {
  const { clock, batches, batcher } = setUp({
    maxTokens: 10,
    groupOf: (input) => input.charAt(0),
    tokensOf: (input) => Number(input.slice(1)),
    window: 1,
    concurrency: 9,
  });
  const answers = Promise.all(['x4', 'y3', 'x5', 'x40', 'y3'].map((input) => batcher.submit(input)));
  await clock.advance(1);
  await answers;
  expect(batches.map((batch) => batch.join()).sort()).toEqual(['x4,x5', 'x40', 'y3,y3']);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['no list', { ok: true, value: 'A' }],
  ['too short a list', []],
  ['a list with holes', [null, null]],
])('an executor that answers with %s fails each item, once', async (_name, results) => {
  const { clock, batcher } = setUp({ execute: async () => JSON.parse(JSON.stringify(results ?? null)) });
  const answers = Promise.allSettled(['a', 'b'].map((input) => batcher.submit(input)));
  await clock.advance(10);
  const reasons = (await answers).map((answer) => (answer.status === 'rejected' ? String(answer.reason) : 'answered'));
  expect(reasons).toEqual(Array(2).fill(expect.stringContaining('gave no result')));
  expect(batcher.stats).toMatchObject({ open: 0, runningBatches: 0 });
});

test('a judge of errors that throws makes the error final, and harms nobody else', async () => {
  const { clock, batcher } = setUp({
    attempts: 3,
    execute: async (items) =>
      items.map(({ input }) => (input === 'a' ? { ok: false, error: new Error('bad') } : { ok: true, value: input })),
    isRetryable: () => {
      throw new Error('cannot say');
    },
  });
  const answers = Promise.allSettled(['a', 'b'].map((input) => batcher.submit(input)));
  await clock.advance(10);
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('one bad item fails alone and is tried again', async () => {
  let calls = 0;
  const { clock, batcher } = setUp({
    attempts: 2,
    retryDelay: 100,
    execute: async (items) => {
      calls++;
      return items.map(({ input, attempt }) =>
        input === 'bad' || (input === 'shy' && attempt === 1)
          ? { ok: false, error: new Error(`no ${input}`) }
          : { ok: true, value: input },
      );
    },
  });
  const settled = Promise.allSettled(['good', 'bad', 'shy'].map((input) => batcher.submit(input)));
  await clock.advance(1_000);
  expect(await settled).toMatchObject([
    { value: 'good' },
    { status: 'rejected', reason: { message: 'no bad' } },
    { value: 'shy' },
  ]);
  expect(calls).toBe(2);
});

test.each([
  ['reject', ['a', 'b'], 'c'],
  ['drop-oldest', ['b', 'c'], 'a'],
] as const)('a full queue with "%s"', async (overflow, served, refused) => {
  const { clock, batcher } = setUp({ maxQueued: 2, overflow, window: 5 });
  const answers = ['a', 'b', 'c'].map((input) => batcher.submit(input));
  const settled = Promise.allSettled(answers);
  await clock.advance(10);
  const results = await settled;
  const got = (input: string) => results['abc'.indexOf(input)];
  for (const input of served) expect(got(input)).toMatchObject({ status: 'fulfilled' });
  expect(got(refused)).toMatchObject({ reason: expect.any(QueueFullError) });
});

test('"wait" lets everybody in, in order', async () => {
  const { clock, batches, batcher } = setUp({ maxQueued: 2, overflow: 'wait', maxItems: 2, window: 1, concurrency: 1 });
  const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map((input) => batcher.submit(input)));
  await clock.advance(50);
  expect(await answers).toEqual(['A', 'B', 'C', 'D', 'E']);
  expect(batches.flat()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('an abort takes a queued request out, and tells the executor of a running one', async () => {
  const seen: BatchItem<string, string>[] = [];
  const { clock, batcher } = setUp({
    execute: async (items) => {
      seen.push(...items);
      await clock.sleep(100);
      return items.map(() => ({ ok: true, value: 'late' }));
    },
  });
  const queued = new AbortController();
  const running = new AbortController();
  const first = batcher.submit('first', { signal: queued.signal });
  queued.abort(new Error('changed my mind'));
  await expect(first).rejects.toThrow('changed my mind');
  const second = batcher.submit('second', { signal: running.signal });
  await clock.advance(10);
  running.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  expect(seen.map(({ input, signal }) => [input, signal.aborted])).toEqual([['second', true]]);
});

test('streams pieces, then the answer', async () => {
  const { clock, batcher } = setUp({
    execute: async (items) => {
      for (const item of items) for (const letter of item.input) item.emit(letter);
      return items.map(() => ({ ok: true, value: 'done' }));
    },
  });
  const stream = batcher.stream('xyz');
  const pieces: string[] = [];
  const reading = (async () => {
    for (;;) {
      const { done, value } = await stream.next();
      if (done) return value;
      pieces.push(value);
    }
  })();
  await clock.advance(10);
  expect(await reading).toBe('done');
  expect(pieces).toEqual(['x', 'y', 'z']);
});

test('closing answers everybody', async () => {
  const { batcher } = setUp({ window: 60_000 });
  const answer = batcher.submit('a');
  await batcher.close();
  expect(await answer).toBe('A');
  await expect(batcher.submit('b')).rejects.toMatchObject({ code: 'TOOLKIT_CLOSED' });
});

test('a flush waits for what was open when it began, however much comes after', async () => {
  const clock = new EventClock();
  const { batcher } = setUp({
    clock,
    window: 0,
    execute: async (items) => {
      await clock.sleep(10);
      return items.map(({ input }) => ({ ok: true, value: input }));
    },
  });
  const submit = (): void => void batcher.submit('x').catch(() => undefined);
  for (let t = 0; t < 1000; t += 5) clock.schedule(t, submit);
  let flushed = 0;
  clock.schedule(101, () => void batcher.flush().then(() => (flushed = clock.elapsed())));
  await clock.run(1000);
  expect(flushed).toBeGreaterThan(101);
  expect(flushed).toBeLessThan(200);
});

test('newcomers without end do not starve a client that waits', async () => {
  const clock = new EventClock();
  const { batcher } = setUp({
    clock,
    window: 0,
    maxItems: 4,
    concurrency: 1,
    maxQueued: 100_000,
    tokensOf: () => 100,
    execute: async (items) => {
      await clock.sleep(10);
      return items.map(({ input }) => ({ ok: true, value: input }));
    },
  });
  const counts = { waiting: 0, newcomers: 0 };
  const submit = (client: string, who: keyof typeof counts): void =>
    void batcher.submit('x', { client }).then(
      () => counts[who]++,
      () => undefined,
    );
  for (let i = 0; i < 400; i++) submit('waiting', 'waiting');
  // Five a turn where four are answered: each of them a client that was never here before.
  for (let t = 500; t < 5000; t += 10)
    clock.schedule(t, () => {
      for (let i = 0; i < 5; i++) submit(`newcomer ${t} ${i}`, 'newcomers');
    });
  await clock.run(500);
  const before = counts.waiting;
  await clock.run(5000);
  // A client's share of so many is small: about one in a hundred and fifty.
  expect(counts.waiting - before).toBeGreaterThanOrEqual(8);
  expect(counts.newcomers).toBeGreaterThan(1000);
});

test.each([
  [{ tokens: NaN }, 'tokens NaN'],
  [{ priority: Infinity }, 'priority Infinity'],
])('%p is refused: no order would hold', async (options, said) => {
  const { batcher } = setUp();
  await expect(batcher.submit('a', options)).rejects.toThrow(said);
});

describe('the order of service', () => {
  const item = (client: string, tokens: number, priority = 0, enqueuedAt = 0): Queued => ({
    client,
    priority,
    group: '',
    tokens,
    enqueuedAt,
    gone: false,
  });
  const served = (queue: FairQueue<Queued>, at: number) => {
    const order: string[] = [];
    for (let batch = queue.take(at, 0); batch !== undefined; batch = queue.take(at, 0)) {
      order.push(...batch.map(({ client }) => client));
    }
    return order.join('');
  };

  test.each([
    ['takes turns by tokens', [item('a', 4), item('a', 4), item('b', 2), item('b', 2), item('b', 2)], {}, 'abbab'],
    ['gives by weight', [...'aaaa'].map((a) => item(a, 2)).concat(item('b', 2), item('b', 2)), { a: 4 }, 'abaaab'],
    ['puts priority first', [item('a', 1), item('b', 1, 2), item('c', 1, 1)], {}, 'bca'],
  ] as const)('%s', (_name, items, weights, want) => {
    const queue = new FairQueue<Queued>({ maxItems: 1, maxTokens: Infinity, packing: 'sum' }, 1_000, weights);
    for (const each of items) queue.add({ ...each });
    expect(served(queue, 0)).toBe(want);
  });

  test('waiting raises a low priority, so that it is not starved', () => {
    const queue = new FairQueue<Queued>({ maxItems: 1, maxTokens: Infinity, packing: 'sum' }, 1_000);
    queue.add(item('low', 1, 0, 0));
    queue.add(item('high', 1, 2, 2_500));
    expect(queue.take(2_500, 0)?.[0]?.client).toBe('low');
  });

  test('idling earns no credit', () => {
    const queue = new FairQueue<Queued>({ maxItems: 1, maxTokens: Infinity, packing: 'sum' }, 1e9);
    for (let count = 0; count < 10; count++) queue.add(item('busy', 10));
    for (let count = 0; count < 5; count++) queue.take(0, 0);
    for (let count = 0; count < 5; count++) queue.add(item('idle', 10));
    expect(served(queue, 0).replace(/busy/g, 'B').replace(/idle/g, 'I')).toMatch(/^(IB|BI){4}/);
  });
});

test('similar requests share a key', () => {
  const base = {
    model: 'm',
    parameters: { top_p: 1, temperature: 0 },
    prompt: 'same start, other end',
    prefixLength: 10,
  };
  const key = similarityKey(base);
  expect(similarityKey({ ...base, parameters: { temperature: 0, top_p: 1 }, prompt: 'same start, and so on' })).toBe(
    key,
  );
  expect(similarityKey({ ...base, model: 'n' })).not.toBe(key);
});
