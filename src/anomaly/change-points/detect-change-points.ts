import type { EpochMillis, Millis } from '../../base/clock';
import { calendarPeriods, medianOf, orderly, usualStep } from '../series';
import type { SeriesPoint } from '../series';
import { chooseModel, cutGains } from './choose-model';
import type { SeasonChoice } from './choose-model';
import { drawIn, robustDeviation } from './clean';
import type { ModelInput, SegmentModel } from './segment-model';
import { repeatingPeriod } from './repeating-period';
import { LEAST_RATIO, SHORTEST_SPREAD, spreadAt, spreadModel, weightsOf } from './spread-model';

/** What changed at a change point. */
export type ChangeKind = 'level' | 'slope' | 'spread';

/** A place where a series became another one. */
export interface ChangePoint {
  /** First point of the new regime, counted among the finite points in order of time. */
  readonly index: number;
  readonly t: EpochMillis;
  readonly kind: ChangeKind;
  /** Level in the series' unit; slope in that unit per hour; spread (a standard deviation) in that unit. */
  readonly before: number;
  readonly after: number;
  /** `after - before`. */
  readonly change: number;
  /** `change` as a share of `|before|`; undefined where that is 0. */
  readonly relativeChange: number | undefined;
  /** `|change|` in standard deviations of the noise; of a slope, what it moves until the regime ends. */
  readonly effect: number;
  /** 0 to 1: that the series really changed near here, by the models compared. */
  readonly confidence: number;
}

/** How change points are looked for; every option has a default that fits any series. */
export interface ChangePointOptions {
  /** Kinds looked for; all. */
  readonly kinds?: readonly ChangeKind[];
  /** A period that repeats; `auto` tries a day, a week and what the series itself suggests. */
  readonly season?: Millis | 'auto' | 'none';
  /** False change points accepted per 100 points of a series that has none: 0.001 to 1; 0.02. */
  readonly falsePer100?: number;
  /** Changes of a level by a smaller share are left out: 0. */
  readonly minRelativeChange?: number;
}

const HOUR: Millis = 3_600_000;
const LEAST_POINTS = 8;
const SHORTEST = 5;
const SHORTEST_IN_SHORT = 3;
const SHORT_SERIES = 60;
/** A series of fewer different values tells nothing of how it is rounded. */
const FINELY_RESOLVED = 12;

/** Most places tried for a change; in a longer series they are tried on a grid first. */
const PLACES = 300;

/**
 * Where a series changed its level, its slope or its spread. Trends, daily and other cycles, autocorrelated noise and heavy
 * tails are explained first, and what they explain is no change.
 */
export function detectChangePoints(series: readonly SeriesPoint[], options: ChangePointOptions = {}): ChangePoint[] {
  const points = orderly(series);
  if (points.length < LEAST_POINTS) return [];
  const { raw, input, scale, centre, step } = inputOf(points, options);
  const origin = points[0]?.t ?? 0;
  const times = Float64Array.from(points, (point) => point.t - origin);
  const periods = periodsOf(points, input.values, step, options.season ?? 'auto');
  const seasons: SeasonChoice = { times, step: step || 1, periods };
  const kinds = options.kinds ?? ['level', 'slope', 'spread'];
  const units = { scale, centre, span: times[times.length - 1] ?? 1 };
  let model = chooseModel(raw, input, seasons);
  let spreads = spreadModel(raw, input, model, seasons);
  if (spreads !== undefined && spreads.cuts.length > 0) {
    // Levels are judged anew, each point by the noise of its own stretch.
    model = chooseModel(raw, { ...input, weights: weightsOf(spreads) }, seasons);
    spreads = spreadModel(raw, input, model, seasons);
  }
  const found = describe(points, model, units, options);
  if (spreads !== undefined) found.push(...describeSpreads(points, spreads, model, units));
  return found.filter(({ kind }) => kinds.includes(kind)).sort((one, other) => one.index - other.index);
}

interface Units {
  readonly scale: number;
  readonly centre: number;
  readonly span: Millis;
}

function inputOf(
  points: readonly SeriesPoint[],
  options: ChangePointOptions,
): { raw: Float64Array; input: ModelInput; scale: number; centre: number; step: Millis } {
  const raw = Float64Array.from(points, (point) => point.value);
  const centre = medianOf(raw);
  const scale = robustDeviation(raw.map((value) => value - centre)) || deviationOf(raw) || 1;
  const scaled = raw.map((value) => (value - centre) / scale);
  const first = points[0]?.t ?? 0;
  const span = (points[points.length - 1]?.t ?? 1) - first || 1;
  return {
    raw: scaled,
    centre,
    scale,
    step: usualStep(points),
    input: {
      values: drawIn(scaled),
      axis: Float64Array.from(points, (point) => (point.t - first) / span),
      weights: new Float64Array(points.length).fill(1),
      floor: roundingVariance(raw) / (scale * scale) + 1e-6,
      strictness: strictnessOf(options.falsePer100 ?? 0.02),
      shortest: points.length < SHORT_SERIES ? SHORTEST_IN_SHORT : SHORTEST,
      driftPrice: 0,
      lines: true,
      places: PLACES,
    },
  };
}

/** Found on generated series without changes: what a change point must cost so that so many are false. */
function strictnessOf(falsePer100: number): number {
  return Math.max(0.5, 2 - Math.log10(Math.max(1e-3, falsePer100) / 0.02));
}

/** Variance that rounding to the smallest step between two values gives. */
function roundingVariance(values: Float64Array): number {
  const sorted = values.slice().sort();
  if (new Set(sorted).size < FINELY_RESOLVED) return 0;
  let least = Infinity;
  for (let at = 1; at < sorted.length; at++) {
    const gap = (sorted[at] ?? 0) - (sorted[at - 1] ?? 0);
    if (gap > 0 && gap < least) least = gap;
  }
  return Number.isFinite(least) ? (least * least) / 12 : 0;
}

function deviationOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function periodsOf(
  points: readonly SeriesPoint[],
  values: Float64Array,
  step: Millis,
  season: Millis | 'auto' | 'none',
): Millis[] {
  if (season === 'none' || step <= 0) return [];
  if (season !== 'auto') return [season];
  const periods = calendarPeriods(points, step);
  const own = repeatingPeriod(values);
  if (own !== undefined && !periods.some((period) => Math.abs(period / step - own) < 1.5)) periods.push(own * step);
  return periods;
}

function describe(
  points: readonly SeriesPoint[],
  model: SegmentModel,
  { scale, centre, span }: Units,
  options: ChangePointOptions,
): ChangePoint[] {
  const { cuts, cost, variance, spec } = model;
  const gains = cutGains(model);
  const noise = Math.sqrt(variance / (1 - spec.phi * spec.phi)) * scale;
  const found: ChangePoint[] = [];
  cuts.forEach((cut, index) => {
    const point = points[cut];
    if (point === undefined) return;
    const before = cost.fit(cuts[index - 1] ?? 0, cut);
    const after = cost.fit(cut, cuts[index + 1] ?? cost.length);
    const at = cost.axisAt(cut);
    const shared = centre + (model.offset[cut] ?? 0) * scale;
    const levelBefore = shared + (before.level + before.slope * at) * scale;
    const levelAfter = shared + (after.level + after.slope * at) * scale;
    const jump = Math.abs(levelAfter - levelBefore);
    const end = cost.axisAt((cuts[index + 1] ?? cost.length) - 1);
    const bend = Math.abs(after.slope - before.slope) * (end - at) * scale;
    const confidence = confidenceOf(gains[index] ?? 0, cost.length);
    const perHour = (scale / span) * HOUR;
    const kind: ChangeKind = spec.shape === 'line' && bend > jump ? 'slope' : 'level';
    const figures =
      kind === 'slope'
        ? changeOf(before.slope * perHour, after.slope * perHour, bend / noise)
        : changeOf(levelBefore, levelAfter, jump / noise);
    found.push({ index: cut, t: point.t, kind, ...figures, confidence });
  });
  const least = options.minRelativeChange ?? 0;
  return found.filter(
    ({ kind, relativeChange }) => kind !== 'level' || relativeChange === undefined || Math.abs(relativeChange) >= least,
  );
}

/** Spreads change where the levels do not: a spread beside a change of level is part of it. */
function describeSpreads(
  points: readonly SeriesPoint[],
  spreads: SegmentModel,
  model: SegmentModel,
  { scale }: Units,
): ChangePoint[] {
  const gains = cutGains(spreads);
  const found: ChangePoint[] = [];
  spreads.cuts.forEach((cut, index) => {
    const point = points[cut];
    if (point === undefined || model.cuts.some((other) => Math.abs(other - cut) < SHORTEST_SPREAD)) return;
    const before = spreadAt(spreads, cut - 1) * scale;
    const after = spreadAt(spreads, cut) * scale;
    const effect = Math.abs(after - before) / Math.min(before, after);
    if (effect < LEAST_RATIO - 1) return;
    const confidence = confidenceOf(gains[index] ?? 0, points.length);
    found.push({ index: cut, t: point.t, kind: 'spread', ...changeOf(before, after, effect), confidence });
  });
  return found;
}

function changeOf(
  before: number,
  after: number,
  effect: number,
): Pick<ChangePoint, 'before' | 'after' | 'change' | 'relativeChange' | 'effect'> {
  const change = after - before;
  const relativeChange = before === 0 ? undefined : change / Math.abs(before);
  return { before, after, change, relativeChange, effect };
}

/** From the gain at the best of many places: the chance that noise alone gives less. */
function confidenceOf(gain: number, places: number): number {
  return Math.max(0, 1 - Math.min(1, places * Math.exp(-gain / 2)));
}
