/** Something to be taken in an order that may have changed since it was put in. */
export interface Ranked {
  readonly level: number;
  readonly counter: number;
  readonly item: { readonly client: string; readonly enqueuedAt: number };
}

/** Whether one goes before the other: by level, then by what their clients were served, then by age. */
export function isBefore(a: Ranked, b: Ranked): boolean {
  if (a.level !== b.level) return a.level > b.level;
  if (a.item.client !== b.item.client && a.counter !== b.counter) return a.counter < b.counter;
  return a.item.enqueuedAt < b.item.enqueuedAt;
}

/** A binary heap of candidates, the first to go on top. */
export class CandidateHeap<C extends Ranked> {
  private readonly entries: C[];

  constructor(entries: readonly C[]) {
    this.entries = [...entries];
    for (let at = (this.entries.length >> 1) - 1; at >= 0; at--) this.sink(at);
  }

  get top(): C | undefined {
    return this.entries[0];
  }

  /** Puts another in the place of the top; without one the top is taken out. */
  replaceTop(entry: C | undefined): void {
    const last = entry ?? this.entries.pop();
    if (last === undefined || this.entries.length === 0) return;
    this.entries[0] = last;
    this.sink(0);
  }

  private sink(start: number): void {
    const moved = this.entries[start];
    if (moved === undefined) return;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      let least = this.entries[child];
      const right = this.entries[child + 1];
      if (least === undefined) break;
      if (right !== undefined && isBefore(right, least)) {
        least = right;
        child++;
      }
      if (!isBefore(least, moved)) break;
      this.entries[at] = least;
      at = child;
    }
    this.entries[at] = moved;
  }
}
