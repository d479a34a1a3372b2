import type { EpochMillis, Millis } from '../../base/clock';
import type { AnomalyDetector, AnomalyVerdict } from '../detector';
import { EpisodeRarity } from '../episode-rarity';
import { LaggedRarity } from '../lagged-rarity';
import { LevelShift } from './level-shift';
import { SeasonalBaseline } from './seasonal-baseline';
import { SpreadChange } from './spread-change';

/** A verdict with what was expected. */
export interface EnsembleVerdict extends AnomalyVerdict {
  /** The value expected, before the point was seen; not-a-number for the first. */
  readonly expected: number;
  /** Standard deviation around it. */
  readonly spread: number;
}

/** Points before the first verdict other than 0. */
const WARM_UP = 180;
/** What is younger than so many points is not judged by: an event does not hide itself. */
const LAG = 60;
/** A gap of so many usual steps starts the sums anew. */
const GAP_STEPS = 10;
/** Stretches of `LAG` points whose highest scores are remembered: four weeks of minutes. */
const EPISODES = 672;
/** Each detector is one of so many chances to be wrong. */
const DETECTORS = 3;
/** The least spread, as a share of the expected value. */
const LEAST_SPREAD = 1e-6;

/**
 * Three views of a series at once: how rare the value is against level and time of day, whether the level shifted, whether
 * the spread changed. The score is calibrated by its own past: about one point in 10^score is as strange by chance. Constant
 * memory (about 60 bytes per point of `memory`, and 11 kB); the cost of a point is bounded by `memory`. It says so for as long as
 * it lasts; who wants one alarm per event holds it.
 */
export class EnsembleDetector implements AnomalyDetector {
  private readonly baseline = new SeasonalBaseline();
  private readonly residuals: LaggedRarity;
  private readonly shift: LevelShift;
  private readonly spreadChange: SpreadChange;
  private readonly calibration: LaggedRarity;
  private readonly episodes = new EpisodeRarity({ stretch: LAG, capacity: EPISODES });
  private count = 0;
  private lastAt: EpochMillis | undefined;
  private step: Millis = 0;

  /** @param memory points remembered, at least 100. */
  constructor(memory = 1000) {
    this.residuals = new LaggedRarity({ capacity: memory, tailShare: 0.02, tolerance: 0, minExcess: 0.2 }, LAG);
    this.shift = new LevelShift(memory, LAG);
    this.spreadChange = new SpreadChange(memory, LAG);
    this.calibration = new LaggedRarity({ capacity: memory, tailShare: 0.05, tolerance: 0, minExcess: 0.3 }, LAG);
  }

  observe(t: EpochMillis, value: number): EnsembleVerdict {
    this.minded(t);
    const expected = this.baseline.expect(t);
    const spread = Math.max(this.baseline.spread, Math.abs(expected) * LEAST_SPREAD, Number.MIN_VALUE);
    this.baseline.learn(t, value);
    this.count++;
    if (this.count === 1) return { score: 0, reason: 'warming up', expected, spread: 0 };
    const residual = (value - expected) / spread;
    const rarities = {
      value: this.residuals.eitherSide(residual),
      'level shift': this.shift.observe(residual),
      'spread change': this.spreadChange.observe(residual),
    };
    let reason = 'value';
    let first = 0;
    for (const [name, rarity] of Object.entries(rarities)) if (rarity > first) [reason, first] = [name, rarity];
    const raw = Math.max(0, first - Math.log10(DETECTORS));
    const calibrated = this.calibration.above(raw);
    const score = this.episodes.of(raw) ?? Math.min(calibrated, this.episodes.ordinary);
    if (this.count >= WARM_UP) this.episodes.add(raw);
    return { score: this.count < WARM_UP ? 0 : score, reason, expected, spread };
  }

  /** Keeps the usual step; a long gap starts the sums anew. */
  private minded(t: EpochMillis): void {
    if (this.lastAt !== undefined) {
      const step = t - this.lastAt;
      if (this.step > 0 && step > GAP_STEPS * this.step) this.shift.restart();
      else this.step = this.step === 0 ? step : this.step + (step - this.step) / 20;
    }
    this.lastAt = t;
  }
}
