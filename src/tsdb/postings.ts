import { compareCodePoints, type Labels } from '../domain/labels';
import type { Matcher } from '../domain/matcher';

/** The numbers of series, ascending; a list of one is the number itself. */
type Posting = number | PostingList;

class PostingList {
  ids: Uint32Array;
  length = 0;

  constructor(first: number, second: number) {
    this.ids = new Uint32Array(4);
    this.push(first);
    this.push(second);
  }

  push(id: number): void {
    if (this.length === this.ids.length) {
      const larger = new Uint32Array(this.length + Math.max(4, this.length >> 1));
      larger.set(this.ids);
      this.ids = larger;
    }
    this.ids[this.length++] = id;
  }

  remove(gone: ReadonlySet<number>): void {
    const kept = this.ids.subarray(0, this.length).filter((id) => !gone.has(id));
    this.ids = kept;
    this.length = kept.length;
  }

  view(): Uint32Array {
    return this.ids.subarray(0, this.length);
  }
}

/** The inverted index: label name to value to series. Series are added with ascending numbers. */
export class Postings {
  private readonly byName = new Map<string, Map<string, Posting>>();

  add(id: number, labels: Labels): void {
    const { flat } = labels;
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] ?? '';
      const value = flat[i + 1] ?? '';
      let values = this.byName.get(name);
      if (values === undefined) this.byName.set(name, (values = new Map()));
      const posting = values.get(value);
      if (posting === undefined) values.set(value, id);
      else if (typeof posting === 'number') values.set(value, new PostingList(posting, id));
      else posting.push(id);
    }
  }

  /** Takes series out; `labels` are theirs. */
  remove(gone: ReadonlySet<number>, labels: Iterable<Labels>): void {
    const touched = new Map<string, Set<string>>();
    for (const set of labels) {
      for (const [name, value] of set) {
        let values = touched.get(name);
        if (values === undefined) touched.set(name, (values = new Set()));
        values.add(value);
      }
    }
    for (const [name, touchedValues] of touched) {
      const values = this.byName.get(name);
      if (values === undefined) continue;
      for (const value of touchedValues) {
        const posting = values.get(value);
        if (posting instanceof PostingList) {
          posting.remove(gone);
          if (posting.length === 0) values.delete(value);
        } else if (posting !== undefined && gone.has(posting)) values.delete(value);
      }
      if (values.size === 0) this.byName.delete(name);
    }
  }

  /** How many series have this label value. */
  count(name: string, value: string): number {
    const posting = this.byName.get(name)?.get(value);
    return posting === undefined ? 0 : typeof posting === 'number' ? 1 : posting.length;
  }

  /** The oldest series with this label value. */
  first(name: string, value: string): number | undefined {
    const posting = this.byName.get(name)?.get(value);
    return posting instanceof PostingList ? posting.ids[0] : posting;
  }

  names(): string[] {
    return [...this.byName.keys()].sort(compareCodePoints);
  }

  values(name: string): string[] {
    return [...(this.byName.get(name)?.keys() ?? [])].sort(compareCodePoints);
  }

  /** The values of a label with the most series, most first. */
  largest(name: string, count: number): { value: string; series: number }[] {
    const top: { value: string; series: number }[] = [];
    const order = (a: (typeof top)[number], b: (typeof top)[number]): number =>
      b.series - a.series || compareCodePoints(a.value, b.value);
    for (const [value, posting] of this.byName.get(name) ?? []) {
      const own = { value, series: typeof posting === 'number' ? 1 : posting.length };
      const last = top[count - 1];
      if (last !== undefined && order(own, last) > 0) continue;
      top.push(own);
      top.sort(order).splice(count);
    }
    return top;
  }

  /** How many values each label has, most first. */
  cardinalities(count: number): { name: string; values: number }[] {
    return [...this.byName]
      .map(([name, values]) => ({ name, values: values.size }))
      .sort((a, b) => b.values - a.values || compareCodePoints(a.name, b.name))
      .slice(0, count);
  }

  /**
   * A superset of the series that pass all matchers, ascending, and the matchers that remain to be tested one series at a
   * time. Undefined: every series is a candidate. Steps of work; series may be added and removed in between.
   */
  *candidates(
    matchers: readonly Matcher[],
  ): Generator<void, { ids: Uint32Array | undefined; rest: readonly Matcher[] }> {
    let best: Uint32Array | undefined;
    const lists: Uint32Array[] = [];
    const rest: Matcher[] = [];
    for (const matcher of matchers) {
      if (matcher.matchesEmpty) {
        rest.push(matcher);
        continue;
      }
      const list = yield* this.matching(matcher);
      lists.push(list);
      if (best === undefined || list.length < best.length) best = list;
    }
    if (best === undefined) return { ids: undefined, rest };
    for (const list of lists) {
      if (list === best) continue;
      best = intersect(best, list);
      yield;
    }
    return { ids: best, rest };
  }

  /** The series whose value of the label passes; the matcher does not pass the empty value. */
  private *matching(matcher: Matcher): Generator<void, Uint32Array> {
    const values = this.byName.get(matcher.name);
    if (values === undefined) return NONE;
    if (matcher.operator === '=') return viewOf(values.get(matcher.value));
    const lists: Posting[] = [];
    let total = 0;
    let tested = 0;
    for (const [value, posting] of values) {
      if (++tested % VALUES_PER_STEP === 0) yield;
      if (matcher.matchesValue(value)) lists.push(posting);
    }
    if (lists.length === 1) return viewOf(lists[0]);
    for (const posting of lists) total += typeof posting === 'number' ? 1 : posting.length;
    const ids = new Uint32Array(total);
    let at = 0;
    for (const posting of lists) {
      if (typeof posting === 'number') ids[at++] = posting;
      else {
        ids.set(posting.view(), at);
        at += posting.length;
      }
    }
    yield;
    return ids.sort();
  }
}

const NONE = new Uint32Array(0);

/** Label values tested between two chances for other work. */
const VALUES_PER_STEP = 256;

function viewOf(posting: Posting | undefined): Uint32Array {
  if (posting === undefined) return NONE;
  return typeof posting === 'number' ? Uint32Array.of(posting) : posting.view();
}

function intersect(small: Uint32Array, large: Uint32Array): Uint32Array {
  const both = new Uint32Array(Math.min(small.length, large.length));
  let length = 0;
  let j = 0;
  for (const id of small) {
    while (j < large.length && (large[j] ?? 0) < id) j++;
    if (large[j] === id) both[length++] = id;
  }
  return both.subarray(0, length);
}
