import { seededRandom } from '../../base/ids';
import { PeriodicDemand } from './demand-forecast';

/** Feeds peaks, and gives the slots before which a rise was foretold, and acted on. */
function feed(forecast: PeriodicDemand, slots: number, peakAt: (slot: number) => number): number[] {
  const warned: number[] = [];
  for (let slot = 0; slot < slots; slot++) {
    forecast.observe(peakAt(slot));
    if (forecast.expected !== undefined) warned.push(slot);
  }
  return warned;
}

test('bursts that repeat are foretold, after they were for a while', () => {
  const forecast = new PeriodicDemand();
  const warned = feed(forecast, 600, (slot) => (slot % 60 === 30 ? 8 : 1));
  expect(forecast).toMatchObject({ pays: true, precision: 1 });
  // The period shows in the third or fourth burst, three more are the trial.
  const [first = 0] = warned;
  expect(first).toBeGreaterThan(5 * 60);
  expect(first).toBeLessThan(8 * 60);
  expect(warned.every((slot) => [28, 29].includes(slot % 60))).toBe(true);
});

test.each([
  ['no change', () => 5],
  [
    'noise',
    (
      (random) => () =>
        Math.floor(random() * 10)
    )(seededRandom(5)),
  ],
  ['bursts at random', ((random) => () => (random() < 0.03 ? 9 : 1))(seededRandom(6))],
  ['growth', (slot: number) => Math.floor(slot / 50)],
])('%s: nothing is acted on', (_name, peakAt) => {
  const warned = feed(new PeriodicDemand(), 1_500, peakAt);
  expect(warned.length).toBeLessThanOrEqual(30);
});

test('predictions are off when bursts cease to come', () => {
  const forecast = new PeriodicDemand();
  const random = seededRandom(7);
  feed(forecast, 700, (slot) => (slot % 50 === 0 ? 9 : 1));
  expect(forecast.pays).toBe(true);
  feed(forecast, 2_000, () => (random() < 0.02 ? 9 : 1));
  expect(forecast.pays).toBe(false);
});

test('precision is measured: where some of the bursts stay away', () => {
  const forecast = new PeriodicDemand();
  const random = seededRandom(8);
  feed(forecast, 4_000, (slot) => (slot % 40 === 0 && random() < 0.75 ? 9 : 1));
  expect(forecast.precision).toBeGreaterThan(0.6);
  expect(forecast.precision).toBeLessThan(0.9);
});
