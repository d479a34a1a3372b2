/**
 * Says how much will be asked for. A pool feeds one the most that was in demand in each slot of time; whoever has a better one gives
 * it to the pool instead of `PeriodicDemand`.
 */
export interface DemandForecaster {
  /** The most that was in demand in the slot that ends now. */
  observe(peak: number): void;
  /** The most that will be in demand within the next two slots, when that is known and predictions pay. */
  readonly expected: number | undefined;
  /** Part of the rises foretold that came true, of late; acted on or not. */
  readonly precision: number;
  /** Whether there is something to go by, and enough of it came true to act on the next. */
  readonly pays: boolean;
}

/** Slots back that a period may be, at most. */
const MAX_LAG = 720;
/** A period must have been seen so many times. */
const TIMES = 3;
/** Errors fade over so many slots, a little more than two of the longest periods. */
const FADING = 1 - 1 / (2 * MAX_LAG + TIMES);
/** A period is believed when repeating after it is wrong by so much less than expecting no change. */
const BETTER = 0.4;
/** Rises that are judged before any is acted on. */
const TRIAL = 3;
/** Part of the rises foretold that must come true. */
const PAYS = 0.5;
/** A prediction is about so many slots. */
const AHEAD = 2;
/** Less of a rise is not worth a prediction. */
const LEAST_RISE = 2;

/**
 * Finds the period after which demand repeats best, and foretells rises by what was one period ago. It always foretells, but says so
 * only while most of it comes true; where demand does not repeat better than it stays as it is, it foretells nothing. Memory for twice
 * the longest period; 720 steps for a slot.
 */
export class PeriodicDemand implements DemandForecaster {
  /** The latest last. */
  private readonly peaks: number[] = [];
  /** By lag: what repeating after it was wrong by, fading. */
  private readonly errors = new Float64Array(MAX_LAG + 1);
  private slots = 0;
  private period: number | undefined;
  private foretold: { readonly peak: number; readonly from: number; readonly due: number } | undefined;
  private judged = 0;
  private right = 0;

  observe(peak: number): void {
    const { peaks, errors } = this;
    peaks.push(peak);
    this.slots++;
    if (peaks.length > MAX_LAG + AHEAD + 1) peaks.shift();
    for (let lag = 1; lag <= MAX_LAG; lag++) {
      const before = peaks[peaks.length - 1 - lag];
      if (before === undefined) break;
      errors[lag] = (errors[lag] ?? 0) * FADING + Math.abs(peak - before);
    }
    this.period = this.findPeriod();
    this.judge(peak);
    this.foretell(peak);
  }

  get precision(): number {
    return this.judged === 0 ? 0 : this.right / this.judged;
  }

  get pays(): boolean {
    return this.period !== undefined && this.judged >= TRIAL && this.precision >= PAYS;
  }

  get expected(): number | undefined {
    return this.pays ? this.foretold?.peak : undefined;
  }

  /** The lag that repeats best among those seen often enough, when it is clearly better than to expect no change. */
  private findPeriod(): number | undefined {
    const longest = Math.min(MAX_LAG, Math.floor(this.slots / TIMES));
    let best: number | undefined;
    let least = (this.errors[1] ?? 0) * BETTER;
    for (let lag = AHEAD + 1; lag <= longest; lag++) {
      const error = this.errors[lag] ?? Infinity;
      if (error < least) {
        best = lag;
        least = error;
      }
    }
    return best;
  }

  private judge(peak: number): void {
    const { foretold } = this;
    if (foretold === undefined) return;
    const came = peak - foretold.from >= (foretold.peak - foretold.from) / 2;
    if (!came && this.slots < foretold.due) return;
    this.foretold = undefined;
    if (this.judged >= 40) {
      this.judged /= 2;
      this.right /= 2;
    }
    this.judged++;
    if (came) this.right++;
  }

  private foretell(peak: number): void {
    const { peaks, period } = this;
    if (period === undefined || this.foretold !== undefined) return;
    const start = peaks.length - period;
    const next = Math.max(...peaks.slice(start, start + AHEAD));
    if (next - peak >= LEAST_RISE) this.foretold = { peak: next, from: peak, due: this.slots + AHEAD };
  }
}
