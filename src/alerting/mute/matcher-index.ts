import type { Labels } from '../../domain/labels';
import { matchesAll } from '../../domain/matcher';
import type { Matcher } from '../../domain/matcher';

/** Something that applies to the label sets its matchers pass. */
export interface Matched {
  readonly matchers: readonly Matcher[];
}

/**
 * Finds, among many sets of matchers, those that pass a label set, without trying all: each set is filed under one of its
 * equality matchers, the rest (only inequalities and regular expressions) is tried one by one.
 */
export class MatcherIndex<T extends Matched> {
  private readonly byPair = new Map<string, T[]>();
  private readonly rest: T[] = [];

  constructor(items: Iterable<T>) {
    // Filed under the rarest pair, or else one common value would gather them all.
    const all = [...items];
    const counts = new Map<string, number>();
    for (const item of all) {
      for (const pair of pairsOf(item)) counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    for (const item of all) {
      let best: string | undefined;
      for (const pair of pairsOf(item)) {
        if (best === undefined || (counts.get(pair) ?? 0) < (counts.get(best) ?? 0)) best = pair;
      }
      if (best === undefined) this.rest.push(item);
      else {
        const filed = this.byPair.get(best);
        if (filed === undefined) this.byPair.set(best, [item]);
        else filed.push(item);
      }
    }
  }

  /** The items whose matchers all pass, in no particular order. */
  find(labels: Labels): T[] {
    const found: T[] = [];
    const { flat } = labels;
    if (this.byPair.size > 0) {
      for (let i = 0; i < flat.length; i += 2) {
        const filed = this.byPair.get(`${flat[i] ?? ''}\u{ff}${flat[i + 1] ?? ''}`);
        if (filed !== undefined) for (const item of filed) if (matchesAll(item.matchers, labels)) found.push(item);
      }
    }
    for (const item of this.rest) if (matchesAll(item.matchers, labels)) found.push(item);
    return found;
  }
}

function pairsOf(item: Matched): string[] {
  return item.matchers
    .filter(({ operator, value }) => operator === '=' && value !== '')
    .map(({ name, value }) => `${name}\u{ff}${value}`);
}
