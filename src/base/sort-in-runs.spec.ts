import { seededRandom } from './ids';
import { sortInRuns } from './sort-in-runs';

test.each([0, 1, 1023, 1024, 1025, 10_000])(
  '%d elements are sorted, equal ones as they were, with pauses',
  async (size) => {
    const random = seededRandom(7);
    const all = Array.from({ length: size }, (_, place) => ({ rank: Math.floor(random() * 100), place }));
    let pauses = 0;
    const sorted = await sortInRuns(
      all,
      (a, b) => a.rank - b.rank,
      () => {
        pauses++;
        return Promise.resolve();
      },
    );
    expect(sorted).toEqual(all.toSorted((a, b) => a.rank - b.rank || a.place - b.place));
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(size / 1024));
  },
);
