import { generate } from '../testing/generate';
import type { GeneratedShape } from '../testing/generate';
import { deviationsOf, rarityFor } from '../score';
import { EnsembleDetector } from './ensemble';

const PER_DAY = 1440;

function scores(shape: GeneratedShape): { score: number; reason: string }[] {
  const detector = new EnsembleDetector();
  return generate(shape).map((point) => detector.observe(point.t, point.value));
}

/** Events: scores of at least `least` that are at most an hour apart are one. */
function events(all: readonly { score: number }[], least: number, from = 0): number {
  let count = 0;
  let last = -Infinity;
  all.forEach(({ score }, at) => {
    if (at < from || score < least) return;
    if (at - last > 60) count++;
    last = at;
  });
  return count;
}

describe('ensemble of detectors', () => {
  const calm = [
    { name: 'normal noise', shape: { kind: 'normal' } },
    { name: 'heavy tails', shape: { kind: 'heavy' } },
    { name: 'autocorrelated noise', shape: { phi: 0.6 } },
    { name: 'a daily cycle', shape: { cycle: 0.3 } },
  ] as const;

  test('as many false alarms as were asked for, whatever the noise', () => {
    // Over two weeks after one of learning.
    const all = calm.map(({ shape }) =>
      scores({ points: 21 * PER_DAY, seed: 7, noise: 0.05, perDay: PER_DAY, ...shape }),
    );
    const perWeek = (asked: number): number[] =>
      all.map((one) => events(one, rarityFor(asked, 60_000), 7 * PER_DAY) / 2);
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
    for (const asked of [2, 10]) {
      const found = sum(perWeek(asked)) / calm.length;
      expect(found).toBeGreaterThan(asked / 2);
      expect(found).toBeLessThan(asked * 2);
    }
    for (const found of perWeek(10)) {
      expect(found).toBeGreaterThan(1);
      expect(found).toBeLessThanOrEqual(22.5);
    }
  });

  test.each([
    { name: 'a level shift', shape: { shifts: [{ at: 3000, share: 0.15 }] }, reasons: ['value', 'level shift'] },
    { name: 'a small level shift', shape: { shifts: [{ at: 3000, share: 0.1 }] }, reasons: ['value', 'level shift'] },
    { name: 'a spread that grows', shape: { spread: { at: 3000, times: 3 } }, reasons: ['value', 'spread change'] },
    { name: 'noise that stops', shape: { spread: { at: 3000, times: 0.1 } }, reasons: ['spread change'] },
  ])('$name is told within the hour', ({ shape, reasons }) => {
    const after = scores({ points: 3060, seed: 2, noise: 0.05, perDay: PER_DAY, ...shape }).slice(3000);
    const told = after.filter(({ score }) => score >= rarityFor(1, 60_000));
    expect(told.length).toBeGreaterThan(0);
    expect(reasons).toContain(told[0]?.reason);
  });

  test('nothing is told while it warms up, nor of a constant', () => {
    expect(scores({ points: 150, seed: 3, noise: 0.05 }).every(({ score }) => score === 0)).toBe(true);
    const detector = new EnsembleDetector();
    const all = Array.from({ length: 1000 }, (_, at) => detector.observe(at * 60_000, 5).score);
    expect(Math.max(...all)).toBeLessThan(1);
  });

  test('a gap and irregular steps are no events', () => {
    const detector = new EnsembleDetector();
    const series = generate({ points: 3000, seed: 4, noise: 0.05, perDay: PER_DAY }).filter(
      (_, at) => at % 7 !== 3 && (at < 2000 || at > 2400),
    );
    const all = series.map((point, at) => detector.observe(point.t + (at % 2) * 20_000, point.value));
    expect(events(all, rarityFor(0.5, 60_000))).toBeLessThanOrEqual(1);
  });
});

describe('scores', () => {
  test('rarity as a distance in standard deviations', () => {
    expect(deviationsOf(0)).toBe(0);
    expect(deviationsOf(-Math.log10(0.05))).toBeCloseTo(1.96, 2);
    expect(deviationsOf(-Math.log10(2.7e-3))).toBeCloseTo(3, 2);
    expect(deviationsOf(99)).toBeGreaterThan(20);
  });

  test('one false alarm a week at a point a minute', () => {
    expect(rarityFor(1, 60_000)).toBeCloseTo(4.0, 1);
    expect(rarityFor(1000, 3_600_000)).toBe(1);
  });
});
