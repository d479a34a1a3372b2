import { ManualClock } from '../base/testing/manual-clock';
import { systemClock } from '../base/clock';
import { MemorySeriesStore } from '../storage';
import type { SeriesColumns } from '../storage';
import { PromqlEngine } from './engine';
import type { EngineOptions } from './engine';
import { QueryCanceledError, QueryLimitError, QueryTimeoutError } from './errors';
import { parseExpr } from './parser';
import { parseNotedSeries } from './testing/series-notation';

const MINUTE = 60_000;

async function storeOf(...lines: string[]): Promise<MemorySeriesStore> {
  const store = new MemorySeriesStore();
  for (const line of lines) {
    const { labels, samples } = parseNotedSeries(line);
    await store.append(samples.map(({ value }, i) => ({ labels, t: i * MINUTE, value })));
  }
  return store;
}

async function engineOf(options: EngineOptions, ...lines: string[]): Promise<PromqlEngine> {
  return new PromqlEngine(await storeOf(...lines), new ManualClock(), options);
}

const LINES = Array.from({ length: 50 }, (_, i) => `m{i="${i}"} 0+1x20`);

describe('limits name what was exceeded, and by how much', () => {
  test.each([
    {
      name: 'samples',
      options: { maxSamples: 100 },
      expr: 'm',
      message: /too many samples.*1050 so far, limit maxSamples 100$/,
    },
    {
      name: 'memory',
      options: { maxBytes: 1000 },
      expr: 'm',
      message: /too much memory: 9450 bytes so far, limit maxBytes 1000$/,
    },
    { name: 'series', options: { maxSeries: 10 }, expr: 'm', message: /series/ },
    {
      name: 'points',
      options: { maxPoints: 5 },
      expr: '1',
      message: /maximum resolution of 5 points per timeseries: 21 asked for/,
    },
  ])('$name', async ({ options, expr, message }) => {
    const engine = await engineOf(options, ...LINES);
    await expect(engine.range(expr, 0, 20 * MINUTE, MINUTE)).rejects.toThrow(message);
  });

  test('within the limits all is well', async () => {
    const engine = await engineOf({ maxSamples: 3000, maxSeries: 50 }, ...LINES);
    const { value, stats } = await engine.range('sum(m)', 0, 20 * MINUTE, MINUTE);
    expect(value).toMatchObject({
      type: 'matrix',
      series: [{ values: expect.objectContaining({ length: 21 }) as unknown }],
    });
    expect(stats).toMatchObject({ samples: 1050, series: 50 });
  });

  test('the error is a QueryLimitError', async () => {
    const engine = await engineOf({ maxSamples: 1 }, ...LINES);
    await expect(engine.instant('m', MINUTE)).rejects.toBeInstanceOf(QueryLimitError);
  });
});

test('a query that was given up before it began does nothing', async () => {
  const engine = await engineOf({}, ...LINES);
  const signal = AbortSignal.abort();
  await expect(engine.instant('m', 0, { signal })).rejects.toBeInstanceOf(QueryCanceledError);
});

/** A clock on which every look takes a millisecond. */
class BusyClock extends ManualClock {
  private looks = 0;
  override elapsed(): number {
    return this.looks++;
  }
}

test('a query that takes too long is stopped', async () => {
  const engine = new PromqlEngine(await storeOf(...LINES), new BusyClock(), { slice: 1 });
  const query = engine.range('m', 0, 10_000 * MINUTE, MINUTE, { timeout: 3 });
  await expect(query).rejects.toBeInstanceOf(QueryTimeoutError);
});

test('a query under way can be given up, and others have their turn meanwhile', async () => {
  const engine = new PromqlEngine(await storeOf(...LINES), new BusyClock(), { slice: 1, maxPoints: 1e6 });
  const abort = new AbortController();
  let turns = 0;
  const turn = (): void => {
    if (++turns === 3) abort.abort();
    else setImmediate(turn);
  };
  setImmediate(turn);
  const query = engine.range('rate(m[5m])', 0, 10_000 * MINUTE, MINUTE, { signal: abort.signal });
  await expect(query).rejects.toBeInstanceOf(QueryCanceledError);
  expect(turns).toBe(3);
});

/** A store whose arrays are good until the next turn only: it spoils those it gave before. */
class FickleStore extends MemorySeriesStore {
  override readonly stableColumns: boolean = false;
  private given: Float64Array[] = [];
  override select(...args: Parameters<MemorySeriesStore['select']>): SeriesColumns[] {
    for (const values of this.given) values.fill(NaN);
    const found = super.select(...args).map((own) => ({ ...own, values: own.values.slice() }));
    this.given = found.map(({ values }) => values);
    return found;
  }
}

test('columns are fetched anew after others had their turn', async () => {
  const store = new FickleStore();
  for (const line of LINES) {
    const { labels, samples } = parseNotedSeries(line);
    await store.append(samples.map(({ value }, i) => ({ labels, t: i * MINUTE, value })));
  }
  const ask = async (engine: PromqlEngine): Promise<unknown> =>
    (await engine.range('rate(m[5m])', 0, 20 * MINUTE, 1000)).value;
  const sliced = await ask(new PromqlEngine(store, new BusyClock(), { slice: 1 }));
  const whole = await ask(new PromqlEngine(store, new ManualClock()));
  expect(sliced).toEqual(whole);
});

test('an expression that is asked again sees series that came since', async () => {
  const store = await storeOf('m{i="0"} 1 1 1');
  const engine = new PromqlEngine(store, systemClock);
  const expr = parseExpr('sum by (i) (m) * 2');
  const ask = async (): Promise<unknown> => {
    const { value } = await engine.instant(expr, 2 * MINUTE);
    return value.type === 'vector' ? value.samples.map(({ labels, value: own }) => [labels.get('i'), own]) : [];
  };
  expect(await ask()).toEqual([['0', 2]]);
  expect(await ask()).toEqual([['0', 2]]);
  const { labels, samples } = parseNotedSeries('m{i="1"} _ _ 5');
  await store.append(samples.flatMap(({ value, omitted }, i) => (omitted ? [] : [{ labels, t: i * MINUTE, value }])));
  expect(await ask()).toEqual([
    ['0', 2],
    ['1', 10],
  ]);
});

test('names are dropped at once, or at the end of the query', async () => {
  const lines = ['m{i="0"} 0+1x5', 'n{i="0"} 0+1x5'];
  const expr = 'label_replace(rate({i="0"}[5m]), "was", "$1", "__name__", "(.+)")';
  const now = await engineOf({}, ...lines);
  await expect(now.instant(expr, 5 * MINUTE)).rejects.toThrow('vector cannot contain metrics with the same labelset');
  const later = await engineOf({ delayedNameRemoval: true }, ...lines);
  const { value } = await later.instant(expr, 5 * MINUTE);
  expect(value.type === 'vector' ? value.samples.map(({ labels }) => labels.toString()) : []).toEqual([
    '{i="0", was="m"}',
    '{i="0", was="n"}',
  ]);
});
