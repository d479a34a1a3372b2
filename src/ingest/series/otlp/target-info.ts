import type { EpochMillis, Millis } from '../../../base/clock';
import type { Labels } from '../../../domain/labels';
import type { IncomingSample } from '../../../storage';

/** Another resource may take an identity over when its owner was silent for so long: Prometheus' lookback. */
const SILENCE: Millis = 300_000;
const MAX_IDENTITIES = 20_000;

/** Sees to it that a job and instance have at most one `target_info` at a time. */
export class TargetInfo {
  private readonly owners = new Map<string, { labels: Labels; t: EpochMillis }>();

  /** The samples that tell about a resource seen at `t`: none while another one has its identity. */
  samples(labels: Labels, t: EpochMillis): IncomingSample[] {
    const identity = labels.only('job', 'instance').key;
    const owner = this.owners.get(identity);
    if (owner && owner.labels.equals(labels)) {
      if (t <= owner.t) return [];
      owner.t = t;
      return [{ labels, t, value: 1 }];
    }
    if (owner && t - owner.t < SILENCE) return [];
    this.owners.delete(identity);
    this.owners.set(identity, { labels, t });
    if (this.owners.size > MAX_IDENTITIES) {
      for (const oldest of this.owners.keys()) {
        this.owners.delete(oldest);
        break;
      }
    }
    const own = { labels, t, value: 1 };
    return owner ? [{ labels: owner.labels, t, value: NaN, stale: true }, own] : [own];
  }
}
