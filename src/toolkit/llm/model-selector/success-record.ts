import type { Decay } from './decay';
import type { Millis } from '../../../base/clock';

/** Outcomes that a change is looked for in. */
const RECENT = 64;
/** How many of the newest outcomes are held against the record before them: close together where few are enough. */
const SPLITS: readonly number[] = [4, 5, 6, 8, 10, 13, 16, 20, 26, 32, 40, 50, 64];
/** Outcomes before the newest, at least, for a change to be told from a beginning. */
const REFERENCE = 10;
/** Nats by which two ratios must explain the outcomes better than one does. */
const THRESHOLD = 10;
/** Outcomes' worth that is never forgotten: known to be bad is not unknown, but is tried again some day. */
const TRACE = 2;
/** The same of a model that has changed before: it may well do so again, and is tried again sooner. */
const TRACE_OF_CHANGED = 1.2;

/**
 * Success and failure of a model as decayed counts. When the newest outcomes are told from those before them by a
 * likelihood ratio test for a change in a Bernoulli sequence (as in Besson et al., Efficient Change-Point Detection for
 * Tackling Piecewise-Stationary Bandits, JMLR 2022), the older ones are dropped: it is another model now.
 */
export class SuccessRecord {
  private good = 0;
  private bad = 0;
  private recent: boolean[] = [];
  private trace = TRACE;

  /** @param belief success ratio before anything is seen; it is worth one outcome. */
  constructor(private readonly belief: number) {}

  /** Outcomes that still count. */
  get weight(): number {
    return this.good + this.bad;
  }

  /** Parameters of the Beta distribution of the success ratio. */
  get posterior(): { readonly a: number; readonly b: number } {
    return { a: this.good + this.belief, b: this.bad + 1 - this.belief };
  }

  /** Forgets what `calls` of any model and the time `passed` take away. */
  fade(calls: number, passed: Millis, { perCall, halfLife }: Decay): void {
    const { weight } = this;
    if (weight <= this.trace) return;
    const factor = perCall ** calls * 0.5 ** (passed / halfLife);
    const kept = Math.max(factor, this.trace / weight);
    this.good *= kept;
    this.bad *= kept;
  }

  /** Learns from an outcome; call `fade` before. Returns whether it took the model for changed. */
  observe(ok: boolean): boolean {
    if (ok) this.good++;
    else this.bad++;
    this.recent.push(ok);
    if (this.recent.length > RECENT) this.recent.shift();
    const change = this.change();
    if (change === undefined) return false;
    this.trace = TRACE_OF_CHANGED;
    this.good = change.good;
    this.bad = change.size - change.good;
    this.recent = this.recent.slice(-change.size);
    return true;
  }

  /** Keeps no more than a trace: what it stands for has changed. */
  forget(): void {
    const kept = Math.min(1, TRACE / Math.max(this.weight, 1e-9));
    this.good *= kept;
    this.bad *= kept;
    this.recent = [];
  }

  /** The newest outcomes since the likeliest change, when there was one. */
  private change(): { readonly size: number; readonly good: number } | undefined {
    let found: { readonly size: number; readonly good: number } | undefined;
    let most = THRESHOLD;
    let good = 0;
    let split = 0;
    for (let size = 1; size <= this.recent.length && this.weight - size >= REFERENCE; size++) {
      if (this.recent[this.recent.length - size]) good++;
      if (size !== SPLITS[split]) continue;
      split++;
      const before = this.weight - size;
      // Decay makes the older count a little small: it is held within its bounds.
      const goodBefore = Math.min(before, Math.max(0, this.good - good));
      const ratio = (goodBefore + good) / this.weight;
      const gain = size * divergence(good / size, ratio) + before * divergence(goodBefore / before, ratio);
      if (gain <= most) continue;
      most = gain;
      found = { size, good };
    }
    return found;
  }
}

/** Kullback-Leibler divergence of two Bernoulli distributions, in nats. */
function divergence(p: number, q: number): number {
  return part(p, q) + part(1 - p, 1 - q);
}

function part(p: number, q: number): number {
  return p <= 0 ? 0 : p * Math.log(p / Math.max(q, 1e-12));
}
