import { twoSidedP } from './distributions';
import { leastSquares } from './least-squares';

/** How two courses move together. */
export interface Relation {
  /** Spearman's rank correlation of what is new in each, from -1 to 1. */
  readonly strength: number;
  /** Steps by which the first leads the second; negative when it follows. */
  readonly lag: number;
  /** Over all lags tried. */
  readonly p: number;
}

const MAX_LAG = 6;
const LEAST = 40;
const DAY = 86_400_000;

/**
 * Whether one course moves with another, and how much earlier. Trends, daily cycles and each course's own memory are
 * taken out first: two courses that only share the time of day, or that both climb, do not correlate by that. Undefined
 * with fewer than 40 common points.
 * @param times instants of the points, evenly spaced but for gaps.
 */
export function relationOf(
  times: readonly number[],
  first: readonly number[],
  second: readonly number[],
): Relation | undefined {
  const kept = times.flatMap((t, index) => {
    const [a, b] = [first[index], second[index]];
    return a === undefined || b === undefined || !Number.isFinite(a) || !Number.isFinite(b) ? [] : [{ t, a, b }];
  });
  if (kept.length < LEAST) return undefined;
  const at = kept.map(({ t }) => t);
  const a = innovations(
    at,
    kept.map((point) => point.a),
  );
  const b = innovations(
    at,
    kept.map((point) => point.b),
  );
  if (a === undefined || b === undefined) return undefined;
  let best: Relation | undefined;
  let tried = 0;
  for (let lag = -MAX_LAG; lag <= MAX_LAG; lag++) {
    const size = a.length - Math.abs(lag);
    if (size < LEAST / 2) continue;
    tried++;
    const strength = pearson(
      ranks(lag >= 0 ? a.slice(0, size) : a.slice(-lag)),
      ranks(lag >= 0 ? b.slice(lag) : b.slice(0, size)),
    );
    if (best !== undefined && Math.abs(strength) <= Math.abs(best.strength)) continue;
    const t = strength * Math.sqrt((size - 2) / Math.max(1e-12, 1 - strength * strength));
    best = { strength, lag, p: twoSidedP(t, size - 2) };
  }
  return best === undefined ? undefined : { ...best, p: Math.min(1, best.p * tried) };
}

/** What of each point could not be told from trend, time of day and the point before; undefined for a flat course. */
function innovations(times: readonly number[], values: readonly number[]): number[] | undefined {
  const start = times[0] ?? 0;
  const span = (times.at(-1) ?? 0) - start;
  const waves = span >= 1.5 * DAY ? [1, 2, 3] : [];
  const rows = times.map((t) => [
    1,
    (t - start) / Math.max(1, span) - 0.5,
    ...waves.flatMap((k) => [Math.sin((2 * Math.PI * k * t) / DAY), Math.cos((2 * Math.PI * k * t) / DAY)]),
  ]);
  const rest = leastSquares(rows, values)?.residuals;
  if (rest === undefined) return undefined;
  let squares = 0;
  let products = 0;
  for (let index = 1; index < rest.length; index++) {
    squares += (rest[index - 1] ?? 0) ** 2;
    products += (rest[index] ?? 0) * (rest[index - 1] ?? 0);
  }
  const scale = Math.max(...values.map(Math.abs), 1e-300);
  if (squares < 1e-18 * scale * scale * rest.length) return undefined;
  const memory = Math.max(-0.95, Math.min(0.95, products / squares));
  return rest.slice(1).map((value, index) => value - memory * (rest[index] ?? 0));
}

/** Ranks with ties at their middle. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((x, y) => x.value - y.value);
  const made = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && order[to]?.value === order[from]?.value) to++;
    for (let index = from; index < to; index++) made[order[index]?.index ?? 0] = (from + to - 1) / 2;
    from = to;
  }
  return made;
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  x.forEach((value, index) => {
    const [dx, dy] = [value - meanX, (y[index] ?? 0) - meanY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
