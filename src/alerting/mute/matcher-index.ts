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
  private readonly byName = new Map<string, Map<string, T[]>>();
  private readonly rest: T[] = [];

  constructor(items: Iterable<T>) {
    // Filed under the rarest pair, or else one common value would gather them all.
    const all = [...items];
    const counts = new Map<string, number>();
    for (const item of all)
      for (const matcher of pairsOf(item)) counts.set(keyOf(matcher), (counts.get(keyOf(matcher)) ?? 0) + 1);
    for (const item of all) {
      let best: Matcher | undefined;
      for (const matcher of pairsOf(item)) {
        if (best === undefined || (counts.get(keyOf(matcher)) ?? 0) < (counts.get(keyOf(best)) ?? 0)) best = matcher;
      }
      if (best === undefined) this.rest.push(item);
      else this.file(best, item);
    }
  }

  /** The items whose matchers all pass, in no particular order. */
  find(labels: Labels): T[] {
    const found: T[] = [];
    const { flat } = labels;
    if (this.byName.size > 0) {
      for (let i = 0; i < flat.length; i += 2) {
        const filed = this.byName.get(flat[i] ?? '')?.get(flat[i + 1] ?? '');
        if (filed !== undefined) for (const item of filed) if (matchesAll(item.matchers, labels)) found.push(item);
      }
    }
    for (const item of this.rest) if (matchesAll(item.matchers, labels)) found.push(item);
    return found;
  }

  private file({ name, value }: Matcher, item: T): void {
    let byValue = this.byName.get(name);
    if (byValue === undefined) this.byName.set(name, (byValue = new Map()));
    const filed = byValue.get(value);
    if (filed === undefined) byValue.set(value, [item]);
    else filed.push(item);
  }
}

function pairsOf(item: Matched): Matcher[] {
  return item.matchers.filter(({ operator, value }) => operator === '=' && value !== '');
}

function keyOf({ name, value }: Matcher): string {
  return `${name}\u{ff}${value}`;
}
