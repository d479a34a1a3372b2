import type { EpochMillis, Millis } from '../../base/clock';

const DAY: Millis = 86_400_000;
const SLOTS = 48;
/** Days the slow level looks back over, about. */
const SLOW_DAYS = 3;
/** Points that a running figure looks back over, about: the level, the errors that are compared, the spread. */
const LEVEL_POINTS = 60;
const ERROR_POINTS = 700;
const SPREAD_POINTS = 400;
/** Residuals beyond so many spreads move nothing further. */
const CLIP = 3;
/** Mean absolute value to standard deviation, for a normal distribution. */
const MEAN_ABS_SIGMAS = 1.2533;
/** Days a time of day must have been seen before it tells anything; and days it remembers. */
const DAYS_SEEN = 2;
const DAYS_KEPT = 7;

interface Slot {
  offset: number;
  points: number;
  days: number;
  lastDay: number;
}

/**
 * What a series usually is now: a level that follows it slowly, and what the time of day adds once two days were seen and
 * it has told better than the level alone. Wild values pull no further than any value may. Constant memory and cost.
 */
export class SeasonalBaseline {
  private readonly slots: Slot[] = Array.from({ length: SLOTS }, () => ({
    offset: 0,
    points: 0,
    days: 0,
    lastDay: -1,
  }));
  private level = 0;
  private slow = 0;
  private deseasoned = 0;
  private absolute = 0;
  private errorPlain = 0;
  private errorSeasonal = 0;
  private count = 0;
  private lastAt: EpochMillis = Infinity;

  /** Standard deviation of what is left, robustly. 0 before the second point. */
  get spread(): number {
    return this.absolute * MEAN_ABS_SIGMAS;
  }

  /** The value expected at `t`; not-a-number before the first point. */
  expect(t: EpochMillis): number {
    if (this.count === 0) return NaN;
    const slot = this.slotOf(t);
    return this.seasonal(slot) ? this.deseasoned + this.offsetAt(t) : this.level;
  }

  /** Times must not go back. */
  learn(t: EpochMillis, value: number): void {
    const slot = this.slotOf(t);
    if (this.count === 0) this.level = this.slow = this.deseasoned = value;
    this.count++;
    const plain = value - this.level;
    const seasonal = value - this.offsetAt(t) - this.deseasoned;
    const told = this.ready(slot);
    const pace = (points: number): number => 1 / Math.min(this.count, points);
    if (told) {
      this.errorPlain += (Math.abs(plain) - this.errorPlain) * pace(ERROR_POINTS);
      this.errorSeasonal += (Math.abs(seasonal) - this.errorSeasonal) * pace(ERROR_POINTS);
    }
    const residual = this.seasonal(slot) ? seasonal : plain;
    const limit = this.count < 10 ? Infinity : CLIP * Math.max(this.spread, Math.abs(this.level) * 1e-6);
    const held = (figure: number): number => Math.max(-limit, Math.min(limit, figure));
    this.level += held(plain) * pace(LEVEL_POINTS);
    this.deseasoned += held(seasonal) * pace(LEVEL_POINTS);
    // Over days, so that it does not swing with the time of day itself.
    const days = Math.min(1, Math.max(0, t - this.lastAt) / (SLOW_DAYS * DAY));
    this.slow += (value - this.slow) * Math.max(1 / this.count, days);
    this.lastAt = t;
    this.absolute += (Math.abs(held(residual)) - this.absolute) * pace(SPREAD_POINTS);
    this.learnSlot(slot, t, value);
  }

  private learnSlot(slot: Slot, t: EpochMillis, value: number): void {
    const day = Math.floor(t / DAY);
    if (slot.lastDay !== day) {
      slot.days++;
      slot.lastDay = day;
    }
    slot.points++;
    const perDay = slot.points / slot.days;
    slot.offset += (value - this.slow - slot.offset) / Math.min(slot.points, Math.max(1, perDay * DAYS_KEPT));
  }

  private slotOf(t: EpochMillis): Slot {
    return this.slotAt(Math.floor(placeOf(t)));
  }

  private slotAt(index: number): Slot {
    const slot = this.slots[(index + SLOTS) % SLOTS];
    return slot ?? { offset: 0, points: 0, days: 0, lastDay: -1 };
  }

  /** What the time of day adds: between the middles of two slots, between their offsets. */
  private offsetAt(t: EpochMillis): number {
    const place = placeOf(t) - 0.5;
    const below = Math.floor(place);
    const one = this.slotAt(below);
    const other = this.slotAt(below + 1);
    if (one.points === 0 || other.points === 0) return this.slotOf(t).offset;
    return one.offset + (place - below) * (other.offset - one.offset);
  }

  private ready(slot: Slot): boolean {
    return slot.days > DAYS_SEEN;
  }

  private seasonal(slot: Slot): boolean {
    return this.ready(slot) && this.errorSeasonal < 0.9 * this.errorPlain;
  }
}

/** Where in the day `t` is, in slots. */
function placeOf(t: EpochMillis): number {
  return ((((t % DAY) + DAY) % DAY) / DAY) * SLOTS;
}
