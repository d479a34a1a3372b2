/** What the plan needs to know of a unit. */
export interface PlannedUnit {
  readonly tokens: number;
  readonly isPrompt: boolean;
  readonly isPinned: boolean;
}

/** What is kept, by index of the unit. */
export interface KeepPlan {
  readonly kept: readonly boolean[];
  /** Tokens left for notes, summaries and digests. */
  readonly left: number;
}

/** What a plan works within. */
export interface PlanLimits {
  /** For units and notes. */
  readonly budget: number;
  /** Kept free for notes and summaries. */
  readonly reserve: number;
  /** The part of the budget that the oldest units may take. */
  readonly headRatio: number;
}

/**
 * Decides which units are kept: the pinned ones, the newest and the last prompt; the oldest up to a fixed part of the
 * budget, which as the conversation grows stay the same and so keep a prompt cache alive; then from the newest backwards
 * as many as there is room for, without gaps. Undefined when even the must does not fit.
 */
export function planKept(
  units: readonly PlannedUnit[],
  { budget, reserve, headRatio }: PlanLimits,
): KeepPlan | undefined {
  const kept = units.map(({ isPinned }) => isPinned);
  const cost = (index: number): number => units[index]?.tokens ?? 0;
  const last = units.length - 1;
  if (last >= 0) kept[last] = true;
  let left = budget - reserve - units.reduce((sum, { tokens }, index) => sum + (kept[index] ? tokens : 0), 0);
  if (left < 0) return undefined;
  const prompt = units.findLastIndex(({ isPrompt }) => isPrompt);
  if (prompt >= 0 && !kept[prompt] && cost(prompt) <= left) {
    kept[prompt] = true;
    left -= cost(prompt);
  }
  let headRoom = Math.min(left, budget * headRatio);
  for (let index = 0; index < last; index++) {
    if (kept[index]) continue;
    if (cost(index) > headRoom) break;
    kept[index] = true;
    headRoom -= cost(index);
    left -= cost(index);
  }
  for (let index = last; index >= 0; index--) {
    if (kept[index]) continue;
    if (cost(index) > left) break;
    kept[index] = true;
    left -= cost(index);
  }
  return { kept, left: left + reserve };
}
