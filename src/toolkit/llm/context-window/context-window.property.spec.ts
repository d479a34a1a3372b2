import { seededRandom } from '../../../base/ids';
import { checkRandomFit } from './testing/check-fit';

test('what is sent obeys the pairing rules, fits, keeps the newest, and fills the budget', async () => {
  const random = seededRandom(11);
  const ratios: number[] = [];
  let overflowed = 0;
  for (let count = 0; count < 3_000; count++) {
    const { faults, keptRatio, overflowed: over } = await checkRandomFit(random);
    expect(faults).toEqual([]);
    if (keptRatio !== undefined) ratios.push(keptRatio);
    if (over) overflowed++;
  }
  // Below 0.95 are only those whose left-out text is in the note whole.
  expect(ratios.filter((ratio) => ratio < 0.95).length / ratios.length).toBeLessThan(0.005);
  expect(Math.min(...ratios)).toBeGreaterThan(0.85);
  expect(overflowed).toBeLessThan(100);
});
