import { NOISES, generate, randomFrom } from './generate';

test.each(Object.entries(NOISES))('%s noise has about mean 0 and, but for heavy tails, deviation 1', (_name, draw) => {
  const random = randomFrom(1);
  const values = Array.from({ length: 20_000 }, () => draw(random));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.05);
  expect(deviation).toBeGreaterThan(0.75);
  expect(deviation).toBeLessThan(1.35);
});

test('the same seed gives the same series, another another', () => {
  const shape = { points: 50, noise: 0.1 };
  expect(generate({ ...shape, seed: 1 })).toEqual(generate({ ...shape, seed: 1 }));
  expect(generate({ ...shape, seed: 1 })).not.toEqual(generate({ ...shape, seed: 2 }));
});
