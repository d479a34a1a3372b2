import { ManualClock } from '../base/testing/manual-clock';
import { TurnBudget } from './turn-budget';

test('work that begins after the share of a turn waits for another', async () => {
  const clock = new ManualClock();
  const budget = new TurnBudget(clock, 4);
  const begun: number[] = [];
  const work = async (n: number): Promise<void> => {
    await budget.enter();
    begun.push(n);
  };
  await work(1);
  await clock.advance(0);
  const all = [work(2), work(3)];
  await Promise.all(all);
  expect(begun).toEqual([1, 2, 3]);
});
