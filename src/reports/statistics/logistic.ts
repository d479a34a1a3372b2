/** A share as a straight line of a logarithm: logit(share) = intercept + slope · ln(x). */
export interface ShareCurve {
  readonly slope: number;
  /** The slope in units of its standard error. */
  readonly certainty: number;
  at(x: number): number;
}

/** One observation: `hits` of `total` at `x`. */
export interface SharePoint {
  readonly x: number;
  readonly hits: number;
  readonly total: number;
}

/**
 * Fits a share curve by weighted least squares on empirical logits (half a hit and half a miss are added, so that none
 * is infinite). Undefined with fewer than six points or no spread in x.
 */
export function fitShareCurve(points: readonly SharePoint[]): ShareCurve | undefined {
  const usable = points.filter(({ x, total }) => x > 0 && total >= 10);
  if (usable.length < 6) return undefined;
  const rows = usable.map(({ x, hits, total }) => {
    const up = hits + 0.5;
    const down = total - hits + 0.5;
    return { x: Math.log(x), y: Math.log(up / down), weight: (up * down) / (up + down) };
  });
  const weight = rows.reduce((sum, row) => sum + row.weight, 0);
  const meanX = rows.reduce((sum, row) => sum + row.weight * row.x, 0) / weight;
  const meanY = rows.reduce((sum, row) => sum + row.weight * row.y, 0) / weight;
  const sxx = rows.reduce((sum, row) => sum + row.weight * (row.x - meanX) ** 2, 0);
  if (sxx < 1e-9 * weight) return undefined;
  const slope = rows.reduce((sum, row) => sum + row.weight * (row.x - meanX) * (row.y - meanY), 0) / sxx;
  const intercept = meanY - slope * meanX;
  const rest = rows.reduce((sum, row) => sum + row.weight * (row.y - intercept - slope * row.x) ** 2, 0);
  const error = Math.sqrt(Math.max(1, rest / (rows.length - 2)) / sxx);
  return {
    slope,
    certainty: slope / error,
    at: (x) => 1 / (1 + Math.exp(-(intercept + slope * Math.log(x)))),
  };
}
