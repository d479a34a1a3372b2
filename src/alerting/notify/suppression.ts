import type { EpochMillis } from '../../base/clock';
import type { Labels } from '../../domain/labels';
import type { Inhibition, Inhibitor } from '../mute/inhibitor';
import type { Silences } from '../mute/silences';
import { isWithin } from '../mute/time-interval';
import type { TimeInterval } from '../mute/time-interval';
import type { Route } from '../routing/route';

/** Why an alert is kept back, apart from the calendar. */
export interface Suppression {
  readonly inhibitedBy: Inhibition | undefined;
  readonly silencedBy: readonly string[];
}

/** Everything that can keep an alert back. */
export class Suppressions {
  constructor(
    readonly inhibitor: Inhibitor,
    readonly silences: Silences,
    private readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>,
  ) {}

  of(labels: Labels, at: EpochMillis): Suppression {
    return {
      inhibitedBy: this.inhibitor.find(labels, at),
      silencedBy: this.silences.mutedBy(labels, at).map(({ id }) => id),
    };
  }

  isSuppressed(labels: Labels, at: EpochMillis): boolean {
    return this.inhibitor.find(labels, at) !== undefined || this.silences.mutedBy(labels, at).length > 0;
  }

  /** The names of the time intervals that keep a route quiet; `active` names when none of them holds. */
  mutedBy(route: Route, at: EpochMillis): string[] {
    const active = route.activeTimeIntervals;
    if (active.length > 0 && !active.some((name) => this.holds(name, at))) return [...active];
    return route.muteTimeIntervals.filter((name) => this.holds(name, at));
  }

  /** The intervals that decide about a route, for looking ahead. */
  intervalsOf(route: Route): TimeInterval[] {
    return [...route.muteTimeIntervals, ...route.activeTimeIntervals].flatMap(
      (name) => this.timeIntervals.get(name) ?? [],
    );
  }

  private holds(name: string, at: EpochMillis): boolean {
    return isWithin(this.timeIntervals.get(name) ?? [], at);
  }
}
