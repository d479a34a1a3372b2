import type { EpochMillis, Millis } from '../../base/clock';
import type { SpanReader } from '../../storage';

const HOUR: Millis = 3_600_000;
const MINUTE: Millis = 60_000;
/** Nothing is kept longer. */
const LONGEST: Millis = 10 * 365 * 24 * HOUR;

/**
 * When the oldest span that is kept started, at most a minute too early; undefined where none is kept. Asks whether there
 * are spans before an instant, about 30 times.
 */
export async function oldestSpan(spans: Pick<SpanReader, 'search'>, at: EpochMillis): Promise<EpochMillis | undefined> {
  const isBefore = async (end: EpochMillis): Promise<boolean> =>
    (await spans.search({ start: 0, end, limit: 1 })).length > 0;
  if (!(await isBefore(at))) return undefined;
  let age = HOUR;
  while (age < LONGEST && (await isBefore(at - age))) age *= 2;
  let newest = at - age / 2;
  let oldest = at - age;
  if (age === HOUR) newest = at;
  while (newest - oldest > MINUTE) {
    const middle = (newest + oldest) / 2;
    if (await isBefore(middle)) newest = middle;
    else oldest = middle;
  }
  return Math.round(oldest);
}
