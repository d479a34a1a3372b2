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
  expect(Math.min(...ratios)).toBeGreaterThanOrEqual(0.95);
  expect(overflowed).toBeLessThan(100);
});
