/** The variance that a mean of correlated values has, times their number; and how many times that of independent ones it is. */
export interface LongRun {
  readonly variance: number;
  readonly inflation: number;
}

const MAX_ORDER = 4;

/**
 * The long-run variance of residuals by an autoregression (Yule and Walker's equations over all stretches
 * together), its order chosen by BIC; coefficients are widened for the bias that short stretches have.
 * @param stretches residuals in the order of time; nothing is taken from one stretch to the next.
 * @param used degrees of freedom that the fit has used up.
 */
export function longRunVariance(stretches: readonly (readonly number[])[], used: number): LongRun {
  const size = stretches.reduce((sum, { length }) => sum + length, 0);
  const plain = covariance(stretches, 0) * (size / Math.max(1, size - used));
  if (!(plain > 0) || size < 12) return { variance: plain, inflation: 1 };
  const most = Math.min(MAX_ORDER, Math.floor(size / 12));
  let best = { score: size * Math.log(plain), phi: [] as number[], innovation: plain };
  const gamma = Array.from({ length: most + 1 }, (_, lag) => covariance(stretches, lag));
  let phi: number[] = [];
  let innovation = gamma[0] ?? 0;
  for (let order = 1; order <= most; order++) {
    // Levinson and Durbin's recursion.
    const reflected =
      ((gamma[order] ?? 0) - phi.reduce((sum, value, index) => sum + value * (gamma[order - 1 - index] ?? 0), 0)) /
      innovation;
    phi = [...phi.map((value, index) => value - reflected * (phi[order - 2 - index] ?? 0)), reflected];
    innovation *= 1 - reflected * reflected;
    if (!(innovation > 0)) break;
    const score = size * Math.log(innovation) + order * Math.log(size);
    if (score < best.score) best = { score, phi, innovation };
  }
  const memory = best.phi.reduce((sum, value) => sum + value, 0);
  // A mean taken out of each stretch makes autocorrelation look smaller: Kendall's correction.
  const widened = Math.min(0.97, memory + (stretches.length * (1 + 3 * Math.max(0, memory))) / size);
  const scale = size / Math.max(1, size - used);
  const variance = Math.max(best.phi.length === 0 ? plain : 0, (best.innovation * scale) / (1 - widened) ** 2);
  const inflation = Math.max(1, variance / plain);
  return { variance: Math.max(variance, 0.25 * plain), inflation };
}

function covariance(stretches: readonly (readonly number[])[], lag: number): number {
  let sum = 0;
  let count = 0;
  for (const stretch of stretches) {
    count += stretch.length;
    for (let index = lag; index < stretch.length; index++) sum += (stretch[index] ?? 0) * (stretch[index - lag] ?? 0);
  }
  return count === 0 ? 0 : sum / count;
}
