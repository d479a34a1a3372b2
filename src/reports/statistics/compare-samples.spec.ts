import { Draws } from '../testing/randomness';
import { compareSamples } from './compare-samples';
import type { Measured } from './compare-samples';

const ALPHA = 0.001;
const MINUTE = 60_000;

interface Course {
  readonly size: number;
  readonly shift: number;
  /** How much of a value's noise stays in the next. */
  readonly memory: number;
  /** Of the logarithm, without the tail. */
  readonly noise: number;
  /** Over both samples together. */
  readonly trend: number;
  readonly cycle: number;
}

/** Two samples that follow each other: log-normal with memory, one value in thirty up to ten times too large. */
function play(seed: number, { size, shift, memory, noise, trend, cycle }: Course): [Measured[], Measured[]] {
  const draws = new Draws(seed, 'samples');
  let state = draws.normal();
  const all = Array.from({ length: 2 * size }, (_, index) => {
    state = memory * state + Math.sqrt(1 - memory * memory) * draws.normal();
    const tail = draws.chance(1 / 30) ? draws.uniform() * Math.log(10) : 0;
    const t = index * 5 * MINUTE;
    const daily = cycle * Math.sin((2 * Math.PI * t) / 86_400_000);
    const level = (trend * index) / (2 * size) + (index >= size ? Math.log1p(shift) : 0);
    return { t, value: 200 * Math.exp(noise * state + tail + daily + level) };
  });
  return [all.slice(0, size), all.slice(size)];
}

function verdicts(count: number, course: Course): number {
  let found = 0;
  for (let seed = 1; seed <= count; seed++) {
    const [before, after] = play(seed, course);
    const difference = compareSamples(before, after, { scale: 'ratio', alpha: ALPHA, consecutive: true });
    if (difference !== undefined && difference.p < ALPHA && Math.abs(difference.effect) >= 0.02) found++;
  }
  return found;
}

const QUIET: Course = { size: 1200, shift: 0, memory: 0.3, noise: 0.12, trend: 0, cycle: 0.2 };

test.each([
  { name: 'noise alone', course: QUIET },
  { name: 'strong memory', course: { ...QUIET, memory: 0.7 } },
  { name: 'a steady trend', course: { ...QUIET, trend: 0.15 } },
  { name: 'few and wild', course: { ...QUIET, size: 150, noise: 0.4, cycle: 0 } },
])('$name gives no verdict', ({ course }) => {
  const count = verdicts(80, course);
  expect(count).toBeLessThanOrEqual(1);
});

test.each([
  { name: '5 %', shift: 0.05, least: 0.92 },
  { name: '10 %', shift: 0.1, least: 0.97 },
  { name: '5 % less', shift: -0.05, least: 0.92 },
])('a shift of $name is found in 1,200 measurements a side', ({ shift, least }) => {
  const n = verdicts(50, { ...QUIET, shift });
  expect(n / 50).toBeGreaterThanOrEqual(least);
});

test('the effect and its interval tell the shift', () => {
  const [before, after] = play(7, { ...QUIET, shift: 0.1 });
  const difference = compareSamples(before, after, { scale: 'ratio', alpha: 0.05, consecutive: true });
  expect(difference?.low).toBeLessThan(0.1);
  expect(difference?.high).toBeGreaterThan(0.1);
  expect(Math.abs((difference?.effect ?? 0) - 0.1)).toBeLessThan(0.03);
});

test('too few measurements give no difference at all', () => {
  const few = Array.from({ length: 19 }, (_, t) => ({ t, value: 1 }));
  expect(compareSamples(few, few, { scale: 'ratio', alpha: ALPHA, consecutive: false })).toBeUndefined();
});
