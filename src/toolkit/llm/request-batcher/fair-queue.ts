import { CandidateHeap, isBefore } from './candidate-heap';
import { VirtualCounters } from './virtual-counters';
import type { Millis } from '../../../base/clock';

/** What the queue needs to know of an item. */
export interface Queued {
  readonly client: string;
  readonly priority: number;
  readonly group: string;
  readonly tokens: number;
  readonly enqueuedAt: Millis;
  /** Set by `remove`; such an item is skipped. */
  gone: boolean;
}

/** What one batch may hold. */
export interface BatchLimits {
  readonly maxItems: number;
  readonly maxTokens: number;
  readonly packing: 'sum' | 'padded';
}

/** Items of one client and priority, oldest first. */
class Lane<T extends Queued> {
  private items: T[] = [];
  private start = 0;

  push(item: T): void {
    this.items.push(item);
  }

  /** The oldest item that is still wanted. */
  get head(): T | undefined {
    while (this.start < this.items.length && this.items[this.start]?.gone) this.start++;
    if (this.start > 1024 && this.start * 2 > this.items.length) {
      this.items = this.items.slice(this.start);
      this.start = 0;
    }
    return this.items[this.start];
  }

  /** The oldest wanted item that fits among the first few. */
  firstFit(fits: (item: T) => boolean): T | undefined {
    const head = this.head;
    if (head === undefined) return undefined;
    const end = Math.min(this.items.length, this.start + LOOK_AHEAD);
    for (let at = this.start; at < end; at++) {
      const item = this.items[at];
      if (item !== undefined && !item.gone && fits(item)) return item;
    }
    return undefined;
  }
}

/** How far a lane is searched for an item that still fits a batch. */
const LOOK_AHEAD = 16;

interface Group<T extends Queued> {
  readonly lanes: Map<string, Map<number, Lane<T>>>;
  count: number;
  tokens: number;
}

interface Candidate<T extends Queued> {
  readonly item: T;
  readonly lane: Lane<T>;
  readonly level: number;
  readonly counter: number;
}

/**
 * A queue that fills batches: only items of one group share a batch; higher priority first, waiting raises it; within
 * a level the client that was served the least weighted tokens; within a client the oldest. Pure: time comes in.
 */
export class FairQueue<T extends Queued> {
  readonly counters: VirtualCounters;
  private readonly groups = new Map<string, Group<T>>();
  private readonly priorities = new Map<number, number>();
  private readonly order = new Set<T>();
  private tokenCount = 0;

  constructor(
    private readonly limits: BatchLimits,
    private readonly ageingStep: Millis,
    weights: Readonly<Record<string, number>> = {},
  ) {
    this.counters = new VirtualCounters(weights);
  }

  get size(): number {
    return this.order.size;
  }

  get tokens(): number {
    return this.tokenCount;
  }

  add(item: T): void {
    let group = this.groups.get(item.group);
    if (group === undefined) this.groups.set(item.group, (group = { lanes: new Map(), count: 0, tokens: 0 }));
    let lanes = group.lanes.get(item.client);
    if (lanes === undefined) group.lanes.set(item.client, (lanes = new Map()));
    let lane = lanes.get(item.priority);
    if (lane === undefined) lanes.set(item.priority, (lane = new Lane()));
    lane.push(item);
    group.count++;
    group.tokens += item.tokens;
    this.tokenCount += item.tokens;
    this.order.add(item);
    this.priorities.set(item.priority, (this.priorities.get(item.priority) ?? 0) + 1);
    this.counters.enter(item.client);
  }

  /** Takes an item out; false when it is not (or no longer) in. */
  remove(item: T): boolean {
    if (!this.order.delete(item)) return false;
    item.gone = true;
    this.tokenCount -= item.tokens;
    this.counters.leave(item.client);
    const left = (this.priorities.get(item.priority) ?? 1) - 1;
    if (left > 0) this.priorities.set(item.priority, left);
    else this.priorities.delete(item.priority);
    const group = this.groups.get(item.group);
    if (group === undefined) return true;
    group.count--;
    group.tokens -= item.tokens;
    if (group.count === 0) this.groups.delete(item.group);
    else {
      const lanes = group.lanes.get(item.client);
      if (lanes?.get(item.priority)?.head === undefined) lanes?.delete(item.priority);
      if (lanes?.size === 0) group.lanes.delete(item.client);
    }
    return true;
  }

  /** The item that waits longest among those of the lowest priority: what `drop-oldest` gives up. */
  oldestOfLowest(): T | undefined {
    const lowest = Math.min(...this.priorities.keys());
    for (const item of this.order) if (item.priority === lowest) return item;
    return undefined;
  }

  /** When the first group becomes due; undefined when the queue is empty. A full group is due at once. */
  dueAt(window: Millis): Millis | undefined {
    let due: Millis | undefined;
    for (const group of this.groups.values()) {
      const at = this.isFull(group) ? -Infinity : this.oldestOf(group) + window;
      if (due === undefined || at < due) due = at;
    }
    return due;
  }

  /** Fills one batch from the group whose best item is first among the due ones; undefined when none is due. */
  take(at: Millis, window: Millis): T[] | undefined {
    const top = Math.max(...this.priorities.keys());
    let best: { group: Group<T>; candidate: Candidate<T> } | undefined;
    for (const group of this.groups.values()) {
      if (!this.isFull(group) && this.oldestOf(group) + window > at) continue;
      for (const lane of lanesOf(group)) {
        const candidate = this.candidateOf(lane, at, top, () => true);
        if (candidate !== undefined && (best === undefined || isBefore(candidate, best.candidate))) {
          best = { group, candidate };
        }
      }
    }
    return best === undefined ? undefined : this.fill(best.group, at, top);
  }

  private fill(group: Group<T>, at: Millis, top: number): T[] {
    const { maxItems, maxTokens, packing } = this.limits;
    const batch: T[] = [];
    let sum = 0;
    let longest = 0;
    const fits = (item: T): boolean => {
      if (batch.length === 0) return true;
      const size = packing === 'padded' ? Math.max(longest, item.tokens) * (batch.length + 1) : sum + item.tokens;
      return size <= maxTokens;
    };
    const heap = new CandidateHeap([...lanesOf(group)].flatMap((lane) => this.candidateOf(lane, at, top, fits) ?? []));
    for (let first = heap.top; first !== undefined && batch.length < maxItems; first = heap.top) {
      // Its client may have been served, or the batch filled, since it was put in. What does not fit never will.
      const now = this.candidateOf(first.lane, at, top, fits);
      if (now === undefined || now.item !== first.item || now.counter !== first.counter) {
        heap.replaceTop(now);
        continue;
      }
      const { item } = now;
      this.counters.pick(item.client);
      this.counters.charge(item.client, item.tokens);
      this.remove(item);
      batch.push(item);
      sum += item.tokens;
      longest = Math.max(longest, item.tokens);
      heap.replaceTop(this.candidateOf(first.lane, at, top, fits));
    }
    return batch;
  }

  private candidateOf(lane: Lane<T>, at: Millis, top: number, fits: (item: T) => boolean): Candidate<T> | undefined {
    const item = lane.firstFit(fits);
    if (item === undefined) return undefined;
    const aged = Math.floor((at - item.enqueuedAt) / this.ageingStep);
    return { item, lane, level: Math.min(top, item.priority + aged), counter: this.counters.of(item.client) };
  }

  private isFull({ count, tokens }: Group<T>): boolean {
    return count >= this.limits.maxItems || tokens >= this.limits.maxTokens;
  }

  private oldestOf({ lanes }: Group<T>): Millis {
    let oldest = Infinity;
    for (const client of lanes.values()) {
      for (const lane of client.values()) oldest = Math.min(oldest, lane.head?.enqueuedAt ?? Infinity);
    }
    return oldest;
  }
}

function* lanesOf<T extends Queued>(group: Group<T>): Generator<Lane<T>> {
  for (const lanes of group.lanes.values()) yield* lanes.values();
}
