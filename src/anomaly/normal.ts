/**
 * The number below which a standard normal one lies with probability `p`.
 *
 * Source: Abramowitz and Stegun 26.2.23; error below 4.5e-4.
 */
export function normalQuantile(p: number): number {
  return p < 0.5 ? -upperQuantile(Math.log(Math.max(Number.MIN_VALUE, p))) : upperQuantile(Math.log1p(-p));
}

/** The number above which a standard normal one lies with a probability whose natural logarithm is given; at most log 0.5. */
export function upperQuantile(logTail: number): number {
  const t = Math.sqrt(-2 * Math.max(-1000, logTail));
  const top = 2.515517 + 0.802853 * t + 0.010328 * t * t;
  const bottom = 1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3;
  return t - top / bottom;
}
