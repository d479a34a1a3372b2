import type { Exemplar } from '../domain/sample';
import type { MemSeries } from './mem-series';

/** The newest exemplars over all series; the oldest give way. */
export class ExemplarRing {
  private readonly slots: { readonly series: MemSeries; readonly exemplar: Exemplar }[] = [];
  private next = 0;
  private readonly newest = new Map<MemSeries, Exemplar>();

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.slots.length;
  }

  /** False when it was not taken: the same as the series' last, older than it, or exemplars are off. */
  add(series: MemSeries, exemplar: Exemplar): boolean {
    if (this.capacity === 0) return false;
    const last = this.newest.get(series);
    if (last && (exemplar.t < last.t || isSame(last, exemplar))) return false;
    const gone = this.slots[this.next];
    if (gone && this.newest.get(gone.series) === gone.exemplar) this.newest.delete(gone.series);
    this.slots[this.next] = { series, exemplar };
    this.next = (this.next + 1) % this.capacity;
    this.newest.set(series, exemplar);
    return true;
  }

  /** Those in [start, end] of series that pass, by series, in order of time. */
  find(passes: (series: MemSeries) => boolean, start: number, end: number): Map<MemSeries, Exemplar[]> {
    const found = new Map<MemSeries, Exemplar[]>();
    for (const { series, exemplar } of this.all()) {
      if (exemplar.t < start || exemplar.t > end || !passes(series)) continue;
      const list = found.get(series);
      if (list) list.push(exemplar);
      else found.set(series, [exemplar]);
    }
    for (const list of found.values()) list.sort((a, b) => a.t - b.t);
    return found;
  }

  /** In the order they came. */
  *all(): IterableIterator<{ readonly series: MemSeries; readonly exemplar: Exemplar }> {
    const { slots } = this;
    const start = slots.length < this.capacity ? 0 : this.next;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[(start + i) % slots.length];
      if (slot && !slot.series.dropped) yield slot;
    }
  }
}

function isSame(a: Exemplar, b: Exemplar): boolean {
  return a.t === b.t && Object.is(a.value, b.value) && a.labels.equals(b.labels);
}
