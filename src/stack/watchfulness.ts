import type { EpochMillis } from '../base/clock';
import type { GroupStatus } from '../rules';

/** A group that is later than this, and than three of its intervals, is not watching. */
const PATIENCE = 60_000;

/** Says that rules are not evaluated as they should be; undefined while all are. */
export function overdueRules(
  groups: readonly Pick<GroupStatus, 'name' | 'interval' | 'nextEvaluation'>[],
  at: EpochMillis,
): string | undefined {
  const late = groups.filter(
    ({ nextEvaluation, interval }) =>
      nextEvaluation !== undefined && at - nextEvaluation > Math.max(PATIENCE, 3 * interval),
  );
  const [first] = late;
  if (first === undefined) return undefined;
  const others = late.length === 1 ? '' : ` and ${late.length - 1} more`;
  return `rule group ${first.name}${others} should have been evaluated at ${new Date(first.nextEvaluation ?? at).toISOString()}`;
}
