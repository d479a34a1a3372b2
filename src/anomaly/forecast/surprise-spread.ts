import { normalQuantile } from '../normal';

/** How far an interval reaches on each side, in standard deviations; `lower` is negative. */
export interface Spread {
  readonly lower: number;
  readonly upper: number;
}

/** So many surprises count as much as the assumption that they are normal. */
const PRIOR_POINTS = 25;
/** What choosing the best of several models makes its surprises look smaller by; found on generated series. */
const CHOSEN = 1.06;

/** From the surprises of a model: their own quantiles, as far as there are enough of them; else those of Student's t. */
export function spreadOf(surprises: Float64Array, coverage: number): Spread {
  const n = surprises.length;
  const tail = (1 - coverage) / 2;
  const assumed = CHOSEN * normalQuantile(1 - tail) * (1 + 0.6 / Math.max(2, n - 2));
  const deviation = Math.sqrt(surprises.reduce((sum, value) => sum + value * value, 0) / Math.max(1, n));
  if (!(deviation > 0)) return { lower: -assumed, upper: assumed };
  const sorted = surprises.map((value) => value / deviation).sort();
  const share = n / (n + PRIOR_POINTS);
  return {
    lower: CHOSEN * share * quantile(sorted, tail) - (1 - share) * assumed,
    upper: CHOSEN * share * quantile(sorted, 1 - tail) + (1 - share) * assumed,
  };
}

function quantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
