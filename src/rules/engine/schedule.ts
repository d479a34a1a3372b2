import type { EpochMillis, Millis } from '../../base/clock';
import { fnv1a64 } from '../../base/fingerprint';

/**
 * When a group is evaluated: every `interval`, at an offset that depends on its name, so that groups of one interval do
 * not all start at once and each keeps its slots over a restart.
 */
export interface Schedule {
  readonly interval: Millis;
  readonly offset: Millis;
}

/** The schedule of a group. */
export function scheduleOf(file: string, name: string, interval: Millis): Schedule {
  const hash = fnv1a64(Buffer.from(`${file}\u0000${name}`));
  return { interval, offset: Number(hash % BigInt(Math.max(1, Math.round(interval)))) };
}

/** The last slot at or before `at`. */
export function slotAt({ interval, offset }: Schedule, at: EpochMillis): EpochMillis {
  return Math.floor((at - offset) / interval) * interval + offset;
}

/**
 * The slot to evaluate after `evaluated`, seen at `now`: the next one, or a later one where `missed` slots have passed
 * meanwhile.
 */
export function nextSlot(
  { interval }: Schedule,
  evaluated: EpochMillis,
  now: EpochMillis,
): { readonly slot: EpochMillis; readonly missed: number } {
  const following = evaluated + interval;
  const missed = Math.max(0, Math.floor((now - following) / interval));
  return { slot: following + missed * interval, missed };
}
