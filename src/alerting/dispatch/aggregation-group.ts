import type { EpochMillis, Timer } from '../../base/clock';
import type { Labels } from '../../domain/labels';
import type { StoredAlert } from '../intake/stored-alert';
import { groupKeyOf } from '../routing/route';
import type { Route } from '../routing/route';

/** Alerts that share a route and its group labels, and are told together. */
export class AggregationGroup {
  readonly key: string;
  /** Tells groups of the same key apart whose routes name different receivers. */
  readonly id: string;
  readonly alerts = new Map<string, StoredAlert>();
  hasFlushed = false;
  /** The next regular flush. */
  nextFlush: EpochMillis = 0;
  lastFlush: EpochMillis | undefined;
  /** Since when a time interval has kept firing alerts back. */
  mutedSince: EpochMillis | undefined;
  timer: Timer | undefined;
  /** For flushes between the regular ones: an escalation, the end of a mute time. */
  extraTimer: Timer | undefined;
  /** One flush at a time. */
  busy: Promise<void> = Promise.resolve();

  constructor(
    public route: Route,
    readonly labels: Labels,
    readonly createdAt: EpochMillis,
  ) {
    this.key = groupKeyOf(route, labels);
    this.id = groupId(this.key, route.receiver);
  }

  cancel(): void {
    this.timer?.cancel();
    this.extraTimer?.cancel();
    this.timer = undefined;
    this.extraTimer = undefined;
  }
}

/** The identity of a group. */
export function groupId(groupKey: string, receiver: string): string {
  return `${groupKey}\u{0}${receiver}`;
}
