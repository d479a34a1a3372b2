import type { EpochMillis } from '../../../base/clock';
import { Labels } from '../../../domain/labels';
import type { IncomingSample } from '../../../storage';
import type { Exposition } from '../exposition/parse-exposition';
import type { Target } from './target';

/** The series a target showed at its last scrape, so that those that vanish are marked. */
export class ScrapeSeries {
  private current = new Map<string, { labels: Labels; marked: boolean }>();

  constructor(private readonly target: Target) {}

  /** The samples of a scrape at `at`, and markers for series that were there the last time and no more. */
  update({ samples }: Exposition, at: EpochMillis): { samples: IncomingSample[]; added: number } {
    const next = new Map<string, { labels: Labels; marked: boolean }>();
    const written: IncomingSample[] = [];
    let added = 0;
    for (const exposed of samples) {
      const before = this.current.get(exposed.labels.key) ?? next.get(exposed.labels.key);
      const labels = before?.labels ?? this.labelsOf(exposed.labels);
      if (before === undefined) added++;
      const ownTime = this.target.job.honor_timestamps && exposed.t !== undefined;
      next.set(exposed.labels.key, { labels, marked: !ownTime });
      const t = ownTime ? (exposed.t ?? at) : at;
      const exemplar = exposed.exemplar && {
        ...exposed.exemplar,
        t: exposed.exemplar.t === 0 ? t : exposed.exemplar.t,
      };
      written.push({ labels, t, value: exposed.value, ...(exemplar && { exemplar }) });
    }
    for (const [key, { labels, marked }] of this.current) {
      if (marked && !next.has(key)) written.push(marker(labels, at));
    }
    this.current = next;
    return { samples: written, added };
  }

  /** Markers for every series: the scrape failed, or the target is gone. */
  end(at: EpochMillis): IncomingSample[] {
    const markers: IncomingSample[] = [];
    for (const { labels, marked } of this.current.values()) if (marked) markers.push(marker(labels, at));
    this.current = new Map();
    return markers;
  }

  /** The target's labels win, what they replace is kept as `exported_…`; the other way round when they are honoured. */
  private labelsOf(exposed: Labels): Labels {
    const { target } = this;
    const pairs = new Map<string, string>(exposed);
    for (const [name, value] of target.labels) {
      const own = pairs.get(name);
      if (own !== undefined && target.job.honor_labels) continue;
      if (own !== undefined) {
        let exported = `exported_${name}`;
        while (pairs.has(exported)) exported = `exported_${exported}`;
        pairs.set(exported, own);
      }
      pairs.set(name, value);
    }
    return Labels.of(pairs);
  }
}

/** Says that a series ended. */
export function marker(labels: Labels, t: EpochMillis): IncomingSample {
  return { labels, t, value: NaN, stale: true };
}
