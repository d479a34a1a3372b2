import type { EpochMillis, Millis } from '../../base/clock';
import { orderly, usualStep } from '../series';
import type { SeriesPoint } from '../series';
import { fitForecast } from './forecast';
import { spreadOf } from './surprise-spread';

/** When a budget is used up. An instant is undefined when that is not before the end of what was looked at. */
export interface Exhaustion {
  readonly expected: EpochMillis | undefined;
  /** With the probability asked for it is used up between these. */
  readonly earliest: EpochMillis | undefined;
  readonly latest: EpochMillis | undefined;
}

/** How a budget's end is looked for. */
export interface ExhaustionOptions {
  /** Probability that the end lies within the interval, above 0 and below 1: 0.8. */
  readonly coverage?: number;
  /** A period that repeats; `auto` tries a day, a week and what the series itself suggests. */
  readonly season?: Millis | 'auto' | 'none';
  /** How far ahead: 90 days, and at most 5,000 steps of the series. */
  readonly within?: Millis;
}

const DAY: Millis = 86_400_000;
const MOST_STEPS = 5000;
const LEAST_POINTS = 4;
/** Sums of surprises are nearly normal whatever the surprises are: their spread is taken from so few of them. */
const FEW_STEPS = 12;

/**
 * When `left` is used up, if it is spent on as in `spend`: the amount of each step, at the step's end. Instants are between
 * the steps, as if each amount were spent evenly.
 */
export function forecastExhaustion(
  spend: readonly SeriesPoint[],
  left: number,
  options: ExhaustionOptions = {},
): Exhaustion {
  const points = orderly(spend);
  const step = usualStep(points);
  const last = points[points.length - 1];
  const nothing: Exhaustion = { expected: undefined, earliest: undefined, latest: undefined };
  if (points.length < LEAST_POINTS || last === undefined || step <= 0) return nothing;
  if (left <= 0) return { expected: last.t, earliest: last.t, latest: last.t };
  const model = fitForecast(points, step, options.season ?? 'auto');
  const coverage = options.coverage ?? 0.8;
  const shape = spreadOf(model.surprises, coverage);
  const round = spreadOf(new Float64Array(points.length), coverage);
  const steps = Math.min(MOST_STEPS, Math.ceil((options.within ?? 90 * DAY) / step));
  const spent = { mean: 0, lower: 0, upper: 0 };
  const found: { -readonly [name in keyof Exhaustion]: Exhaustion[name] } = { ...nothing };
  const instants: EpochMillis[] = [];
  let echoed = 0;
  let squares = 0;
  for (let h = 1; h <= steps && found.latest === undefined; h++) {
    const t = last.t + h * step;
    instants.push(t);
    // A surprise i steps before the end has echoed i times by then: the sum of its echoes counts.
    echoed += model.echo(h - 1);
    squares += echoed * echoed;
    const deviation = Math.sqrt(model.sigma ** 2 * squares + model.parameterVariance(instants));
    const bell = Math.min(1, h / FEW_STEPS);
    const mean = spent.mean + Math.max(0, model.meanAt(h, t));
    const next = {
      mean,
      lower: Math.max(spent.lower, mean + deviation * (bell * round.lower + (1 - bell) * shape.lower)),
      upper: Math.max(spent.upper, mean + deviation * (bell * round.upper + (1 - bell) * shape.upper)),
    };
    found.expected ??= crossing(spent.mean, next.mean, left, t, step);
    found.earliest ??= crossing(spent.upper, next.upper, left, t, step);
    found.latest ??= crossing(spent.lower, next.lower, left, t, step);
    Object.assign(spent, next);
  }
  return found;
}

function crossing(before: number, after: number, left: number, t: EpochMillis, step: Millis): EpochMillis | undefined {
  return after >= left ? t - (step * (after - left)) / (after - before || 1) : undefined;
}
