import type { IncomingSample } from '../../storage';
import type { Labels } from '../../domain/labels';
import { METRIC_NAME } from '../../domain/labels';
import { CUSTOM_BUCKETS_SCHEMA } from '../../domain/histogram';
import { FloatHistogram } from '../histogram/float-histogram';

interface Collected {
  readonly labels: Labels;
  readonly byTime: Map<number, { buckets: Map<number, number>; count: number | undefined; sum: number }>;
}

/** The native histograms with custom buckets that the classic histograms among these samples amount to. */
export function toCustomBuckets(samples: readonly IncomingSample[]): IncomingSample[] {
  const collected = new Map<string, Collected>();
  for (const { labels, t, value, histogram } of samples) {
    const match = /^(.*)_(bucket|count|sum)$/.exec(labels.metricName);
    if (match === null || histogram !== undefined) continue;
    const [, name = '', suffix] = match;
    const bound = labels.has('le') ? toBound(labels.get('le')) : NaN;
    if (suffix === 'bucket' && Number.isNaN(bound)) continue;
    const base = labels.without('le').with({ [METRIC_NAME]: name });
    let own = collected.get(base.key);
    if (own === undefined) {
      own = { labels: base, byTime: new Map() };
      collected.set(base.key, own);
    }
    let at = own.byTime.get(t);
    if (at === undefined) {
      at = { buckets: new Map(), count: undefined, sum: 0 };
      own.byTime.set(t, at);
    }
    if (suffix === 'bucket') at.buckets.set(bound, value);
    else if (suffix === 'count') at.count = value;
    else at.sum = value;
  }
  const made: IncomingSample[] = [];
  for (const { labels, byTime } of collected.values()) {
    for (const [t, { buckets, count, sum }] of [...byTime].sort(([a], [b]) => a - b)) {
      const ascending = [...buckets].sort(([a], [b]) => a - b);
      const total = count ?? ascending.at(-1)?.[1] ?? 0;
      if (ascending.at(-1)?.[0] !== Infinity) ascending.push([Infinity, total]);
      const histogram = new FloatHistogram();
      histogram.schema = CUSTOM_BUCKETS_SCHEMA;
      histogram.count = total;
      histogram.sum = sum;
      histogram.customValues = ascending.slice(0, -1).map(([bound]) => bound);
      histogram.positive = {
        index: ascending.map((_, i) => i),
        counts: ascending.map(([, cumulative], i) => cumulative - (ascending[i - 1]?.[1] ?? 0)),
      };
      made.push({ labels, t, value: NaN, histogram: histogram.compact().toNative() });
    }
  }
  return made;
}

function toBound(text: string): number {
  if (/^[+]?inf$/i.test(text)) return Infinity;
  return text.trim() === '' ? NaN : Number(text);
}
