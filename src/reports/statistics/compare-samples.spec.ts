import { judgeSamples, playSamples, QUIET_COURSE } from '../testing/sample-courses';
import type { SampleCourse } from '../testing/sample-courses';
import { compareSamples } from './compare-samples';

const ALPHA = 0.01;

function verdicts(count: number, course: SampleCourse): number {
  return Array.from({ length: count }, (_, seed) => judgeSamples(seed + 1, course, ALPHA)).filter(
    ({ verdict }) => verdict,
  ).length;
}

test.each([
  { name: 'noise alone', course: QUIET_COURSE },
  { name: 'strong memory', course: { ...QUIET_COURSE, memory: 0.7 } },
  { name: 'a steady trend', course: { ...QUIET_COURSE, trend: 0.15 } },
  { name: 'few and wild', course: { ...QUIET_COURSE, size: 150, noise: 0.4, cycle: 0 } },
])('$name gives no verdict', ({ course }) => {
  const all = Array.from({ length: 80 }, (_, seed) => judgeSamples(seed + 1, course, ALPHA));
  const wrong = all.filter(({ verdict }) => verdict);
  expect(wrong.filter(({ difference }) => (difference?.p ?? 1) < ALPHA / 10).length).toBeLessThanOrEqual(1);
  // Per 100 measurements.
  expect((100 * wrong.length) / (all.length * 2 * course.size)).toBeLessThanOrEqual(0.05);
});

test.each([
  { name: '5 %', shift: 0.05, least: 0.92 },
  { name: '10 %', shift: 0.1, least: 0.97 },
  { name: '5 % less', shift: -0.05, least: 0.92 },
])('a shift of $name is found in 1,200 measurements a side', ({ shift, least }) => {
  expect(verdicts(50, { ...QUIET_COURSE, shift }) / 50).toBeGreaterThanOrEqual(least);
});

test('the effect and its interval tell the shift', () => {
  const [before, after] = playSamples(7, { ...QUIET_COURSE, shift: 0.1 });
  const difference = compareSamples(before, after, { scale: 'ratio', alpha: 0.05, consecutive: true });
  expect(difference?.low).toBeLessThan(0.1);
  expect(difference?.high).toBeGreaterThan(0.1);
  expect(Math.abs((difference?.effect ?? 0) - 0.1)).toBeLessThan(0.03);
});

test('too few measurements give no difference at all', () => {
  const few = Array.from({ length: 19 }, (_, t) => ({ t, value: 1 }));
  expect(compareSamples(few, few, { scale: 'ratio', alpha: ALPHA, consecutive: false })).toBeUndefined();
});
