/** What the plan needs to know of a unit. */
export interface PlannedUnit {
  readonly tokens: number;
  readonly isPrompt: boolean;
  readonly isPinned: boolean;
}

/** What is kept, by index of the unit. */
export interface KeepPlan {
  readonly kept: readonly boolean[];
  /** Tokens for notes, summaries and digests; the same for as long as the same units are left out. */
  readonly noteRoom: number;
}

/** What a plan works within. */
export interface PlanLimits {
  /** For units and notes. */
  readonly budget: number;
  /** Kept free for notes and summaries, where the must leaves that much. */
  readonly reserve: number;
  /** The part of the budget that the oldest units may take. */
  readonly headRatio: number;
  /** The part of the budget by which more is left out than would have to be, so that the cut stays for some calls. */
  readonly stepRatio: number;
}

/**
 * Decides which units are kept: the pinned ones, the newest and the last prompt; the oldest up to a fixed part of the
 * budget; and the newest without gaps. The cut between lies where the tokens before it reach a whole number of steps:
 * it does not move with every call of a growing conversation, so that a prompt cache keeps what comes after it too.
 * Undefined when even the must does not fit.
 */
export function planKept(units: readonly PlannedUnit[], limits: PlanLimits): KeepPlan | undefined {
  const { budget, headRatio, stepRatio } = limits;
  const kept = units.map(({ isPinned }) => isPinned);
  const cost = (index: number): number => units[index]?.tokens ?? 0;
  const last = units.length - 1;
  if (last >= 0) kept[last] = true;
  const must = units.reduce((sum, { tokens }, index) => sum + (kept[index] ? tokens : 0), 0);
  if (must > budget) return undefined;
  const reserve = Math.min(limits.reserve, budget - must);
  let left = budget - reserve - must;
  const keep = (index: number): void => {
    kept[index] = true;
    left -= cost(index);
  };
  const prompt = units.findLastIndex(({ isPrompt }) => isPrompt);
  if (prompt >= 0 && !kept[prompt] && cost(prompt) <= left) keep(prompt);
  let headRoom = Math.min(left, budget * headRatio);
  let at = 0;
  for (; at < last && (kept[at] || cost(at) <= headRoom); at++) {
    if (kept[at]) continue;
    headRoom -= cost(at);
    keep(at);
  }
  const total = units.reduce((sum, { tokens }) => sum + tokens, 0);
  const step = Math.max(1, Math.floor(budget * stepRatio));
  const target = Math.ceil((total - budget + reserve) / step) * step;
  let elided = 0;
  for (; at < last && elided < target; at++) if (!kept[at]) elided += cost(at);
  for (; at < last; at++) kept[at] = true;
  const noteRoom = elided >= target ? elided - target + reserve : budget - (total - elided);
  return { kept, noteRoom };
}

/**
 * Keeps more of what a plan left out, the newest first, where the note does not need all of its room: pictures cannot be
 * told in words. Gaps are allowed then. Undefined when nothing more fits.
 * @param spare tokens that nothing uses
 * @param perUnit tokens that a unit may need besides its own, for what must stand at its sides
 * @param most units to add
 */
export function keepMore(
  units: readonly PlannedUnit[],
  kept: readonly boolean[],
  { spare, perUnit, most = Infinity }: { readonly spare: number; readonly perUnit: number; readonly most?: number },
): boolean[] | undefined {
  const more = [...kept];
  let left = spare;
  let added = 0;
  for (let index = units.length - 1; index >= 0 && added < most; index--) {
    const cost = (units[index]?.tokens ?? 0) + perUnit;
    if (more[index] || cost > left) continue;
    more[index] = true;
    added++;
    left -= cost;
  }
  return added === 0 ? undefined : more;
}
