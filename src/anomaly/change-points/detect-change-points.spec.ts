import type { SeriesPoint } from '../series';
import { generate, normal, randomFrom } from '../testing/generate';
import { shiftedShape, steadyShapes } from '../testing/shapes';
import { detectChangePoints } from './detect-change-points';
import { detectChangePointsTogether } from './together';

/** Annual flow of the Nile at Aswan, 1871 to 1970; it fell in 1899 (Cobb 1978). */
const NILE =
  `1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150 1250
1260 1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 768 845 864
862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848 890 744 749 838
1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740`
    .split(/\s+/)
    .map(Number);

const HOUR = 3_600_000;
const hourly = (values: readonly number[]): SeriesPoint[] => values.map((value, at) => ({ t: at * HOUR, value }));
const places = (values: readonly number[]): number[] => detectChangePoints(hourly(values)).map((point) => point.index);

describe('change points', () => {
  const noise = randomFrom(11);
  const wave = (at: number, period: number): number => Math.sin((2 * Math.PI * at) / period);
  test.each<{ name: string; length: number; value: (at: number) => number; want: number[] }>([
    { name: 'a constant', length: 50, value: () => 7, want: [] },
    { name: 'a step without noise', length: 50, value: (at) => (at < 20 ? 1 : 2), want: [20] },
    { name: 'a ramp without noise', length: 120, value: (at) => 3 * at, want: [] },
    { name: 'a square wave of a day', length: 240, value: (at) => (at % 24 < 10 ? 1 : 2), want: [] },
    { name: 'a wave with noise', length: 240, value: (at) => 100 + 20 * wave(at, 24) + normal(noise), want: [] },
    { name: 'one wild point', length: 80, value: (at) => (at === 40 ? 90 : 10 + normal(noise)), want: [] },
    { name: 'too few points', length: 7, value: (at) => (at < 3 ? 0 : 9), want: [] },
  ])('$name', ({ length, value, want }) => {
    expect(places(Array.from({ length }, (_, at) => value(at)))).toEqual(want);
  });

  test('three levels are told with their figures', () => {
    const random = randomFrom(3);
    const found = detectChangePoints(
      hourly(Array.from({ length: 180 }, (_, at) => (at < 60 ? 10 : at < 120 ? 16 : 13) + normal(random))),
    );
    expect(found.map((point) => point.kind)).toEqual(['level', 'level']);
    expect(Math.abs((found[0]?.index ?? 0) - 60)).toBeLessThanOrEqual(2);
    expect(found[0]?.change).toBeCloseTo(6, 0);
    expect(found[0]?.relativeChange).toBeCloseTo(0.6, 1);
    expect(found[0]?.confidence).toBeGreaterThan(0.99);
    expect(found[0]?.t).toBe((found[0]?.index ?? 0) * HOUR);
  });

  test('a slope that changes is told in units per hour', () => {
    const random = randomFrom(5);
    const found = detectChangePoints(
      hourly(Array.from({ length: 140 }, (_, at) => at + 2 * Math.max(0, at - 70) + normal(random))),
    );
    expect(found.map((point) => point.kind)).toEqual(['slope']);
    expect(found[0]?.before).toBeCloseTo(1, 0);
    expect(found[0]?.after).toBeCloseTo(3, 0);
  });

  test('a spread that changes is told, and only it', () => {
    const found = detectChangePoints(generate({ points: 300, seed: 8, noise: 0.02, spread: { at: 150, times: 4 } }));
    expect(found.map((point) => point.kind)).toEqual(['spread']);
    expect(Math.abs((found[0]?.index ?? 0) - 150)).toBeLessThanOrEqual(8);
    expect((found[0]?.after ?? 0) / (found[0]?.before ?? 1)).toBeGreaterThan(2.5);
  });

  test('the Nile fell once', () => {
    expect(
      detectChangePoints(NILE.map((value, at) => ({ t: at * 8766 * HOUR, value }))).map((point) => point.index),
    ).toEqual([28]);
  });

  test('kinds and the least change are chosen', () => {
    const step = hourly(Array.from({ length: 60 }, (_, at) => (at < 30 ? 100 : 103) + (at % 3) * 0.1));
    expect(detectChangePoints(step)).toHaveLength(1);
    expect(detectChangePoints(step, { minRelativeChange: 0.05 })).toEqual([]);
    expect(detectChangePoints(step, { kinds: ['spread', 'slope'] })).toEqual([]);
  });

  test('points out of order, twice at a time or not finite do not disturb', () => {
    const random = randomFrom(2);
    const series = hourly(Array.from({ length: 60 }, (_, at) => (at < 30 ? 5 : 9) + 0.3 * normal(random)));
    const messy = [...series]
      .reverse()
      .flatMap((point, at) => (at % 7 === 0 ? [point, { t: point.t + 1, value: NaN }, point] : [point]));
    expect(detectChangePoints(messy)).toEqual(detectChangePoints(series));
  });
});

describe('change points of generated series', () => {
  test('without a change: at most 0.05 per 100 points', () => {
    const all = steadyShapes();
    const points = all.reduce((sum, shape) => sum + shape.points, 0);
    const found = all.reduce((sum, shape) => sum + detectChangePoints(generate(shape)).length, 0);
    expect(points).toBeGreaterThan(8_000);
    expect((100 * found) / points).toBeLessThanOrEqual(0.05);
  });

  test.each([
    { share: 0.05, least: 0.92 },
    { share: 0.1, least: 0.97 },
  ])('a change by $share is found in at least $least of them', ({ share, least }) => {
    const all = steadyShapes().map((shape, turn) => shiftedShape(shape, share, turn));
    const hits = all.filter(({ shape, at }) =>
      detectChangePoints(generate(shape)).some(({ index }) => Math.abs(index - at) <= Math.max(5, shape.points * 0.03)),
    );
    expect(all).toHaveLength(40);
    expect(hits.length / all.length).toBeGreaterThanOrEqual(least);
  });
});

describe('several series of one thing', () => {
  const random = randomFrom(9);
  const stepAt = (at: number): SeriesPoint[] =>
    hourly(Array.from({ length: 100 }, (_, index) => (index < at ? 3 : 8) + 0.5 * normal(random)));

  test('what happens in all of them at nearly the same time is told once, where it is surest', () => {
    const still = hourly(Array.from({ length: 100 }, () => normal(random)));
    const found = detectChangePointsTogether([still, stepAt(50), stepAt(52)]);
    expect(found).toHaveLength(1);
    expect(found[0]?.index).toBeGreaterThanOrEqual(49);
    expect(found[0]?.index).toBeLessThanOrEqual(53);
    expect([1, 2]).toContain(found[0]?.dimension);
  });

  test('what happens at different times is told in order', () => {
    const found = detectChangePointsTogether([stepAt(70), stepAt(30)]);
    expect(found.map(({ dimension }) => dimension)).toEqual([1, 0]);
  });

  test('nothing comes of none', () => {
    expect(detectChangePointsTogether([])).toEqual([]);
    expect(detectChangePointsTogether([[], []])).toEqual([]);
  });
});
