import type { EpochMillis } from '../base/clock';

/** What a detector says of a point. */
export interface AnomalyVerdict {
  /** 0 for ordinary; comparable between series: about -log10 of the share of points that are as strange. */
  readonly score: number;
  /** Which view of the series was the strangest. */
  readonly reason: string;
}

/**
 * Judges the points of one series as they come, in order of time: no look-ahead, no labels, bounded memory, and a cost per
 * point that the memory's bound limits.
 */
export interface AnomalyDetector {
  /** @param value a finite number. A gap is simply a later `t`. */
  observe(t: EpochMillis, value: number): AnomalyVerdict;
}
