import type { NativeHistogram } from '../../domain/histogram';
import { HistogramSum, IncompatibleSchemaError } from '../histogram/arithmetic';
import type { CombineOutcome } from '../histogram/arithmetic';
import { readonlyForm } from '../histogram/float-histogram';
import type { FloatHistogram } from '../histogram/float-histogram';
import type { RangeWindow } from './function';

/** The running mean of histograms: by the sum while it does not overflow, step by step from there on. */
export class HistogramMean {
  private count = 1;
  private sum: HistogramSum;
  private incremental = false;

  constructor(first: FloatHistogram) {
    this.sum = new HistogramSum(first.copy());
  }

  /** @throws IncompatibleSchemaError */
  add(next: FloatHistogram): CombineOutcome {
    this.count++;
    if (!this.incremental) {
      const tried = this.sum.copy();
      const outcome = tried.add(next);
      if (!tried.sum.hasOverflow) {
        this.sum = tried;
        return outcome;
      }
      this.incremental = true;
      this.sum.div(this.count - 1);
    }
    this.sum.mul((this.count - 1) / this.count);
    return this.sum.add(next.copy().div(this.count));
  }

  get mean(): FloatHistogram {
    return this.incremental ? this.sum.total : this.sum.div(this.count).total;
  }
}

/** Watches what histograms claim about resets, and notes contradictions. */
export class ResetHints {
  private reset = false;
  private notReset = false;

  see({ hint }: FloatHistogram): void {
    if (hint === 'reset') this.reset = true;
    if (hint === 'not_reset') this.notReset = true;
  }

  get collide(): boolean {
    return this.reset && this.notReset;
  }
}

/** The mean of the window's histograms. */
export function averageOf(window: RangeWindow): NativeHistogram | undefined {
  return fold(window, (first) => {
    const mean = new HistogramMean(first);
    return { add: (next) => mean.add(next), result: () => mean.mean };
  });
}

/** The sum of the window's histograms. */
export function sumOf(window: RangeWindow): NativeHistogram | undefined {
  return fold(window, (first) => {
    const sum = new HistogramSum(first.copy());
    return { add: (next) => sum.add(next), result: () => sum.total };
  });
}

function fold(
  window: RangeWindow,
  begin: (first: FloatHistogram) => { add(next: FloatHistogram): CombineOutcome; result(): FloatHistogram },
): NativeHistogram | undefined {
  const native = window.histograms[window.histogramLo];
  if (native === undefined) return undefined;
  const first = readonlyForm(native);
  const hints = new ResetHints();
  hints.see(first);
  const accumulator = begin(first);
  try {
    for (let i = window.histogramLo + 1; i < window.histogramHi; i++) {
      const next = window.histograms[i];
      if (next === undefined) continue;
      const form = readonlyForm(next);
      hints.see(form);
      if (accumulator.add(form).boundsReconciled) window.notes.boundsReconciled('aggregation', window.place);
    }
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    window.notes.mixedBuckets(window.labels.metricName, window.place);
    return undefined;
  }
  if (hints.collide) window.notes.resetCollision('aggregation', window.place);
  return accumulator.result().toNative();
}
