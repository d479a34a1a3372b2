import type { EpochMillis } from '../../../base/clock';
import { Labels } from '../../../domain/labels';
import type { IncomingSample } from '../../../storage';
import type { Exposition } from '../exposition/parse-exposition';
import { ScrapeFailedError } from '../errors';
import { relabeller, type Relabel } from '../relabel/relabel';
import type { ScrapeJobConfig } from '../series.config';
import type { Target } from './target';

/** The series a target showed at its last scrape, so that those that vanish are marked. */
export class ScrapeSeries {
  private current = new Map<string, Known>();
  private readonly relabel: Relabel;

  constructor(private readonly target: Target) {
    this.relabel = relabeller(target.job.metric_relabel_configs);
  }

  /** The samples of a scrape at `at`, and markers for series that were there the last time and no more. */
  update({ samples }: Exposition, at: EpochMillis): { samples: IncomingSample[]; added: number; kept: number } {
    const next = new Map<string, Known>();
    const written: IncomingSample[] = [];
    let added = 0;
    for (const exposed of samples) {
      const before = this.current.get(exposed.labels.key) ?? next.get(exposed.labels.key);
      const labels = before === undefined ? this.labelsOf(exposed.labels) : before.labels;
      const ownTime = this.target.job.honor_timestamps && exposed.t !== undefined;
      next.set(exposed.labels.key, { labels, marked: !ownTime });
      if (labels === undefined) continue;
      if (before === undefined) added++;
      const t = ownTime ? (exposed.t ?? at) : at;
      const exemplar = exposed.exemplar && {
        ...exposed.exemplar,
        t: exposed.exemplar.t === 0 ? t : exposed.exemplar.t,
      };
      written.push({ labels, t, value: exposed.value, ...(exemplar && { exemplar }) });
    }
    const kept = written.length;
    const { sample_limit: limit } = this.target.job;
    if (limit > 0 && kept > limit) throw new ScrapeFailedError(`${kept} samples, at most ${limit} are taken`);
    for (const [key, { labels, marked }] of this.current) {
      if (marked && labels !== undefined && !next.has(key)) written.push(marker(labels, at));
    }
    this.current = next;
    return { samples: written, added, kept };
  }

  /** Markers for every series: the scrape failed, or the target is gone. */
  end(at: EpochMillis): IncomingSample[] {
    const markers: IncomingSample[] = [];
    for (const { labels, marked } of this.current.values()) {
      if (marked && labels !== undefined) markers.push(marker(labels, at));
    }
    this.current = new Map();
    return markers;
  }

  /**
   * The target's labels win, what they replace is kept as `exported_…`; the other way round when they are honoured.
   * Undefined when relabelling drops the series. @throws ScrapeFailedError beyond a limit of labels.
   */
  private labelsOf(exposed: Labels): Labels | undefined {
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
    const labels = this.relabel(Labels.of(pairs));
    if (labels === undefined || labels.metricName === '') return undefined;
    checkLimits(labels, target.job);
    return labels;
  }
}

/** A series of the last scrape; without labels when relabelling dropped it. */
interface Known {
  readonly labels: Labels | undefined;
  readonly marked: boolean;
}

function checkLimits(labels: Labels, job: ScrapeJobConfig): void {
  const { label_limit: most, label_name_length_limit: longestName, label_value_length_limit: longestValue } = job;
  if (most > 0 && labels.size > most) {
    throw new ScrapeFailedError(`${labels.toString()} has ${labels.size} labels, at most ${most} are taken`);
  }
  if (longestName === 0 && longestValue === 0) return;
  for (const [name, value] of labels) {
    const [nameBytes, valueBytes] = [Buffer.byteLength(name), Buffer.byteLength(value)];
    if (longestName > 0 && nameBytes > longestName) {
      throw new ScrapeFailedError(`label name ${name} of ${nameBytes} bytes, at most ${longestName} are taken`);
    }
    if (longestValue > 0 && valueBytes > longestValue) {
      throw new ScrapeFailedError(`label value of ${name} has ${valueBytes} bytes, at most ${longestValue} are taken`);
    }
  }
}

/** Says that a series ended. */
export function marker(labels: Labels, t: EpochMillis): IncomingSample {
  return { labels, t, value: NaN, stale: true };
}
