import fc from 'fast-check';
import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import type { Matcher } from '../../domain/matcher';
import type { SelectHints, SeriesColumns } from '../../storage';
import { PromqlEngine } from '../engine';
import type { SelectingReader } from './environment';

const START = 1_700_000_000_000;
const STEP = 15_000;

/** One series; tells its resets or leaves them to the engine. */
class OneSeriesReader implements SelectingReader {
  told = 0;

  constructor(
    private readonly values: Float64Array,
    private readonly stale: Uint8Array | undefined,
    private readonly tellsResets: boolean,
  ) {}

  select(_matchers: readonly Matcher[], start: number, end: number, hints?: SelectHints): SeriesColumns[] {
    const { values } = this;
    const timestamps = Float64Array.from(values, (_, i) => START + i * STEP);
    const inside = [...timestamps.keys()].filter((i) => (timestamps[i] ?? 0) > start && (timestamps[i] ?? 0) <= end);
    const from = inside[0] ?? 0;
    const to = from + inside.length;
    const stale = this.stale?.subarray(from, to).includes(1) ? this.stale : undefined;
    const columns = { labels: Labels.of({ __name__: 'c_total' }), timestamps, values, from, to };
    if (stale !== undefined) return [{ ...columns, stale }];
    if (!this.tellsResets || hints?.resets !== true) return [columns];
    this.told++;
    const resets = [...values.keys()].filter((i) => i > 0 && (values[i] ?? NaN) < (values[i - 1] ?? NaN));
    return [{ ...columns, resets }];
  }
}

const growth = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(-Infinity) },
  { weight: 1, arbitrary: fc.constant(NaN) },
);

/** A counter that starts anew at -Infinity and has no value at NaN. */
function counterOf(steps: readonly number[]): Float64Array {
  let total = 0;
  return Float64Array.from(steps, (by) => {
    if (Number.isNaN(by)) return NaN;
    return (total = by === -Infinity ? 0.1 : total + by);
  });
}

test('growth is the same to the last bit whether the store tells of resets or not', async () => {
  let told = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(growth, { minLength: 1, maxLength: 60 }),
      fc.option(fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 60, maxLength: 60 }), { nil: undefined }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 70 * STEP }),
      async (steps, marks, minutes, after) => {
        const values = counterOf(steps);
        const stale = marks && Uint8Array.from(marks.slice(0, values.length));
        const readers = [true, false].map((tells) => new OneSeriesReader(values, stale, tells));
        for (const func of ['rate', 'increase']) {
          for (const count of [1, 3, 12]) {
            const [with_, without] = await Promise.all(
              readers.map((reader) => {
                const expr = `${func}(c_total[${minutes}m])`;
                const start = START + after;
                const engine = new PromqlEngine(reader, new ManualClock());
                return count === 1
                  ? engine.instant(expr, start)
                  : engine.range(expr, start, start + count * STEP, STEP);
              }),
            );
            expect(with_?.value).toEqual(without?.value);
          }
        }
        told += readers[0]?.told ?? 0;
      },
    ),
    { numRuns: 30, seed: 20_261_128 },
  );
  expect(told).toBeGreaterThan(100);
});

/** A stopwatch on which every look takes long: work gives way as often as it can. */
class SlowClock extends ManualClock {
  private looks = 0;

  override elapsed(): number {
    return 10 * this.looks++;
  }
}

test('one series with many long windows gives way in between, and comes to the same', async () => {
  const values = Float64Array.from({ length: 2000 }, (_, i) => (i * 7919) % 1009);
  const query = (clock: ManualClock, stableColumns: boolean): ReturnType<PromqlEngine['range']> => {
    const reader: SelectingReader = {
      stableColumns,
      select: (...args) => new OneSeriesReader(values, undefined, false).select(...args),
    };
    const end = START + 2000 * STEP;
    return new PromqlEngine(reader, clock).range('quantile_over_time(0.5, c_total[50m])', START, end, 4 * STEP);
  };
  const turnsOf = async (work: Promise<unknown>): Promise<number> => {
    let [turns, running] = [0, true];
    void work.then(() => (running = false));
    while (running) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    return turns;
  };
  const slow = query(new SlowClock(), true);
  // 500 windows of 200 samples, some 4,096 at a time.
  expect(await turnsOf(slow)).toBeGreaterThan(20);
  // Columns that are good for one turn only are not kept for longer.
  const held = query(new SlowClock(), false);
  expect(await turnsOf(held)).toBeLessThan(20);
  expect((await slow).value).toEqual((await query(new ManualClock(), true)).value);
  expect((await held).value).toEqual((await slow).value);
});
