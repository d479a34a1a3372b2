import type { IncomingSample } from '../../storage';
import type { Labels } from '../../domain/labels';

/** What a series must hold, by the plainest means: a map from time to sample. */
export class NaiveStore {
  readonly series = new Map<string, { labels: Labels; newest: number; samples: Map<number, IncomingSample> }>();

  constructor(private readonly window: number) {}

  /** Whether the store must take the sample. */
  append(sample: IncomingSample): boolean {
    const { key } = sample.labels;
    let series = this.series.get(key);
    if (series === undefined) {
      series = { labels: sample.labels, newest: -Infinity, samples: new Map() };
      this.series.set(key, series);
    }
    const before = series.samples.get(sample.t);
    if (before !== undefined) return textOf(before) === textOf(sample);
    if (sample.t < series.newest && (this.window === 0 || sample.t < series.newest - this.window)) return false;
    series.newest = Math.max(series.newest, sample.t);
    series.samples.set(sample.t, sample);
    return true;
  }

  /** Removes what is in [start, end] of these series. How far a series had come stays known. */
  remove(keys: ReadonlySet<string>, start: number, end: number): number {
    let removed = 0;
    for (const [key, { samples }] of this.series) {
      if (!keys.has(key)) continue;
      for (const t of samples.keys()) if (t >= start && t <= end && samples.delete(t)) removed++;
    }
    return removed;
  }

  /** Per series, `t value` of its samples in (start, end], in order. */
  select(start: number, end: number): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const { labels, samples } of this.series.values()) {
      const inside = [...samples.values()].filter(({ t }) => t > start && t <= end).sort((a, b) => a.t - b.t);
      if (inside.length > 0) found[labels.toString()] = inside.map(textOf);
    }
    return found;
  }
}

/** A sample as text, for comparison. */
export function textOf({
  t,
  value,
  stale,
  histogram,
}: Pick<IncomingSample, 't' | 'value' | 'stale' | 'histogram'>): string {
  return `${t} ${stale ? 'stale' : histogram ? `histogram of ${histogram.count}` : Object.is(value, -0) ? '-0' : String(value)}`;
}
