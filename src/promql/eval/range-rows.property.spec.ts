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
    { numRuns: 50, seed: 20_261_128 },
  );
  expect(told).toBeGreaterThan(100);
});
