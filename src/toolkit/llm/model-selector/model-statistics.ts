import type { Millis } from '../../../base/clock';
import type { ModelOutcome } from './types';

/** Outcomes that a change is judged by. */
const RECENT = 10;
/** A fall of the success ratio by this much in the recent outcomes is a change of the model, not chance. */
const FALL = 0.35;
/** What is left of forgotten outcomes: enough that a model known to be bad is not taken for unknown. */
const MEMORY = 12;

/** How fast outcomes are forgotten. */
export interface Decay {
  /** Factor per call of any model. */
  readonly perCall: number;
  readonly halfLife: Millis;
}

/**
 * What is known of one model: decayed counts of success and failure, decayed means of quality and latency. When the
 * recent outcomes are far worse than the long run, the long run is dropped: it was another model.
 */
export class ModelStatistics {
  private good = 0;
  private bad = 0;
  private qualitySum = 0;
  private qualityWeight = 0;
  private latencySum = 0;
  private latencyWeight = 0;
  private recent: boolean[] = [];
  private seenCalls = 0;
  private seenAt: Millis = 0;

  /** @param belief success ratio, quality and latency before anything is seen. */
  constructor(
    private readonly belief: { readonly success: number; readonly quality: number; readonly latency: Millis },
  ) {}

  /** Outcomes that still count. */
  get weight(): number {
    return this.good + this.bad;
  }

  /** Parameters of the Beta distribution of the success ratio; one outcome's worth of belief is in it. */
  get posterior(): { readonly a: number; readonly b: number } {
    const { success } = this.belief;
    return { a: this.good + success, b: this.bad + 1 - success };
  }

  get success(): number {
    const { a, b } = this.posterior;
    return a / (a + b);
  }

  get quality(): number {
    return (this.qualitySum + this.belief.quality) / (this.qualityWeight + 1);
  }

  /** Geometric mean, since latencies are spread by factors. */
  get latency(): Millis {
    return Math.exp((this.latencySum + Math.log(this.belief.latency)) / (this.latencyWeight + 1));
  }

  /** Forgets up to now; `calls` counts the outcomes of all models. */
  fade(calls: number, at: Millis, { perCall, halfLife }: Decay): void {
    const factor = perCall ** (calls - this.seenCalls) * 0.5 ** ((at - this.seenAt) / halfLife);
    this.seenCalls = calls;
    this.seenAt = at;
    const kept = this.weight <= MEMORY ? 1 : Math.max(factor, MEMORY / this.weight);
    this.good *= kept;
    this.bad *= kept;
    this.qualitySum *= factor;
    this.qualityWeight *= factor;
    this.latencySum *= factor;
    this.latencyWeight *= factor;
  }

  /** Learns from an outcome; call `fade` before. Returns whether it took the model for changed. */
  observe({ ok, latency, quality }: ModelOutcome): boolean {
    if (ok) this.good++;
    else this.bad++;
    if (ok && quality !== undefined) {
      this.qualitySum += Math.min(1, Math.max(0, quality));
      this.qualityWeight++;
    }
    if (latency !== undefined && latency > 0) {
      this.latencySum += Math.log(latency);
      this.latencyWeight++;
    }
    this.recent.push(ok);
    if (this.recent.length > RECENT) this.recent.shift();
    return this.noticeChange();
  }

  private noticeChange(): boolean {
    if (this.recent.length < RECENT / 2 || this.weight < RECENT) return false;
    const failed = this.recent.filter((ok) => !ok).length;
    const ratio = 1 - failed / this.recent.length;
    if (this.good / this.weight - ratio < FALL) return false;
    this.good = this.recent.length - failed;
    this.bad = failed;
    this.recent = [];
    return true;
  }
}
