import type { LedgerRow } from '../../domain/ledger';
import { median } from '../statistics/order';

/** Calls that a slope needs at either end. */
const LEAST = 25;

/**
 * How much longer the first token takes per input token that no cache served, in ms: the difference of medians between
 * the calls with the most and with the fewest of them. Undefined where the calls cannot tell.
 */
export function prefillMsPerToken(calls: readonly LedgerRow[]): number | undefined {
  const points = calls
    .flatMap(({ usage, timeToFirstTokenMs, outcome }) =>
      timeToFirstTokenMs === undefined || usage.input === undefined || outcome !== 'ok'
        ? []
        : [{ tokens: usage.input - (usage.cacheRead ?? 0), ms: timeToFirstTokenMs }],
    )
    .sort((a, b) => a.tokens - b.tokens);
  const size = Math.floor(points.length / 10);
  if (size < LEAST) return undefined;
  const few = points.slice(0, points.length >> 1);
  const many = points.slice(-size);
  const tokens = median(many.map((point) => point.tokens)) - median(few.map((point) => point.tokens));
  const ms = median(many.map((point) => point.ms)) - median(few.map((point) => point.ms));
  return tokens > 1000 && ms > 0 ? ms / tokens : undefined;
}
