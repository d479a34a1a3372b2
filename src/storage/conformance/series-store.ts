import type { EpochMillis } from '../../base/clock';
import type { NativeHistogram } from '../../domain/histogram';
import { Labels } from '../../domain/labels';
import { Matcher } from '../../domain/matcher';
import { LimitExceededError } from '../errors';
import type { IncomingSample, SeriesColumns, SeriesStore } from '../ports/series-store';

/** A store under test, started and empty. */
export interface SeriesStoreUnderTest {
  readonly store: SeriesStore;
  /** An instant that the store takes samples at, whole seconds. */
  readonly now: EpochMillis;
  dispose(): Promise<void>;
}

/** What a store may not be able to do. Default: it runs everything. */
export interface SeriesStoreLimits {
  /** A sample with a time that is there already and another value is refused. */
  readonly refusesDuplicates?: boolean;
}

const histogram: NativeHistogram = {
  schema: 0,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 3,
  sum: 4.5,
  positiveSpans: [{ offset: 0, length: 2 }],
  positiveBuckets: [1, 1],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
  counterResetHint: 'unknown',
};

/** What every store of series must do; call it in a spec of the backend. */
export function describeSeriesStore(
  name: string,
  create: () => Promise<SeriesStoreUnderTest>,
  { refusesDuplicates = true }: SeriesStoreLimits = {},
): void {
  describe(`${name} as a series store`, () => {
    let subject: SeriesStoreUnderTest;
    let now: EpochMillis;

    beforeEach(async () => {
      subject = await create();
      ({ now } = subject);
    });

    afterEach(() => subject.dispose());

    const at = (
      seconds: number,
      labels: Labels,
      value: number,
      more: Partial<IncomingSample> = {},
    ): IncomingSample => ({
      labels,
      t: now + seconds * 1000,
      value,
      ...more,
    });

    const select = async (matchers: readonly Matcher[], from: number, to: number): Promise<string[]> => {
      const found = await subject.store.select(matchers, now + from * 1000, now + to * 1000);
      return found.map((columns) => textOf(columns, now)).sort();
    };

    const up = Labels.of({ __name__: 'up', job: 'a' });
    const down = Labels.of({ __name__: 'down', job: 'b', zone: 'x' });
    const named = (value: string): Matcher[] => [new Matcher('__name__', '=', value)];

    test('a window is open at its start and closed at its end', async () => {
      await subject.store.append([at(-30, up, 1), at(-20, up, 2), at(-10, up, 3)]);
      expect(await select(named('up'), -30, -10)).toEqual(['up{job="a"}: -20=2 -10=3']);
      expect(await select(named('up'), -31, -20)).toEqual(['up{job="a"}: -30=1 -20=2']);
      expect(await select(named('up'), -10, 0)).toEqual([]);
      expect(await select(named('up'), -20, -20)).toEqual([]);
    });

    test.each([
      ['=', 'job', '=', 'a', ['up{job="a"}: -10=1']],
      ['!=', 'job', '!=', 'a', ['down{job="b", zone="x"}: -10=2']],
      ['=~', 'job', '=~', 'a|b', ['down{job="b", zone="x"}: -10=2', 'up{job="a"}: -10=1']],
      ['!~', 'job', '!~', 'b.*', ['up{job="a"}: -10=1']],
      ['= empty', 'zone', '=', '', ['up{job="a"}: -10=1']],
      ['=~ that takes empty', 'zone', '=~', 'x?', ['down{job="b", zone="x"}: -10=2', 'up{job="a"}: -10=1']],
      ['!= empty', 'zone', '!=', '', ['down{job="b", zone="x"}: -10=2']],
      ['a label nobody has', 'nobody', '=', 'x', []],
    ] as const)('matcher %s', async (_name, label, operator, value, want) => {
      await subject.store.append([at(-10, up, 1), at(-10, down, 2)]);
      expect(await select([new Matcher('__name__', '!=', ''), new Matcher(label, operator, value)], -20, 0)).toEqual(
        want,
      );
    });

    test('a selection that was asked for before knows series that came later', async () => {
      const matchers = named('up');
      await subject.store.append([at(-20, up, 1)]);
      await select(matchers, -30, 0);
      await subject.store.append([at(-10, up.with({ job: 'c' }), 2), at(-10, down, 2)]);
      expect(await select(matchers, -30, 0)).toEqual(['up{job="a"}: -20=1', 'up{job="c"}: -10=2']);
    });

    test('samples may come late, and again', async () => {
      await subject.store.append([at(-30, up, 1), at(-10, up, 3)]);
      const outcome = await subject.store.append([at(-20, up, 2), at(-10, up, 3)]);
      expect(outcome).toMatchObject({ appended: 2, refused: {} });
      expect(await select(named('up'), -60, 0)).toEqual(['up{job="a"}: -30=1 -20=2 -10=3']);
    });

    (refusesDuplicates ? test : test.skip)('another value at the same time is refused, naming the series', async () => {
      await subject.store.append([at(-10, up, 3)]);
      const { appended, refused, examples } = await subject.store.append([at(-10, up, 4), at(-5, up, 5)]);
      expect({ appended, refused }).toEqual({ appended: 1, refused: { duplicate: 1 } });
      expect(examples.duplicate).toContain('up{job="a"}');
      expect(await select(named('up'), -60, 0)).toEqual(['up{job="a"}: -10=3 -5=5']);
    });

    test('numbers keep their bits; markers and histograms are kept apart from numbers', async () => {
      const odd = [0, -0, 5e-324, Number.MAX_VALUE, Infinity, -Infinity, NaN, 0.1];
      await subject.store.append(odd.map((value, i) => at(i - 60, up, value)));
      await subject.store.append([
        at(-20, up, NaN, { stale: true }),
        at(-30, down, NaN, { histogram }),
        at(-20, down, 1),
      ]);
      const [columns] = await subject.store.select(named('up'), now - 61_000, now - 50_000);
      expect(columns && [...columns.values.subarray(columns.from, columns.to)]).toEqual(odd);
      expect(columns?.stale?.subarray(columns.from, columns.to).includes(1) ?? false).toBe(false);
      expect(columns?.histograms?.slice(columns.from, columns.to).some(Boolean) ?? false).toBe(false);
      expect(await select(named('up'), -53, 0)).toEqual(['up{job="a"}: -20=stale']);
      expect(await select(named('down'), -60, 0)).toEqual(['down{job="b", zone="x"}: -30=histogram -20=1']);
      const [withHistogram] = await subject.store.select(named('down'), now - 60_000, now);
      expect(withHistogram?.histograms?.[withHistogram.from]).toEqual(histogram);
    });

    test('more series than the limit are an error, not fewer series', async () => {
      await subject.store.append([at(-10, up, 1), at(-10, up.with({ job: 'c' }), 1)]);
      const ask = async (limit: number) => subject.store.select(named('up'), now - 20_000, now, { seriesLimit: limit });
      await expect(ask(1)).rejects.toThrow(LimitExceededError);
      expect(await ask(2)).toHaveLength(2);
    });

    test('names, values and series of those with a sample in [start, end]', async () => {
      await subject.store.append([at(-30, up, 1), at(-10, down, 2)]);
      const ask = { start: now - 30_000, end: now - 10_000 };
      expect((await subject.store.series([], ask.start, ask.end)).map(String).sort()).toEqual([
        'down{job="b", zone="x"}',
        'up{job="a"}',
      ]);
      expect(await subject.store.labelNames([], ask.start, ask.end)).toEqual(['__name__', 'job', 'zone']);
      expect(await subject.store.labelValues('job', [], ask.start, ask.end)).toEqual(['a', 'b']);
      expect(await subject.store.labelValues('job', [], ask.start + 1, ask.end)).toEqual(['b']);
      expect(await subject.store.labelValues('job', [named('up'), named('none')], ask.start, ask.end)).toEqual(['a']);
      expect(await subject.store.labelValues('none', [], ask.start, ask.end)).toEqual([]);
      expect(await subject.store.series([], now - 29_000, now - 11_000)).toEqual([]);
    });

    test('exemplars by series, in order of time', async () => {
      const exemplar = (t: number) => ({ labels: Labels.of({ trace_id: String(t) }), value: t, t: now + t * 1000 });
      await subject.store.append([
        at(-30, up, 1, { exemplar: exemplar(-30) }),
        at(-20, up, 2, { exemplar: exemplar(-20) }),
        at(-10, down, 2, { exemplar: exemplar(-10) }),
      ]);
      const found = await subject.store.exemplars([named('up')], now - 30_000, now);
      expect(found.map(({ labels, exemplars }) => [labels.toString(), exemplars.map(({ value }) => value)])).toEqual([
        ['up{job="a"}', [-30, -20]],
      ]);
      expect(await subject.store.exemplars([named('up')], now - 5_000, now)).toEqual([]);
    });

    test('metadata: the last word wins', async () => {
      subject.store.describe(new Map([['up', { type: 'gauge', help: 'one', unit: '' }]]));
      subject.store.describe(new Map([['up', { type: 'gauge', help: 'two', unit: '' }]]));
      subject.store.describe(new Map([['down', { type: 'counter', help: '', unit: 's' }]]));
      expect([...(await subject.store.metadata('up'))]).toEqual([['up', { type: 'gauge', help: 'two', unit: '' }]]);
      expect((await subject.store.metadata()).size).toBe(2);
      expect((await subject.store.metadata('none')).size).toBe(0);
    });

    test('deleted samples are gone at once; those that come later are there, whatever their time', async () => {
      if (subject.store.deleteSamples === undefined) return;
      await subject.store.append([at(-40, up, 1), at(-30, up, 2), at(-20, up, 3), at(-10, up, 4)]);
      await subject.store.append([at(-30, down, 1, { value: NaN, histogram }), at(-20, down, 2, { stale: true })]);
      const [held] = await subject.store.select(named('up'), now - 60_000, now);
      await subject.store.deleteSamples(named('up'), now - 30_000, now - 20_000);
      expect(await select(named('up'), -60, 0)).toEqual(['up{job="a"}: -40=1 -10=4']);
      // What a reader has been given stays as it was.
      if (subject.store.stableColumns && held) expect(textOf(held, now)).toBe('up{job="a"}: -40=1 -30=2 -20=3 -10=4');
      await subject.store.append([at(-20, up, 5), at(0, up, 6)]);
      expect(await select(named('up'), -60, 0)).toEqual(['up{job="a"}: -40=1 -20=5 -10=4 0=6']);
      await subject.store.deleteSamples([new Matcher('zone', '=~', '.+')], now - 60_000, now - 30_000);
      expect(await select(named('down'), -60, 0)).toEqual(['down{job="b", zone="x"}: -20=stale']);
      expect(await subject.store.series([], now - 60_000, now - 30_000)).toEqual([up]);
      await subject.store.deleteSamples([], -Infinity, Infinity);
      expect(await subject.store.series([], now - 60_000, now)).toEqual([]);
      expect(await subject.store.labelValues('__name__', [], now - 60_000, now)).toEqual([]);
      await subject.store.append([at(5, up, 7)]);
      expect(await select(named('up'), -60, 10)).toEqual(['up{job="a"}: 5=7']);
    });

    test('listeners are told what a batch touched, once it is visible', async () => {
      const told: string[] = [];
      const off = subject.store.onAppend?.((touched, newest) => {
        told.push(`${touched.map(String).join(' ')} ${newest - now}`);
      });
      await subject.store.append([at(-20, up, 1), at(-10, up, 2), at(-15, down, 1)]);
      off?.();
      await subject.store.append([at(-5, up, 1)]);
      if (subject.store.onAppend) expect(told).toEqual(['up{job="a"} down{job="b", zone="x"} -10000']);
    });
  });
}

/** `series: seconds=value …`, seconds counted from `now`. */
function textOf({ labels, timestamps, values, stale, histograms, from, to }: SeriesColumns, now: EpochMillis): string {
  const samples: string[] = [];
  for (let i = from; i < to; i++) {
    const value = stale?.[i] === 1 ? 'stale' : histograms?.[i] ? 'histogram' : String(values[i]);
    samples.push(`${((timestamps[i] ?? 0) - now) / 1000}=${value}`);
  }
  return `${labels.toString()}: ${samples.join(' ')}`;
}
