import { normalQuantile } from '../normal';
import { generate, normal, randomFrom } from '../testing/generate';
import { forecastShapes } from '../testing/shapes';
import { forecastExhaustion } from './exhaustion';
import { forecast } from './forecast';

const HOUR = 3_600_000;
const hourly = (length: number, value: (at: number) => number): { t: number; value: number }[] =>
  Array.from({ length }, (_, at) => ({ t: at * HOUR, value: value(at) }));

describe('forecast', () => {
  test('a constant goes on exactly', () => {
    for (const point of forecast(
      hourly(30, () => 5),
      10,
    )) {
      expect(point.mean).toBeCloseTo(5, 9);
      expect(point.upper - point.lower).toBeLessThan(1e-6);
    }
  });

  test('a constant growth goes on exactly', () => {
    const ahead = forecast(
      hourly(30, (at) => 2 * at),
      5,
    );
    expect(ahead.map((point) => point.t / HOUR)).toEqual([30, 31, 32, 33, 34]);
    ahead.forEach((point, at) => expect(point.mean).toBeCloseTo(2 * (30 + at), 6));
  });

  test.each([
    { name: 'a wave', value: (hour: number) => 100 + 40 * Math.sin((2 * Math.PI * hour) / 24) },
    { name: 'office hours', value: (hour: number) => (hour >= 9 && hour < 18 ? 120 : 40) },
  ])('a daily cycle is within 10 % after two cycles: $name', ({ value }) => {
    const random = randomFrom(4);
    const ahead = forecast(
      hourly(48, (at) => value(at % 24) * (1 + 0.01 * normal(random))),
      24,
    );
    expect(ahead).toHaveLength(24);
    for (const point of ahead) expect(Math.abs(point.mean / value((point.t / HOUR) % 24) - 1)).toBeLessThan(0.1);
  });

  test('gaps are passed over, wild points hardly matter, bounds hold', () => {
    const random = randomFrom(6);
    const series = hourly(96, (at) => (at === 50 ? 900 : 1 + normal(random))).filter((_, at) => at % 11 !== 3);
    const ahead = forecast(series, 12, { least: 0 });
    expect(ahead).toHaveLength(12);
    for (const point of ahead) {
      expect(point.mean).toBeGreaterThan(0);
      expect(point.mean).toBeLessThan(4);
      expect(point.lower).toBeGreaterThanOrEqual(0);
    }
  });

  test('nothing comes of too little', () => {
    expect(
      forecast(
        hourly(3, () => 1),
        5,
      ),
    ).toEqual([]);
    expect(
      forecast(
        hourly(30, () => 1),
        0,
      ),
    ).toEqual([]);
  });

  test('intervals of 80 % hold 75 to 85 % of what comes', () => {
    let inside = 0;
    let all = 0;
    for (const shape of forecastShapes()) {
      const series = generate({ ...shape, points: shape.points + 24 });
      const ahead = forecast(series.slice(0, shape.points), 24);
      ahead.forEach(({ lower, upper }, at) => {
        const value = series[shape.points + at]?.value ?? NaN;
        all++;
        if (value >= lower && value <= upper) inside++;
      });
    }
    expect(all).toBe(60 * 24);
    expect(inside / all).toBeGreaterThanOrEqual(0.75);
    expect(inside / all).toBeLessThanOrEqual(0.85);
  });

  test('the quantile of the normal distribution', () => {
    expect(normalQuantile(0.9)).toBeCloseTo(1.2816, 3);
    expect(normalQuantile(0.025)).toBeCloseTo(-1.96, 3);
  });
});

describe('exhaustion of a budget', () => {
  test('at a constant rate it is exact', () => {
    const end = forecastExhaustion(
      hourly(20, () => 5),
      52,
    );
    expect(end.expected).toBeCloseTo((19 + 52 / 5) * HOUR, 0);
    expect(end.earliest).toBeCloseTo(end.expected ?? 0, 0);
  });

  test('the interval holds the expected end, and widens with the noise', () => {
    const widthAt = (noise: number): number => {
      const end = forecastExhaustion(generate({ points: 96, seed: 3, noise, perDay: 24 }), 3000);
      expect(end.earliest ?? NaN).toBeLessThan(end.expected ?? NaN);
      expect(end.expected ?? NaN).toBeLessThan(end.latest ?? NaN);
      return (end.latest ?? NaN) - (end.earliest ?? NaN);
    };
    expect(widthAt(0.2)).toBeGreaterThan(2 * widthAt(0.02));
  });

  test('intervals of 80 % hold the end in 70 to 95 % of the series', () => {
    const seeds = Array.from({ length: 60 }, (_, at) => at + 1);
    const inside = seeds.filter((seed) => {
      const cycle = seed % 2 === 0 ? 0.3 : 0;
      const series = generate({ points: 140, seed, noise: 0.3, phi: (seed % 3) * 0.3, cycle, perDay: 24 });
      const { earliest = Infinity, latest = Infinity } = forecastExhaustion(series.slice(0, 96), 2000);
      let left = 2000;
      const truth = series.slice(96).find((point) => (left -= point.value) <= 0);
      // The step in which it ends counts as a whole.
      return truth !== undefined && truth.t >= earliest && truth.t - HOUR <= latest;
    });
    expect(inside.length / seeds.length).toBeGreaterThanOrEqual(0.7);
    expect(inside.length / seeds.length).toBeLessThanOrEqual(0.95);
  });

  test('what is spent is spent; what never ends has no end', () => {
    expect(
      forecastExhaustion(
        hourly(20, () => 5),
        0,
      ).expected,
    ).toBe(19 * HOUR);
    expect(
      forecastExhaustion(
        hourly(20, () => 0),
        10,
      ),
    ).toEqual({ expected: undefined, earliest: undefined, latest: undefined });
  });
});
