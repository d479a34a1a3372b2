import type { BenchDefinition, BenchOptions } from '../base/bench';
import { systemClock } from '../base/clock';
import { detectChangePoints } from './change-points/detect-change-points';
import { EnsembleDetector } from './detectors/ensemble';
import { ALARM_SCORE, RarityDetector } from './detectors/rarity';
import { forecast } from './forecast/forecast';
import { rarityFor } from './score';
import { generate } from './testing/generate';
import type { GeneratedShape } from './testing/generate';
import { labelledSeries } from './testing/labelled';
import { forecastShapes, shiftedShape, steadyShapes } from './testing/shapes';
import { PROFILES, windowScore } from './testing/window-score';

const MINUTE = 60_000;
const MINUTES_PER_WEEK = 10_080;

/** How often the statistics are right, over more generated series than a test may take, and what a point costs. */
export const bench: BenchDefinition = {
  name: 'anomaly',
  run(options) {
    return Promise.resolve({
      ...labelledEvents(options),
      ...falseAlarms(options),
      ...changePoints(options),
      ...forecasts(options),
    });
  },
};

/** The detector of lines at the shipped threshold, on series with known events. */
function labelledEvents({ full, out }: BenchOptions): Record<string, number> {
  const seeds = Array.from({ length: full ? 12 : 3 }, (_, at) => at + 1);
  const all = labelledSeries(seeds);
  const began = systemClock.elapsed();
  let points = 0;
  const judged = all.map((series) => {
    const detector = new RarityDetector();
    points += series.points.length;
    return { events: series.events, scores: series.points.map(({ t, value }) => detector.observe(t, value).score) };
  });
  const microseconds = ((systemClock.elapsed() - began) * 1000) / points;
  const [standard, fewFalse, fewMissed] = [PROFILES.standard, PROFILES.fewFalse, PROFILES.fewMissed].map((profile) =>
    windowScore(judged, ALARM_SCORE, profile),
  );
  const { told = 0, events = 0, falseAlarms: wrong = 0 } = standard ?? {};
  out(
    `events told ${told} of ${events}, false alarms ${wrong} in ${points} points, ${microseconds.toFixed(1)} µs a point`,
  );
  out(`score ${[standard, fewFalse, fewMissed].map((one) => (one?.score ?? 0).toFixed(1)).join(' / ')}`);
  return {
    scoreStandard: standard?.score ?? NaN,
    scoreFewFalse: fewFalse?.score ?? NaN,
    scoreFewMissed: fewMissed?.score ?? NaN,
    rarityMicrosecondsPerPoint: microseconds,
  };
}

const CALM: readonly Partial<GeneratedShape>[] = [
  { kind: 'normal' },
  { kind: 'heavy' },
  { kind: 'skewed' },
  { kind: 'spiky' },
  { phi: 0.6 },
  { phi: 0.9 },
  { cycle: 0.3 },
  { cycle: 0.3, phi: 0.6, kind: 'skewed' },
];

/** Alarms of the watch's detector on noise, against the number asked for: 1 is right. */
function falseAlarms({ full, out }: BenchOptions): Record<string, number> {
  const weeks = full ? 26 : 4;
  const asked = [0.5, 2, 10, 50];
  const found = asked.map(() => 0);
  const first = asked.map(() => 0);
  const began = systemClock.elapsed();
  for (const [index, shape] of CALM.entries()) {
    const detector = new EnsembleDetector();
    const points = (weeks + 1) * MINUTES_PER_WEEK;
    const series = generate({ points, seed: 10 + index, noise: 0.05, perDay: 1440, ...shape });
    const scores = series.map(({ t, value }) => detector.observe(t, value).score);
    asked.forEach((rate, at) => {
      const least = rarityFor(rate, MINUTE);
      first[at] = (first[at] ?? 0) + episodes(scores.slice(0, MINUTES_PER_WEEK), least);
      found[at] = (found[at] ?? 0) + episodes(scores.slice(MINUTES_PER_WEEK), least) / weeks;
    });
  }
  const points = CALM.length * (weeks + 1) * MINUTES_PER_WEEK;
  const microseconds = ((systemClock.elapsed() - began) * 1000) / points;
  const ratio = (counts: readonly number[], at: number): number =>
    (counts[at] ?? NaN) / CALM.length / (asked[at] ?? NaN);
  asked.forEach((rate, at) =>
    out(
      `${rate} false alarms a week asked for: ${ratio(found, at).toFixed(2)} times that; first week ${ratio(first, at).toFixed(2)}`,
    ),
  );
  return {
    ...Object.fromEntries(asked.map((rate, at) => [`falseAlarmsAt${rate}`, ratio(found, at)])),
    ensembleMicrosecondsPerPoint: microseconds,
  };
}

/** Runs of scores of at least `least` that are at most an hour apart. */
function episodes(scores: readonly number[], least: number): number {
  let count = 0;
  let last = -Infinity;
  scores.forEach((score, at) => {
    if (score < least) return;
    if (at - last > 60) count++;
    last = at;
  });
  return count;
}

function changePoints({ full, out }: BenchOptions): Record<string, number> {
  const rounds = Array.from({ length: full ? 10 : 2 }, (_, at) => at * 5000);
  const all = rounds.flatMap((seed) => steadyShapes().map((shape) => ({ ...shape, seed: shape.seed + seed })));
  const points = all.reduce((sum, shape) => sum + shape.points, 0);
  const wrong = all.reduce((sum, shape) => sum + detectChangePoints(generate(shape)).length, 0);
  const recallAt = (share: number): number => {
    const shifted = all.map((shape, turn) => shiftedShape(shape, share, turn));
    const hits = shifted.filter(({ shape, at }) =>
      detectChangePoints(generate(shape)).some(({ index }) => Math.abs(index - at) <= Math.max(5, shape.points * 0.03)),
    );
    return hits.length / shifted.length;
  };
  const figures = {
    falsePer100: (100 * wrong) / points,
    recallAt5Percent: recallAt(0.05),
    recallAt10Percent: recallAt(0.1),
  };
  const long = generate({ points: 1500, seed: 3, noise: 0.02, phi: 0.5, cycle: 0.2, perDay: 24 });
  const began = systemClock.elapsed();
  detectChangePoints(long);
  const milliseconds = systemClock.elapsed() - began;
  out(
    `change points: ${figures.falsePer100.toFixed(3)} false in 100 points, recall ${figures.recallAt5Percent.toFixed(3)} of 5 %, ` +
      `${figures.recallAt10Percent.toFixed(3)} of 10 %; 1,500 points in ${milliseconds.toFixed(0)} ms`,
  );
  return { ...figures, changePointsOf1500Milliseconds: milliseconds };
}

function forecasts({ full, out }: BenchOptions): Record<string, number> {
  const ahead = 24;
  let inside = 0;
  let all = 0;
  for (let round = 0; round < (full ? 10 : 2); round++)
    for (const shape of forecastShapes()) {
      const series = generate({ ...shape, seed: shape.seed + 1000 * round, points: shape.points + ahead });
      for (const [at, { lower, upper }] of forecast(series.slice(0, shape.points), ahead).entries()) {
        const value = series[shape.points + at]?.value ?? NaN;
        all++;
        if (value >= lower && value <= upper) inside++;
      }
    }
  out(`forecasts: ${((100 * inside) / all).toFixed(1)} % within intervals of 80 %`);
  return { coverageOf80Percent: inside / all };
}
