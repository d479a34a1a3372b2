import type { EpochMillis } from '../../base/clock';
import { DailyProfile } from '../daily-profile';
import type { AnomalyDetector, AnomalyVerdict } from '../detector';
import { RecentValues } from '../recent-values';
import { TailRarity } from '../tail-rarity';

/** The views of a series that are judged, and how much each counts. */
const VIEWS = {
  value: 1.35,
  change: 0.8,
  /** Against the median of the last ten points. */
  'short residual': 0.95,
  /** Mean of ten points, and of thirty. */
  'short level': 1,
  level: 1.1,
  /** Five points against the five before, and twenty against twenty, in deviations of their own noise. */
  jump: 0.4,
  step: 0.8,
  /** Log of the deviation of ten points. */
  variability: 0.6,
  /** Outside of what was seen at this time of day. */
  'time of day': 1.2,
} as const;
type View = keyof typeof VIEWS;

const SHORT = 10;
const MEDIUM = 30;
const JUMP = 5;
const STEP = 20;
const MEMORY = 5000;
const DAYS = 7;
const DAYS_POINTS = 6000;
/** The noise that a step is measured in is at least this share of the series' spread. */
const LEAST_NOISE = 0.01;

/** Points before the first verdict other than 0. */
const WARM_UP = 150;
/** The second strangest view adds this share of its rarity. */
const SECOND_SHARE = 0.15;
/** How much the calibrated score counts against the raw one. */
const CALIBRATED_SHARE = 0.75;
/** After a score of at least `ALARM` so many points are 0, unless they are stranger still by `STRANGER`. */
const REFRACTORY = 110;
const ALARM = 1.2;
const STRANGER = 1.3;

/** The score from which a point is worth an alarm: what is shipped. */
export const ALARM_SCORE = 2.45;

/**
 * Rarity of several views of a series (its value, change, residuals, levels, variability, time of day) among all that was
 * seen before; the rarest counts. The result is calibrated by its own rarity, so that a noisy series does not alarm more
 * often than a quiet one.
 */
export class RarityDetector implements AnomalyDetector {
  private readonly tails = new Map<View, TailRarity>();
  private readonly calibration = new TailRarity({ capacity: MEMORY, tailShare: 0.08, tolerance: 0, minExcess: 0.6 });
  private readonly values = new TailRarity({ capacity: MEMORY, tailShare: 0.01, tolerance: 0, minExcess: 0.05 });
  private readonly recent = new RecentValues(2 * STEP);
  private readonly days = new DailyProfile(DAYS, DAYS_POINTS);
  private count = 0;
  private alarmAt = -Infinity;
  private alarmScore = 0;

  constructor() {
    for (const view of Object.keys(VIEWS))
      if (isView(view))
        this.tails.set(view, new TailRarity({ capacity: MEMORY, tailShare: 0.01, tolerance: 0.01, minExcess: 0.05 }));
  }

  observe(t: EpochMillis, value: number): AnomalyVerdict {
    let first = 0;
    let second = 0;
    let reason: View = 'value';
    for (const [view, figure] of this.viewsOf(t, value)) {
      const tail = this.tails.get(view);
      if (tail === undefined) continue;
      const rarity = tail.eitherSide(figure) * VIEWS[view];
      tail.add(figure);
      if (rarity > first) {
        second = first;
        first = rarity;
        reason = view;
      } else if (rarity > second) second = rarity;
    }
    const raw = first + SECOND_SHARE * second;
    const calibrated = this.calibration.above(raw);
    this.calibration.add(raw);
    this.count++;
    return { score: this.settle(CALIBRATED_SHARE * calibrated + (1 - CALIBRATED_SHARE) * raw), reason };
  }

  /** One alarm per event: what follows an alarm closely is part of it. */
  private settle(score: number): number {
    if (this.count < WARM_UP) return 0;
    if (this.count - this.alarmAt <= REFRACTORY && score < this.alarmScore * STRANGER) return 0;
    if (score >= ALARM) {
      this.alarmAt = this.count;
      this.alarmScore = score;
    }
    return score;
  }

  /** Takes the point in and gives the figure of each view that can be had yet. */
  private viewsOf(t: EpochMillis, value: number): [View, number][] {
    const { recent } = this;
    const before = recent.size;
    const shortMedian = before >= SHORT ? recent.median(SHORT) : undefined;
    const previous = before > 0 ? recent.get(0) : undefined;
    recent.add(value);
    this.values.add(value);
    const figures: [View, number][] = [['value', value]];
    if (previous !== undefined) figures.push(['change', value - previous]);
    if (shortMedian !== undefined) {
      figures.push(['short residual', value - shortMedian], ['short level', recent.mean(SHORT)]);
      const deviation = Math.sqrt(recent.variance(SHORT));
      figures.push(['variability', Math.log(1e-6 + deviation / (this.values.spread || 1))]);
    }
    if (before >= MEDIUM) figures.push(['level', recent.mean(MEDIUM)]);
    if (recent.size >= 2 * JUMP) figures.push(['jump', this.stepOf(JUMP)]);
    if (recent.size >= 2 * STEP) figures.push(['step', this.stepOf(STEP)]);
    const outside = this.days.outside(t, value);
    if (outside !== undefined) figures.push(['time of day', outside]);
    this.days.add(t, value);
    return figures;
  }

  /** The newest `length` points against those before them, in deviations of both. */
  private stepOf(length: number): number {
    const { recent, values } = this;
    const noise = recent.variance(length) + recent.variance(length, length) + (LEAST_NOISE * (values.spread || 0)) ** 2;
    const after = recent.mean(length);
    const before = recent.mean(length, length);
    return noise > 0 ? (after - before) / Math.sqrt(noise) : 0;
  }
}

function isView(name: string): name is View {
  return name in VIEWS;
}
