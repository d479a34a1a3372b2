/** What a segment's fit may hold besides its level. */
export type SegmentShape = 'level' | 'line';

/**
 * Weighted least-squares cost of any segment of a series under a level (or a line) plus first-order autoregressive noise
 * that starts anew with each segment, in constant time from prefix sums.
 *
 * Source: generalised least squares with the Prais-Winsten transform, applied segment by segment.
 */
export class WhitenedCost {
  readonly length: number;
  private readonly first: number;
  private readonly w: Float64Array;
  private readonly wy: Float64Array;
  private readonly wyy: Float64Array;
  /** Sums with the axis in them; empty where segments have no slope. */
  private readonly wb: Float64Array;
  private readonly wbb: Float64Array;
  private readonly wby: Float64Array;

  /**
   * @param values the series. @param at where each value stands on the axis of a line, rising.
   * @param phi autocorrelation of the noise at one step, in [0, 1).
   * @param weights what each residual counts: 1 / its relative variance.
   */
  constructor(
    private readonly values: Float64Array,
    private readonly at: Float64Array,
    readonly phi: number,
    private readonly weights: Float64Array,
    private readonly shape: SegmentShape,
  ) {
    const n = values.length;
    this.length = n;
    this.first = 1 - phi * phi;
    const w = (this.w = new Float64Array(n + 1));
    const wy = (this.wy = new Float64Array(n + 1));
    const wyy = (this.wyy = new Float64Array(n + 1));
    let before = 0;
    for (let i = 0; i < n; i++) {
      const weight = weights[i] ?? 1;
      const value = values[i] ?? 0;
      const y = value - phi * before;
      before = value;
      w[i + 1] = (w[i] ?? 0) + weight;
      wy[i + 1] = (wy[i] ?? 0) + weight * y;
      wyy[i + 1] = (wyy[i] ?? 0) + weight * y * y;
    }
    const sloped = shape === 'line' ? n + 1 : 0;
    const wb = (this.wb = new Float64Array(sloped));
    const wbb = (this.wbb = new Float64Array(sloped));
    const wby = (this.wby = new Float64Array(sloped));
    for (let i = 0; i + 1 < sloped; i++) {
      const weight = weights[i] ?? 1;
      const y = (values[i] ?? 0) - phi * (values[i - 1] ?? 0);
      const b = (at[i] ?? 0) - phi * (at[i - 1] ?? 0);
      wb[i + 1] = (wb[i] ?? 0) + weight * b;
      wbb[i + 1] = (wbb[i] ?? 0) + weight * b * b;
      wby[i + 1] = (wby[i] ?? 0) + weight * b * y;
    }
  }

  /** Sum of squared whitened residuals of the best fit over [from, to). */
  cost(from: number, to: number): number {
    if (this.shape === 'line') return positive(this.solve(from, to).left);
    const { phi } = this;
    const head = (this.weights[from] ?? 1) * this.first;
    const x = this.values[from] ?? 0;
    const a = 1 - phi;
    const aa = head + a * a * diff(this.w, from + 1, to);
    const ay = head * x + a * diff(this.wy, from + 1, to);
    return positive(head * x * x + diff(this.wyy, from + 1, to) - (ay * ay) / aa);
  }

  /** Where a point stands on the axis. */
  axisAt(index: number): number {
    return this.at[index] ?? 0;
  }

  /** Level at the origin of the axis and slope of the best fit over [from, to). */
  fit(from: number, to: number): { level: number; slope: number } {
    return this.solve(from, to);
  }

  private solve(from: number, to: number): { level: number; slope: number; left: number } {
    const { phi } = this;
    const a = 1 - phi;
    const head = (this.weights[from] ?? 1) * this.first;
    const x = this.values[from] ?? 0;
    const u = this.at[from] ?? 0;
    const next = from + 1;
    const sw = diff(this.w, next, to);
    const sy = diff(this.wy, next, to);
    const aa = head + a * a * sw;
    const ay = head * x + a * sy;
    const yy = head * x * x + diff(this.wyy, next, to);
    if (this.shape === 'level') {
      const level = ay / aa;
      return { level, slope: 0, left: yy - level * ay };
    }
    const sb = diff(this.wb, next, to);
    const ab = head * u + a * sb;
    const bb = head * u * u + diff(this.wbb, next, to);
    const by = head * u * x + diff(this.wby, next, to);
    const det = aa * bb - ab * ab;
    if (to - from < 2 || det <= 1e-12 * aa * bb) {
      const level = ay / aa;
      return { level, slope: 0, left: yy - level * ay };
    }
    const slope = (aa * by - ab * ay) / det;
    const level = (ay - slope * ab) / aa;
    return { level, slope, left: yy - level * ay - slope * by };
  }
}

/** Rounding may leave a little less than nothing. */
function positive(value: number): number {
  return value > 0 ? value : 0;
}

function diff(sums: Float64Array, from: number, to: number): number {
  return (sums[to] ?? 0) - (sums[from] ?? 0);
}
