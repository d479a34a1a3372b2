import type { Millis } from '../base/clock';
import { upperQuantile } from './normal';

const WEEK: Millis = 604_800_000;

/**
 * A rarity (-log10 of the probability) as a distance: so many standard deviations off a normal value would have to be, on
 * either side, to be as rare. 0 for a rarity of 0.
 */
export function deviationsOf(rarity: number): number {
  return Math.max(0, upperQuantile(-rarity * Math.LN10 - Math.LN2));
}

/** The rarity from which a series, judged every `interval`, is off by chance so many times a week. */
export function rarityFor(falseAlarmsPerWeek: number, interval: Millis): number {
  return Math.max(1, Math.log10(WEEK / interval / falseAlarmsPerWeek));
}
