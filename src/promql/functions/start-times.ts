import type { EpochMillis } from '../../base/clock';

/** Whether the start times of two samples in a row (0 = unknown) say that the counter was reset between them. */
export function isStartReset(
  previousStart: EpochMillis,
  previousTime: EpochMillis,
  start: EpochMillis,
  time: EpochMillis,
): boolean {
  if (previousStart === start || start === 0 || start >= time || start < previousTime) return false;
  if (start > previousTime) return true;
  // The start is the sample before: a delta, unless that sample's own start is unknown.
  return previousStart <= previousTime && previousStart !== 0 && previousStart !== previousTime;
}

/** Whether a sample's start time says that the counter was reset after `t`. */
export function isStartResetAfter(t: EpochMillis, start: EpochMillis, time: EpochMillis): boolean {
  return start > t && time > t && isStartReset(t, t, start, time);
}

/** Whether a sample claims to have started before the sample before it, and not with it. */
export function startsOverlap(previousStart: EpochMillis, previousTime: EpochMillis, start: EpochMillis): boolean {
  return start !== 0 && start < previousTime && start !== previousStart;
}
