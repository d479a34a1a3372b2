import { generate } from '../testing/generate';
import { labelledSeries } from '../testing/labelled';
import { PROFILES, windowScore } from '../testing/window-score';
import { ALARM_SCORE, RarityDetector } from './rarity';

function scoresOf(points: readonly { t: number; value: number }[]): number[] {
  const detector = new RarityDetector();
  return points.map(({ t, value }) => detector.observe(t, value).score);
}

test('events of counters, sensors, processors and prices are told at the shipped threshold, with few false alarms', () => {
  const judged = labelledSeries([21])
    .filter(({ events }) => events.length > 0)
    .map(({ points, events }) => ({ events, scores: scoresOf(points) }));
  const standard = windowScore(judged, ALARM_SCORE);
  expect(standard.events).toBe(19);
  expect(standard.told).toBeGreaterThanOrEqual(17);
  expect(standard.falseAlarms).toBeLessThan(30);
  expect(standard.score).toBeGreaterThan(75);
  expect(windowScore(judged, ALARM_SCORE, PROFILES.fewMissed).score).toBeGreaterThan(80);
});

test('an event is one alarm, and only something clearly stranger is another soon after', () => {
  const series = generate({ points: 1200, seed: 5, noise: 0.02 }).map(({ t, value }, at) => ({
    t,
    value: value + (at >= 800 && at < 820 ? 30 : at === 850 ? 32 : at === 870 ? 300 : 0),
  }));
  const alarms = scoresOf(series).flatMap((score, at) => (score >= ALARM_SCORE && at >= 800 && at < 900 ? [at] : []));
  // That it ends is another one.
  expect(alarms).toEqual([800, 820, 870]);
});

test('a constant, and the first points of anything, are not strange', () => {
  const constant = Array.from({ length: 1000 }, (_, at) => ({ t: at * 60_000, value: 5 }));
  expect(Math.max(...scoresOf(constant))).toBeLessThan(ALARM_SCORE);
  expect(scoresOf(generate({ points: 140, seed: 1, noise: 0.5 })).every((score) => score === 0)).toBe(true);
});

describe('what alarms are worth', () => {
  const scores = (...at: number[]): number[] =>
    Array.from({ length: 1000 }, (_, index) => (at.includes(index) ? 5 : 0));

  test.each([
    { name: 'silence', at: [], want: 0 },
    { name: 'an alarm when the window begins', at: [450], want: 100 },
    { name: 'an alarm at the event', at: [500], want: 93 },
    { name: 'a false alarm long before', at: [200, 450], want: 94.5 },
    { name: 'what is not judged', at: [100], want: 0 },
  ])('$name', ({ at, want }) => {
    expect(windowScore([{ scores: scores(...at), events: [500] }], 4).score).toBeCloseTo(want, 0);
  });
});
