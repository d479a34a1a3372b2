import type { EpochMillis } from '../../base/clock';
import { BadInputError } from '../../base/errors';
import type { RulesEngine, Transition } from '../../rules';

/** Which transitions are asked for. */
export interface TransitionFilter {
  readonly rule: string | undefined;
  readonly group: string | undefined;
  /** The state that was entered. */
  readonly state: string | undefined;
}

/** Transitions, newest first, and where to go on. */
export interface TransitionPage {
  readonly transitions: readonly Transition[];
  /** The parameter `after` of the next page; null after the last. */
  readonly next: string | null;
}

/** Rows read at once. */
const CHUNK = 2000;

/**
 * A page of history. Rows of the same instant are told apart by their number, so no page repeats or skips one while new ones
 * arrive.
 * @param after `next` of the page before.
 * @throws BadInputError `after` is not of that form.
 */
export async function transitionPage(
  rules: Pick<RulesEngine, 'history'>,
  start: EpochMillis,
  end: EpochMillis,
  limit: number,
  { rule, group, state }: TransitionFilter,
  after: string | undefined,
): Promise<TransitionPage> {
  let [until, skip] = after === undefined ? [end, 0] : readCursor(after);
  const transitions: Transition[] = [];
  for (;;) {
    const wanted = CHUNK + skip;
    const rows = await rules.history(start, until, wanted);
    for (const row of rows.slice(skip)) {
      if (row.t === until) skip += 1;
      else [until, skip] = [row.t, 1];
      if (rule !== undefined && row.rule !== rule) continue;
      if (group !== undefined && row.group !== group) continue;
      if (state !== undefined && row.to !== state) continue;
      transitions.push(row);
      if (transitions.length === limit) return { transitions, next: `${until}:${skip}` };
    }
    if (rows.length < wanted) return { transitions, next: null };
  }
}

function readCursor(text: string): [number, number] {
  const match = /^(\d+):(\d+)$/.exec(text);
  if (match === null) throw new BadInputError(`"after" is "${text}": expecting the "next" of another page`);
  return [Number(match[1]), Number(match[2])];
}
