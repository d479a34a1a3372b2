import type { EpochMillis } from '../../base/clock';
import { METRIC_NAME } from '../../domain/labels';
import type { Labels } from '../../domain/labels';
import { EnsembleDetector } from '../detectors/ensemble';
import { deviationsOf } from '../score';

/** A sample to be recorded. */
export interface RecordedSample {
  readonly labels: Labels;
  readonly t: EpochMillis;
  readonly value: number;
  /** The series ended here; `value` has no meaning. */
  readonly stale?: boolean;
}

/** One series that is judged, and the series that are recorded of it. */
export class WatchedSeries {
  private readonly detector: EnsembleDetector;
  private readonly names: { readonly score: Labels; readonly lower: Labels; readonly upper: Labels };
  private lastAt: EpochMillis = -Infinity;
  private recording = false;

  /**
   * @param labels of the series watched; its metric name is dropped.
   * @param deviations what the band reaches to each side, in standard deviations.
   */
  constructor(
    watch: string,
    labels: Labels,
    memory: number,
    private readonly deviations: number,
  ) {
    this.detector = new EnsembleDetector(memory);
    const named = (name: string): Labels => labels.with({ [METRIC_NAME]: name, watch });
    this.names = {
      score: named('anomaly_score'),
      lower: named('anomaly_band_lower'),
      upper: named('anomaly_band_upper'),
    };
  }

  /** When the series was last seen. */
  get seenAt(): EpochMillis {
    return this.lastAt;
  }

  /** Judges a point; gives what is to be recorded. An instant that was judged already gives nothing. */
  observe(t: EpochMillis, value: number): RecordedSample[] {
    if (t <= this.lastAt) return [];
    this.lastAt = t;
    const { score, expected, spread } = this.detector.observe(t, value);
    if (!Number.isFinite(expected)) return [];
    this.recording = true;
    const reach = this.deviations * spread;
    return [
      { labels: this.names.score, t, value: deviationsOf(score) * (value < expected ? -1 : 1) },
      { labels: this.names.lower, t, value: expected - reach },
      { labels: this.names.upper, t, value: expected + reach },
    ];
  }

  /** Marks the recorded series as ended, once. */
  end(t: EpochMillis): RecordedSample[] {
    if (!this.recording) return [];
    this.recording = false;
    return Object.values(this.names).map((labels) => ({ labels, t, value: NaN, stale: true }));
  }
}
