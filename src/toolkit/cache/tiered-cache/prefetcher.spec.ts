import { seededRandom } from '../../../base/ids';
import { Prefetcher } from './prefetcher';

/** Feeds keys, and gives how many predictions were to be acted on. */
function feed(prefetcher: Prefetcher, steps: number, keyAt: (step: number) => string): number {
  let predicted = 0;
  for (let step = 0; step < steps; step++) if (prefetcher.onAccess(keyAt(step)) !== undefined) predicted++;
  return predicted;
}

test('predictions are acted on only after they came true for a while, and no longer when they stop to', () => {
  const prefetcher = new Prefetcher();
  expect(feed(prefetcher, 70, (step) => `k${step % 20}`)).toBe(0);
  expect(feed(prefetcher, 200, (step) => `k${(step + 70) % 20}`)).toBeGreaterThan(150);
  expect(prefetcher).toMatchObject({ pays: true, precision: 1 });
  // The same keys, but what follows comes too late.
  feed(prefetcher, 12_000, (step) => (step % 30 === 0 ? `k${(step / 30) % 20}` : `n${step}`));
  expect(prefetcher.pays).toBe(false);
  expect(prefetcher.precision).toBeLessThan(0.5);
  expect(feed(prefetcher, 300, (step) => (step % 30 === 0 ? `k${(step / 30) % 20}` : `m${step}`))).toBe(0);
});

test.each([1, 0.8, 0.3])('precision is measured: where a part of %p of what follows is regular', (regular) => {
  const random = seededRandom(3);
  const prefetcher = new Prefetcher();
  let at = 0;
  feed(prefetcher, 30_000, () => `k${(at = random() < regular ? (at + 1) % 1_000 : Math.floor(random() * 1_000))}`);
  // A prediction made twice within twenty accesses counts once, and chance makes a few come true.
  expect(prefetcher.precision).toBeGreaterThan(regular - 0.1);
  expect(prefetcher.precision).toBeLessThan(regular + 0.15);
  expect(prefetcher.pays).toBe(regular > 0.5);
});
