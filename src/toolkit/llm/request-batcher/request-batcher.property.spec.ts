import fc from 'fast-check';
import { allocateTokens } from './allocate-tokens';
import { playRandomSchedule } from './testing/random-schedule';

test('nobody is lost or answered twice, whatever fails', async () => {
  for (let seed = 1; seed <= 3_000; seed++) {
    const { faults } = await playRandomSchedule(seed);
    if (faults > 0) throw new Error(`schedule ${seed} has ${faults} faults`);
  }
});

test('a shared budget is spent, not exceeded, and max-min fair', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 20 }), fc.nat(3_000), (wishes, budget) => {
      const granted = allocateTokens(wishes, budget);
      const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
      expect(sum(granted)).toBe(Math.min(budget, sum(wishes)));
      const short = granted.filter((grant, index) => grant < (wishes[index] ?? 0));
      if (short.length > 0) expect(Math.max(...granted)).toBeLessThanOrEqual(Math.min(...short) + 1);
    }),
    { seed: 1 },
  );
});
