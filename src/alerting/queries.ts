import type { Clock, EpochMillis } from '../base/clock';
import type { Labels } from '../domain/labels';
import type { Matcher } from '../domain/matcher';
import type { ResolvedAlerting } from './config/resolve';
import type { Dispatcher } from './dispatch/dispatcher';
import type { AlertStore } from './intake/alert-store';
import type { StoredAlert } from './intake/stored-alert';
import type { Acknowledgement, Acknowledgements } from './notify/acknowledgements';
import { compareAlerts, compareLabelSets } from './notify/notification';
import type { Suppressions } from './notify/suppression';
import { matchRoutes } from './routing/route';

/** An alert with what is known of it now. */
export interface AlertView {
  readonly alert: StoredAlert;
  readonly state: 'unprocessed' | 'active' | 'suppressed';
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  readonly mutedBy: readonly string[];
  readonly receivers: readonly string[];
  readonly acknowledgement: Acknowledgement | undefined;
}

/** A group with its alerts. */
export interface GroupView {
  readonly key: string;
  readonly receiver: string;
  readonly labels: Labels;
  readonly alerts: readonly AlertView[];
  readonly nextFlush: EpochMillis;
  readonly lastFlush: EpochMillis | undefined;
}

/** Which alerts are wanted. */
export interface AlertFilter {
  readonly matchers?: readonly Matcher[];
  /** Each default true. */
  readonly active?: boolean;
  readonly silenced?: boolean;
  readonly inhibited?: boolean;
  readonly unprocessed?: boolean;
  readonly muted?: boolean;
  /** Whether the receiver's name is wanted. */
  readonly receiver?: (name: string) => boolean;
}

/** Reads what there is: alerts, groups, receivers. */
export class AlertQueries {
  constructor(
    private readonly store: AlertStore,
    private readonly dispatcher: Dispatcher,
    private readonly clock: Clock,
    private readonly suppressions: () => Suppressions,
    private readonly resolved: () => ResolvedAlerting,
    private readonly acknowledgements: Acknowledgements,
  ) {}

  /** Alerts that are not over, by fingerprint. */
  alerts(filter: AlertFilter = {}): AlertView[] {
    const at = this.clock.now();
    const views: AlertView[] = [];
    for (const alert of this.store.all()) {
      if (alert.endsAt <= at || !matches(alert, filter)) continue;
      const routes = matchRoutes(this.resolved().root, alert.labels);
      const receivers = [...new Set(routes.map((route) => route.receiver))];
      if (filter.receiver !== undefined && !receivers.some(filter.receiver)) continue;
      const mutedBy = [...new Set(routes.flatMap((route) => this.suppressions().mutedBy(route, at)))];
      const view = this.view(alert, receivers, mutedBy, at);
      if (isWanted(view, filter)) views.push(view);
    }
    return views.sort((a, b) => (a.alert.labels.fingerprint < b.alert.labels.fingerprint ? -1 : 1));
  }

  /** One alert, over or not. */
  alert(fingerprint: string): AlertView | undefined {
    const alert = this.store.get(fingerprint);
    if (alert === undefined) return undefined;
    const at = this.clock.now();
    const routes = matchRoutes(this.resolved().root, alert.labels);
    const mutedBy = [...new Set(routes.flatMap((route) => this.suppressions().mutedBy(route, at)))];
    return this.view(alert, [...new Set(routes.map((route) => route.receiver))], mutedBy, at);
  }

  /** Groups with at least one wanted alert, by labels and receiver. */
  groups(filter: AlertFilter = {}): GroupView[] {
    const at = this.clock.now();
    const receiversOf = new Map<string, string[]>();
    for (const group of this.dispatcher.all()) {
      for (const fingerprint of group.alerts.keys()) {
        const names = receiversOf.get(fingerprint) ?? [];
        if (!names.includes(group.route.receiver)) names.push(group.route.receiver);
        receiversOf.set(fingerprint, names);
      }
    }
    const views: GroupView[] = [];
    for (const group of this.dispatcher.all()) {
      if (filter.receiver?.(group.route.receiver) === false) continue;
      const mutedBy = this.suppressions().mutedBy(group.route, at);
      if (mutedBy.length > 0 && filter.muted === false) continue;
      const alerts: AlertView[] = [];
      for (const [fingerprint, alert] of group.alerts) {
        if (alert.endsAt <= at || !matches(alert, filter)) continue;
        const view = this.view(alert, (receiversOf.get(fingerprint) ?? []).sort(), mutedBy, at);
        if (isWanted(view, filter)) alerts.push(view);
      }
      if (alerts.length === 0) continue;
      alerts.sort((a, b) => compareAlerts(a.alert, b.alert));
      const { key, labels, nextFlush, lastFlush } = group;
      views.push({ key, labels, nextFlush, lastFlush, alerts, receiver: group.route.receiver });
    }
    return views.sort((a, b) => compareLabelSets(a.labels, b.labels) || (a.receiver < b.receiver ? -1 : 1));
  }

  receivers(): string[] {
    return [...this.resolved().receivers.keys()];
  }

  /** How many alerts are in a state, for metrics. */
  count(state: AlertView['state']): number {
    if (state === 'unprocessed') return 0;
    const at = this.clock.now();
    let count = 0;
    for (const alert of this.store.all()) {
      if (alert.endsAt > at && this.suppressions().isSuppressed(alert.labels, at) === (state === 'suppressed')) count++;
    }
    return count;
  }

  private view(
    alert: StoredAlert,
    receivers: readonly string[],
    mutedBy: readonly string[],
    at: EpochMillis,
  ): AlertView {
    const { inhibitedBy, silencedBy } = this.suppressions().of(alert.labels, at);
    return {
      alert,
      receivers,
      silencedBy,
      inhibitedBy: inhibitedBy === undefined ? [] : [inhibitedBy.by],
      mutedBy,
      state: silencedBy.length > 0 || inhibitedBy !== undefined ? 'suppressed' : 'active',
      acknowledgement: this.acknowledgements.get(alert.labels.fingerprint, at),
    };
  }
}

function matches(alert: StoredAlert, { matchers = [] }: AlertFilter): boolean {
  return matchers.every((matcher) => matcher.matches(alert.labels));
}

function isWanted(view: AlertView, filter: AlertFilter): boolean {
  if (filter.active === false && view.state === 'active') return false;
  if (filter.unprocessed === false && view.state === 'unprocessed') return false;
  if (filter.silenced === false && view.silencedBy.length > 0) return false;
  return filter.inhibited !== false || view.inhibitedBy.length === 0;
}
