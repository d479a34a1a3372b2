import type { NativeHistogram } from '../domain/histogram';
import type { Labels } from '../domain/labels';
import type { Exemplar, MetricMetadata } from '../domain/sample';
import type { Columns } from './columns';
import type { ExemplarRing } from './exemplar-ring';
import type { Head } from './head';
import type { RecordVisitor } from './records';

/** Rebuilds memory from records. Records may come twice: a snapshot and the log overlap. */
export class Replay implements RecordVisitor {
  /** Samples whose series no record named. */
  orphans = 0;

  constructor(
    private readonly head: Head,
    private readonly exemplars: ExemplarRing,
    private readonly known: Map<string, MetricMetadata>,
  ) {}

  series(id: number, labels: Labels, newest: number): void {
    const series = this.head.get(id) ?? this.head.add(labels, id);
    if (newest > series.newest) series.newest = newest;
  }

  sample(id: number, t: number, value: number, stale: boolean, histogram: NativeHistogram | undefined): void {
    const series = this.head.get(id);
    if (series === undefined) this.orphans++;
    else this.head.restore(series, t, value, stale, histogram);
  }

  chunk(id: number, { length, timestamps, values, stale, histograms }: Columns): void {
    const series = this.head.get(id);
    if (series === undefined) {
      this.orphans += length;
      return;
    }
    for (let i = 0; i < length; i++) {
      this.head.restore(series, timestamps[i] ?? 0, values[i] ?? 0, stale?.[i] === 1, histograms?.[i]);
    }
  }

  metadata(name: string, metadata: MetricMetadata): void {
    this.known.set(name, metadata);
  }

  exemplar(id: number, exemplar: Exemplar): void {
    const series = this.head.get(id);
    if (series) this.exemplars.add(series, exemplar);
  }

  deletion(ids: readonly number[], start: number, end: number): void {
    for (const id of ids) {
      const series = this.head.get(id);
      if (series) this.head.remove(series, start, end);
    }
  }

  end(): void {
    // The snapshot is whole; the log follows.
  }
}
