import { seededRandom } from '../../../base/ids';
import { checkRandomFit } from './testing/check-fit';

test.each([11, 12, 13])(
  'what is sent obeys the pairing rules, fits, keeps the newest, and fills the budget (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const ratios: number[] = [];
    let overflowed = 0;
    for (let count = 0; count < 1_000; count++) {
      const { faults, keptRatio, overflowed: over } = await checkRandomFit(random);
      expect(faults).toEqual([]);
      if (keptRatio !== undefined) ratios.push(keptRatio);
      if (over) overflowed++;
    }
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(0.95);
    expect(overflowed).toBeLessThan(35);
  },
);

test.each([
  [310_694_216, 'a heading longer than the room that is left'],
  [1_081_180_288, 'a step of the cut and a note that together leave more than a twentieth'],
])('transcript %i fills the budget: %s', async (seed) => {
  const { faults, keptRatio } = await checkRandomFit(seededRandom(seed));
  expect(faults).toEqual([]);
  expect(keptRatio).toBeGreaterThanOrEqual(0.95);
});
