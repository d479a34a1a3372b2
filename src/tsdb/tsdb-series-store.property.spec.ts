import fc from 'fast-check';
import { ManualClock } from '../base/testing/manual-clock';
import { nextTurn } from '../base/turn';
import type { NativeHistogram } from '../domain/histogram';
import { Labels } from '../domain/labels';
import { Matcher } from '../domain/matcher';
import type { IncomingSample, SeriesColumns } from '../storage';
import { NaiveStore, textOf } from './testing/naive-store';
import { TemporaryStore } from './testing/temporary-store';

const WINDOW = 120_000;
const all = [new Matcher('__name__', '=', 'm')];

type Step =
  | { readonly kind: 'scrape'; readonly series: number; readonly values: readonly number[] }
  | {
      readonly kind: 'sample';
      readonly series: number;
      readonly back: number;
      readonly value: number;
      readonly as: 'number' | 'stale' | 'histogram';
    }
  | { readonly kind: 'wait'; readonly by: number }
  | { readonly kind: 'restart' }
  /** After so many turns of a checkpoint; without one when negative. */
  | { readonly kind: 'crash'; readonly turns: number; readonly torn: Uint8Array }
  | { readonly kind: 'checkpoint' }
  /** From `start` for `length` of what is in between, of the series that `of` has; seconds back. Perhaps amid a checkpoint. */
  | {
      readonly kind: 'delete';
      readonly of: readonly number[];
      readonly start: number;
      readonly length: number;
      readonly amid: boolean;
    }
  | { readonly kind: 'clean' }
  | { readonly kind: 'select'; readonly start: number; readonly length: number };

const value = fc.oneof(fc.integer({ min: -5, max: 1000 }), fc.double(), fc.constant(-0), fc.constant(NaN));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('scrape' as const),
      series: fc.nat(3),
      values: fc.array(value, { maxLength: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('sample' as const),
      series: fc.nat(8),
      back: fc.nat(200).map((n) => n * 1000),
      value,
      as: fc.constantFrom('number', 'number', 'stale', 'histogram'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      by: fc.integer({ min: 1, max: 90 }).map((n) => n * 1000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      turns: fc.integer({ min: -3, max: 12 }),
      torn: fc.uint8Array({ maxLength: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      of: fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength: 9 }),
      start: fc.nat(600),
      length: fc.oneof(fc.nat(90), fc.nat(600)),
      amid: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'clean' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('select' as const), start: fc.nat(2000), length: fc.nat(1500) }),
  },
);

/** Steps without questions, most of them waits: retention has something to do. */
const retained = step.filter(({ kind }) => kind !== 'select' && kind !== 'restart');

/** Steps without questions: what changes the store asks by itself. */
const sealed = step.filter(({ kind }) => kind !== 'select');

test('the store answers as a plain list of samples does, through cuts, restarts and kills', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const clock = new ManualClock();
      const temporary = new TemporaryStore(clock, { hot: 150_000, outOfOrderWindow: WINDOW, cutInterval: 1e12 });
      const model = new NaiveStore(WINDOW);
      await temporary.store.start();
      try {
        for (const each of steps) await play(each, clock, temporary, model);
        await expectSame(temporary, model, 0, clock.now());
      } finally {
        await temporary.dispose();
      }
    }),
    { numRuns: 60, seed: 20_260_101 },
  );
  expect(resetsSeen).toBeGreaterThan(20);
  expect(deleted).toBeGreaterThan(50);
}, 60_000);

test('what is deleted stays deleted where nearly all is in blocks: merged, cleaned, restarted, killed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(sealed, { minLength: 30, maxLength: 60 }), async (steps) => {
      const clock = new ManualClock();
      const temporary = new TemporaryStore(clock, { hot: 1_000, outOfOrderWindow: WINDOW, cutInterval: 1e12 });
      const model = new NaiveStore(WINDOW);
      await temporary.store.start();
      try {
        for (const each of steps) await play(each, clock, temporary, model);
        await temporary.restart();
        await expectSame(temporary, model, 0, clock.now());
      } finally {
        await temporary.dispose();
      }
    }),
    { numRuns: 10, seed: 20_260_301 },
  );
  expect(deletedBlocks).toBeGreaterThan(10);
}, 60_000);

let resetsSeen = 0;
let deleted = 0;
/** Deletions that found something to delete in blocks. */
let deletedBlocks = 0;

test('what is within retention is all there, what is older is gone or as it was, and in the end nothing is left', async () => {
  const retention = 240_000;
  let forgotten = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(retained, { minLength: 30, maxLength: 60 }), async (steps) => {
      const clock = new ManualClock();
      const settings = { hot: 60_000, retention, outOfOrderWindow: WINDOW, cutInterval: 1e12 };
      const temporary = new TemporaryStore(clock, settings);
      const model = new NaiveStore(WINDOW);
      await temporary.store.start();
      try {
        for (const each of steps) {
          if (each.kind === 'checkpoint') await temporary.store.checkpoint(clock.now());
          else if (each.kind === 'crash') await temporary.crash(each.torn);
          else await play(each, clock, temporary, model, retention);
          await expectSame(temporary, model, clock.now() - retention, clock.now());
          const whole = await stored(temporary, 0, clock.now());
          const wanted = model.select(0, clock.now());
          for (const [series, samples] of Object.entries(whole)) {
            expect(wanted[series]).toEqual(expect.arrayContaining(samples));
            forgotten += (wanted[series]?.length ?? 0) - samples.length;
          }
        }
        await clock.advance(2 * retention);
        // The first moves what is in memory to a block, which is old enough to go at once or the next time.
        for (let round = 0; round < 2; round++) await temporary.store.checkpoint(clock.now());
        expect(temporary.store.statistics()).toMatchObject({ series: 0, samples: 0, blocks: 0 });
      } finally {
        await temporary.dispose();
      }
    }),
    { numRuns: 6, seed: 20_261_129 },
  );
  expect(forgotten).toBeGreaterThan(0);
}, 60_000);

async function play(
  each: Step,
  clock: ManualClock,
  temporary: TemporaryStore,
  model: NaiveStore,
  retention = clock.now(),
): Promise<void> {
  switch (each.kind) {
    case 'scrape':
      return append(
        temporary,
        model,
        each.values.map((v, i) => ({ labels: labelsOf(each.series + i), t: clock.now(), value: v })),
      );
    case 'sample': {
      const sample = {
        labels: labelsOf(each.series),
        t: clock.now() - each.back,
        value: each.as === 'number' ? each.value : NaN,
      };
      if (each.as === 'histogram') return append(temporary, model, [{ ...sample, histogram: histogramOf(each.back) }]);
      return append(temporary, model, [each.as === 'stale' ? { ...sample, stale: true } : sample]);
    }
    case 'wait':
      return clock.advance(each.by);
    case 'restart':
      return temporary.restart();
    case 'crash': {
      const checkpoint = each.turns < 0 ? undefined : temporary.store.checkpoint(clock.now());
      for (let turn = 0; turn < each.turns; turn++) await nextTurn();
      await temporary.crash(each.torn);
      await checkpoint;
      return expectSame(temporary, model, 0, clock.now());
    }
    case 'checkpoint': {
      const done = temporary.store.checkpoint(clock.now());
      for (let turn = 0; turn < 4; turn++) {
        await nextTurn();
        await expectSame(temporary, model, 0, clock.now());
      }
      return done;
    }
    case 'delete': {
      const from = clock.now() - each.start * 1000;
      const to = from + each.length * 1000;
      const matchers = [...all, new Matcher('series', '=~', each.of.join('|'))];
      // What is selected before is remembered by the store.
      await temporary.store.select(matchers, 0, clock.now(), { resets: true });
      const checkpoint = each.amid ? temporary.store.checkpoint(clock.now()) : undefined;
      await temporary.store.deleteSamples(matchers, from, to);
      deleted += model.remove(new Set(each.of.map((series) => labelsOf(series).key)), from, to);
      if (temporary.files('blocks').some((name) => name.endsWith('.deleted'))) deletedBlocks++;
      await expectSame(temporary, model, clock.now() - retention, clock.now());
      return checkpoint;
    }
    case 'clean':
      await temporary.store.cleanDeleted();
      expect(temporary.files('blocks').filter((name) => name.endsWith('.deleted'))).toEqual([]);
      return expectSame(temporary, model, clock.now() - retention, clock.now());
    case 'select':
      return expectSame(
        temporary,
        model,
        clock.now() - each.start * 1000,
        clock.now() - (each.start - each.length) * 1000,
      );
  }
}

function histogramOf(count: number): NativeHistogram {
  return {
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    count,
    sum: 1,
    positiveSpans: [{ offset: 0, length: 1 }],
    positiveBuckets: [count],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
    counterResetHint: 'unknown',
  };
}

function labelsOf(series: number): Labels {
  return Labels.of({ __name__: 'm', series: String(series) });
}

async function append(temporary: TemporaryStore, model: NaiveStore, samples: IncomingSample[]): Promise<void> {
  const want = samples.filter((sample) => model.append(sample)).length;
  const { appended, refused } = await temporary.store.append(samples);
  expect({ appended, of: samples.length, refused }).toMatchObject({ appended: want, of: samples.length });
}

async function stored(temporary: TemporaryStore, start: number, end: number): Promise<Record<string, string[]>> {
  const got = await temporary.store.select(all, start, end, { resets: true });
  for (const columns of got) if (columns.resets !== undefined) expectResets(columns, columns.resets);
  return Object.fromEntries(got.map((columns) => [columns.labels.toString(), samplesOf(columns)]));
}

async function expectSame(temporary: TemporaryStore, model: NaiveStore, start: number, end: number): Promise<void> {
  expect(await stored(temporary, start, end)).toEqual(model.select(start, end));
  const present = await temporary.store.series([all], start + 1, end);
  expect(present.map(String).sort()).toEqual(Object.keys(model.select(start, end)).sort());
}

/** Resets that the store knows are those that looking at the window's values finds. */
function expectResets({ values, from, to, stale, histograms }: SeriesColumns, resets: readonly number[]): void {
  const found: number[] = [];
  for (let i = from + 1; i < to; i++) if ((values[i] ?? NaN) < (values[i - 1] ?? NaN)) found.push(i);
  expect(resets.filter((at) => at > from && at < to)).toEqual(found);
  expect([...resets].sort((a, b) => a - b)).toEqual(resets);
  expect([stale, histograms]).toEqual([undefined, undefined]);
  resetsSeen += found.length;
}

function samplesOf({ timestamps, values, stale, histograms, from, to }: SeriesColumns): string[] {
  return Array.from({ length: to - from }, (_, i) => {
    const at = from + i;
    const histogram = histograms?.[at];
    return textOf({
      t: timestamps[at] ?? 0,
      value: values[at] ?? 0,
      stale: stale?.[at] === 1,
      ...(histogram && { histogram }),
    });
  });
}
