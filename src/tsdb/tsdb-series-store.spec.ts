import { appendFileSync, mkdirSync, readdirSync, truncateSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '../base/testing/manual-clock';
import { Labels } from '../domain/labels';
import { Matcher } from '../domain/matcher';
import { StoreUnavailableError, type IncomingSample } from '../storage';
import { describeSeriesStore } from '../storage/conformance/series-store';
import { TemporaryStore } from './testing/temporary-store';
import type { TsdbConfig } from './tsdb.config';

describeSeriesStore('TsdbSeriesStore', async () => {
  const clock = new ManualClock();
  const temporary = new TemporaryStore(clock);
  await temporary.store.start();
  return { store: temporary.store, now: clock.now(), dispose: () => temporary.dispose() };
});

const MINUTE = 60_000;
const series = (name: string, i = 0): Labels => Labels.of({ __name__: name, i: String(i) });
const all = [new Matcher('__name__', '=~', '.+')];

async function withStore(
  settings: Partial<TsdbConfig>,
  run: (temporary: TemporaryStore, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const temporary = new TemporaryStore(clock, settings);
  await temporary.store.start();
  try {
    await run(temporary, clock);
  } finally {
    await temporary.dispose();
  }
}

const count = async ({ store }: TemporaryStore): Promise<number> =>
  (await store.select(all, 0, Infinity)).reduce((sum, { from, to }) => sum + to - from, 0);

describe('limits name the offender', () => {
  const now = new ManualClock().now();
  test.each<[string, Partial<TsdbConfig>, IncomingSample[], string, string]>([
    [
      'series in all',
      { maxSeries: 1 },
      [
        { labels: series('a'), t: now, value: 1 },
        { labels: series('b'), t: now, value: 1 },
      ],
      'series_limit',
      'b{i="0"}: there are 1 series already',
    ],
    [
      'series of a metric',
      { maxSeriesPerMetric: 1 },
      [
        { labels: series('a', 1), t: now, value: 1 },
        { labels: series('a', 2), t: now, value: 1 },
      ],
      'metric_series_limit',
      'a{i="2"}: metric a has 1 series already',
    ],
    [
      'labels',
      { maxLabelsPerSeries: 1 },
      [{ labels: series('a'), t: now, value: 1 }],
      'label_limit',
      'a{i="0"}: 2 labels, at most 1 are taken',
    ],
    [
      'the future',
      {},
      [{ labels: series('a'), t: now + 11 * MINUTE, value: 1 }],
      'too_far_in_future',
      `a{i="0"} at ${now + 11 * MINUTE}`,
    ],
    [
      'the past',
      {},
      [{ labels: series('a'), t: now - 400 * 24 * 60 * MINUTE, value: 1 }],
      'too_old',
      `a{i="0"} at ${now - 400 * 24 * 60 * MINUTE}`,
    ],
    [
      'a late sample',
      {},
      [
        { labels: series('a'), t: now, value: 1 },
        { labels: series('a'), t: now - 11 * MINUTE, value: 1 },
      ],
      'too_old',
      `a{i="0"} at ${now - 11 * MINUTE}`,
    ],
    [
      'a late sample where none may be late',
      { outOfOrderWindow: 0 },
      [
        { labels: series('a'), t: now, value: 1 },
        { labels: series('a'), t: now - 1, value: 1 },
      ],
      'out_of_order',
      `a{i="0"} at ${now - 1}`,
    ],
  ])('%s', (_name, settings, samples, reason, example) =>
    withStore(settings, async ({ store }) => {
      const outcome = await store.append(samples);
      expect(outcome).toEqual({
        appended: samples.length - 1,
        refused: { [reason]: 1 },
        examples: { [reason]: example },
      });
    }),
  );
});

test('an end of the log that a crash tore off costs nothing that was acknowledged before', () =>
  withStore({}, async (temporary, clock) => {
    for (let i = 0; i < 5; i++) {
      await temporary.store.append([{ labels: series('a'), t: clock.now(), value: i }]);
      await clock.advance(1000);
    }
    await temporary.store.stop();
    const log = join(temporary.dataDir, 'tsdb', 'log');
    const [segment = ''] = readdirSync(log);
    appendFileSync(join(log, segment), Buffer.from([9, 0, 0, 0, 1, 2, 3]));
    await temporary.restart();
    expect(await count(temporary)).toBe(5);
    await temporary.store.append([{ labels: series('a'), t: clock.now(), value: 9 }]);
    await temporary.restart();
    expect(await count(temporary)).toBe(6);
    // Now the last whole record is cut through.
    await temporary.store.stop();
    const last =
      readdirSync(log)
        .map((name) => join(log, name))
        .filter((path) => readFileSync(path).length > 0)
        .sort()
        .at(-1) ?? '';
    truncateSync(last, readFileSync(last).length - 3);
    await temporary.restart();
    expect(await count(temporary)).toBe(5);
  }));

test('what leaves the hot window goes to blocks, which merge and go with their age', () =>
  withStore({ hot: 60 * MINUTE, retention: 12 * 60 * MINUTE, cutInterval: 1e12 }, async (temporary, clock) => {
    for (let quarter = 0; quarter < 18 * 4; quarter++) {
      await clock.advance(15 * MINUTE);
      const minutes = Array.from({ length: 15 }, (_, i) => clock.now() - (14 - i) * MINUTE);
      await temporary.store.append(minutes.map((t, i) => ({ labels: series('a'), t, value: quarter * 15 + i })));
      await temporary.store.checkpoint(clock.now());
    }
    const { blocks, samples, series: known } = temporary.store.statistics();
    expect(known).toBe(1);
    expect(samples).toBeLessThan(80);
    expect(blocks).toBeLessThan(12);
    const kept = await count(temporary);
    expect(kept).toBeGreaterThan(12 * 60);
    expect(kept).toBeLessThan(18 * 60);
    await temporary.restart();
    expect(await count(temporary)).toBe(kept);
    await clock.advance(30 * 60 * MINUTE);
    await temporary.store.checkpoint(clock.now());
    await temporary.store.checkpoint(clock.now());
    expect(temporary.store.statistics()).toMatchObject({ series: 0, samples: 0, blocks: 0 });
  }));

test('retention by size removes the oldest blocks', () =>
  withStore({ hot: MINUTE, retentionBytes: 2000, cutInterval: 1e12 }, async (temporary, clock) => {
    for (let i = 0; i < 50; i++) {
      await clock.advance(MINUTE);
      const labels = Array.from({ length: 10 }, (_, n) => series('a', n));
      await temporary.store.append(labels.map((of, n) => ({ labels: of, t: clock.now(), value: i * n * 0.1 })));
      await temporary.store.checkpoint(clock.now());
    }
    expect(temporary.store.statistics().blockBytes).toBeLessThan(2000);
    expect(await count(temporary)).toBeGreaterThan(10);
  }));

test('a damaged block is left aside, the rest is read', () =>
  withStore({ hot: MINUTE, cutInterval: 1e12 }, async (temporary, clock) => {
    await temporary.store.append([{ labels: series('a'), t: clock.now(), value: 1 }]);
    await clock.advance(5 * MINUTE);
    await temporary.store.append([{ labels: series('a'), t: clock.now(), value: 2 }]);
    await temporary.store.checkpoint(clock.now());
    await temporary.store.stop();
    const blocks = join(temporary.dataDir, 'tsdb', 'blocks');
    const [name = ''] = readdirSync(blocks);
    writeFileSync(join(blocks, name), 'not a block');
    await temporary.restart();
    expect(await count(temporary)).toBe(1);
  }));

test('metadata and exemplars survive a restart, with and without a snapshot', () =>
  withStore({}, async (temporary, clock) => {
    temporary.store.describe(new Map([['a', { type: 'counter', help: 'h', unit: 's' }]]));
    const exemplar = { labels: Labels.of({ trace_id: 'x' }), value: 1, t: clock.now() };
    await temporary.store.append([{ labels: series('a'), t: clock.now(), value: 1, exemplar }]);
    for (const snapshot of [false, true]) {
      if (snapshot) await temporary.store.checkpoint(clock.now());
      await temporary.restart();
      expect([...(await temporary.store.metadata())]).toEqual([['a', { type: 'counter', help: 'h', unit: 's' }]]);
      expect(await temporary.store.exemplars([], 0, clock.now())).toHaveLength(1);
    }
  }));

test('long batches are taken in slices, in order', () =>
  withStore({}, async (temporary, clock) => {
    const batch = (value: number): IncomingSample[] =>
      Array.from({ length: 9000 }, (_, i) => ({ labels: series('a', i), t: clock.now() + value, value }));
    const outcomes = await Promise.all([1, 2, 3].map((value) => temporary.store.append(batch(value))));
    expect(outcomes.map(({ appended }) => appended)).toEqual([9000, 9000, 9000]);
    expect(await count(temporary)).toBe(27_000);
  }));

test('a full disk stops appends; once there is room everything in memory is made durable, and they go on', () =>
  withStore({ cutInterval: 1e12 }, async (temporary, clock) => {
    const sample = (value: number): IncomingSample => ({ labels: series('a'), t: clock.now() + value, value });
    await temporary.store.append([sample(1)]);
    temporary.diskFull = true;
    await expect(temporary.store.append([sample(2)])).rejects.toThrow(StoreUnavailableError);
    await expect(temporary.store.append([sample(3)])).rejects.toThrow('no space left on device');
    temporary.diskFull = false;
    await clock.advance(10_000);
    await expect(temporary.store.append([sample(4)])).rejects.toThrow(StoreUnavailableError);
    await temporary.store.idle();
    await temporary.store.append([sample(5)]);
    const before = await count(temporary);
    await temporary.restart();
    expect(await count(temporary)).toBe(before);
  }));

describe('deletion', () => {
  const settings = { hot: MINUTE, cutInterval: 1e12 };
  const of = (name: string): Matcher[] => [new Matcher('__name__', '=', name)];

  test('exemplars and metadata stay, as in Prometheus', () =>
    withStore(settings, async ({ store }, clock) => {
      const exemplar = { labels: Labels.of({ trace_id: 'x' }), value: 1, t: clock.now() };
      await store.append([{ labels: series('a'), t: clock.now(), value: 1, exemplar }]);
      store.describe(new Map([['a', { type: 'counter', help: 'A.', unit: '' }]]));
      await store.deleteSamples(of('a'), -Infinity, Infinity);
      expect(store.newest(series('a'))).toBeUndefined();
      expect(await store.exemplars([of('a')], 0, Infinity)).toMatchObject([
        { exemplars: [{ value: 1, t: clock.now() }] },
      ]);
      expect((await store.metadata()).size).toBe(1);
    }));

  test('series of which nothing is left make room, and what deleted samples took on disk is given back', () =>
    withStore({ ...settings, maxSeries: 1000 }, async (temporary, clock) => {
      const { store } = temporary;
      const batch = (name: string): IncomingSample[] =>
        Array.from({ length: 1000 }, (_, i) => ({ labels: series(name, i), t: clock.now(), value: Math.sqrt(i) }));
      for (let i = 0; i < 20; i++) {
        await store.append(batch('a'));
        await clock.advance(15_000);
      }
      await clock.advance(15 * MINUTE);
      await store.checkpoint(clock.now());
      const before = store.statistics();
      expect(before).toMatchObject({ series: 1000, samples: 0, blocks: 1 });
      await store.deleteSamples([...of('a'), new Matcher('i', '!=', '7')], -Infinity, Infinity);
      expect(await count(temporary)).toBe(20);
      await store.cleanDeleted();
      expect(store.statistics().blockBytes).toBeLessThan(before.blockBytes / 50);
      await store.checkpoint(clock.now());
      expect(store.statistics().series).toBe(1);
      expect((await store.append(batch('b'))).refused).toEqual({ series_limit: 1 });
      await store.deleteSamples(of('a'), -Infinity, Infinity);
      await store.cleanDeleted();
      expect(store.statistics().blocks).toBe(0);
      await temporary.restart();
      expect(await count(temporary)).toBe(999);
    }));

  test('what was deleted of a block that is gone is not taken for what is deleted of a later one of its name', () =>
    withStore(settings, async (temporary, clock) => {
      const cut = async (): Promise<void> => {
        await temporary.store.append([{ labels: series('a'), t: clock.now(), value: 1 }]);
        await clock.advance(5 * MINUTE);
        await temporary.store.checkpoint(clock.now());
      };
      await cut();
      await temporary.store.deleteSamples(of('a'), -Infinity, clock.now() + 60 * MINUTE);
      const [left] = temporary.files('blocks').filter((name) => name.endsWith('.deleted'));
      const bytes = readFileSync(join(temporary.dataDir, 'tsdb', 'blocks', left ?? ''));
      await temporary.store.cleanDeleted();
      expect(temporary.files('blocks')).toEqual([]);
      await temporary.crash(new Uint8Array());
      await temporary.store.stop();
      writeFileSync(join(temporary.dataDir, 'tsdb', 'blocks', left ?? ''), bytes);
      await temporary.restart();
      expect(temporary.files('blocks')).toEqual([]);
    }));

  test('a block of which it cannot be read what is deleted is left aside: nothing deleted comes back', () =>
    withStore(settings, async (temporary, clock) => {
      await temporary.store.append([{ labels: series('a'), t: clock.now(), value: 1 }]);
      await clock.advance(5 * MINUTE);
      await temporary.store.checkpoint(clock.now());
      await temporary.store.deleteSamples(of('a'), -Infinity, Infinity);
      const [name] = temporary.files('blocks').filter((each) => each.endsWith('.deleted'));
      await temporary.store.stop();
      truncateSync(join(temporary.dataDir, 'tsdb', 'blocks', name ?? ''), 9);
      await temporary.restart();
      expect(await count(temporary)).toBe(0);
      expect(temporary.files('blocks')).toHaveLength(2);
    }));
});

describe('a copy', () => {
  test.each([
    { sealedOnly: false, want: 30 },
    { sealedOnly: true, want: 15 },
  ])('is a data folder that a store starts on (only blocks: $sealedOnly)', ({ sealedOnly, want }) =>
    withStore({ hot: MINUTE, cutInterval: 1e12 }, async (temporary, clock) => {
      const batch = (names: string): IncomingSample[] =>
        [...names].map((name) => ({ labels: series(name), t: clock.now(), value: 1 }));
      for (let i = 0; i < 10; i++) {
        await temporary.store.append(batch('ab'));
        await clock.advance(1000);
      }
      await clock.advance(5 * MINUTE);
      await temporary.store.checkpoint(clock.now());
      await temporary.store.deleteSamples([new Matcher('__name__', '=', 'a')], clock.now() - 305_000, Infinity);
      for (let i = 0; i < 5; i++) {
        await temporary.store.append(batch('abc'));
        await clock.advance(1000);
      }
      const name = await temporary.store.copy(sealedOnly);
      expect(name).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{16}$/);
      // What comes later is not in it, though files are shared.
      await temporary.store.append(batch('abc'));
      await temporary.store.deleteSamples(all, -Infinity, Infinity);
      await temporary.store.cleanDeleted();
      const copy = temporary.on(join(temporary.dataDir, 'snapshots', name));
      await copy.start();
      const found = await copy.select(all, 0, Infinity);
      expect(found.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(want);
      expect(copy.statistics().series).toBe(sealedOnly ? 2 : 3);
      const outcome = await copy.append([{ labels: series('d'), t: clock.now(), value: 1 }]);
      expect(outcome.appended).toBe(1);
      await copy.stop();
    }),
  );

  test('that was not finished is removed at the next start', () =>
    withStore({}, async (temporary) => {
      const unfinished = join(temporary.dataDir, 'snapshots', 'x.tmp', 'tsdb');
      mkdirSync(unfinished, { recursive: true });
      await temporary.restart();
      expect(readdirSync(join(temporary.dataDir, 'snapshots'))).toEqual([]);
    }));
});

test('the number of a series that went is not given to another while blocks have samples under it', () =>
  withStore({ hot: MINUTE, retention: 30 * MINUTE, cutInterval: 1e12 }, async (temporary, clock) => {
    const sample = (name: string): IncomingSample => ({ labels: series(name), t: clock.now(), value: 1 });
    await temporary.store.append([sample('a'), sample('gone')]);
    await clock.advance(20 * MINUTE);
    await temporary.store.append([sample('a')]);
    await clock.advance(11 * MINUTE);
    await temporary.store.checkpoint(clock.now());
    await temporary.restart();
    await temporary.store.append([sample('new')]);
    const found = await temporary.store.select([new Matcher('__name__', '=', 'new')], 0, Infinity);
    expect(found.map(({ from, to }) => to - from)).toEqual([1]);
  }));

test('blocks cut after a restart are not taken for blocks that were merged before it', () =>
  withStore({ hot: MINUTE, cutInterval: 1e12 }, async (temporary, clock) => {
    const cut = async (): Promise<void> => {
      await temporary.store.append([{ labels: series('a'), t: clock.now(), value: 1 }]);
      await clock.advance(5 * MINUTE);
      await temporary.store.checkpoint(clock.now());
    };
    for (let i = 0; i < 4; i++) await cut();
    expect(temporary.store.statistics().blocks).toBe(1);
    await temporary.restart();
    await cut();
    await temporary.restart();
    expect(await count(temporary)).toBe(5);
  }));
