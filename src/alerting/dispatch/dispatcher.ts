import type { Clock, EpochMillis } from '../../base/clock';
import type { Labels } from '../../domain/labels';
import type { StateChange, StateStore } from '../../storage';
import type { StoredAlert } from '../intake/stored-alert';
import { allRoutes, groupKeyOf, groupLabelsOf, matchRoutes } from '../routing/route';
import type { Route } from '../routing/route';
import { AggregationGroup, groupId } from './aggregation-group';

const SPACE = 'alerting.groups';

/** What the dispatcher asks of the rest. */
export interface DispatchHooks {
  /** A group's time has come. Never rejects. */
  flush(group: AggregationGroup, at: EpochMillis): Promise<void>;
  /** A flush between the regular ones. Never rejects. */
  extraFlush(group: AggregationGroup, at: EpochMillis): Promise<void>;
  /** An alert could not be grouped: there are too many groups. */
  refused(alert: StoredAlert): void;
}

/** A group's timers as they are stored. */
interface GroupRow {
  readonly key: string;
  readonly receiver: string;
  readonly labels: readonly string[];
  readonly createdAt: EpochMillis;
  /** An instant at which it flushed or will; the others are multiples of the group interval away. */
  readonly anchor: EpochMillis;
  readonly flushed: boolean;
}

/**
 * Sorts alerts into aggregation groups and keeps their timers. The timers survive a restart (their phase is on disk) and a
 * reload (groups whose route still exists go on as they are).
 */
export class Dispatcher {
  private readonly groups = new Map<string, AggregationGroup>();
  /** The groups of an alert, by fingerprint. */
  private readonly memberships = new Map<string, AggregationGroup[]>();
  private readonly byKey = new Map<string, AggregationGroup[]>();
  /** The quick way from an alert to its group: by route, then by the group labels' key. */
  private readonly byRoute = new Map<Route, Map<string, AggregationGroup>>();
  private readonly rows = new Map<string, GroupRow>();
  private running = false;

  constructor(
    private root: Route,
    private readonly state: StateStore,
    private readonly clock: Clock,
    private readonly limit: () => number,
    private readonly hooks: DispatchHooks,
  ) {}

  /** Reads the timers of the last run. */
  async load(): Promise<void> {
    for (const { key, value } of await this.state.load(SPACE)) if (isRow(value)) this.rows.set(key, value);
  }

  /**
   * Sets the timers; groups whose flush was missed flush at once.
   * @returns what no alert belongs to any more, to commit.
   */
  start(): StateChange[] {
    this.running = true;
    for (const group of this.groups.values()) this.arm(group);
    const stale = [...this.rows.keys()].map((key): StateChange => ({ op: 'delete', space: SPACE, key }));
    this.rows.clear();
    return stale;
  }

  stop(): void {
    this.running = false;
    for (const group of this.groups.values()) group.cancel();
  }

  all(): Iterable<AggregationGroup> {
    return this.groups.values();
  }

  get size(): number {
    return this.groups.size;
  }

  /** The groups that hold the alert. */
  groupsOf(fingerprint: string): readonly AggregationGroup[] {
    return this.memberships.get(fingerprint) ?? [];
  }

  /** The groups with that key; more than one where routes differ in their receiver only. */
  withKey(groupKey: string): readonly AggregationGroup[] {
    return this.byKey.get(groupKey) ?? [];
  }

  /** Takes an alert out of a group. @returns whether another group still holds it. */
  drop(group: AggregationGroup, fingerprint: string): boolean {
    group.alerts.delete(fingerprint);
    const left = this.groupsOf(fingerprint).filter((other) => other !== group);
    if (left.length === 0) this.memberships.delete(fingerprint);
    else this.memberships.set(fingerprint, left);
    return left.length > 0;
  }

  /** Puts an alert into its groups; what changed on disk is the caller's to commit. */
  insert(alert: StoredAlert, at: EpochMillis): StateChange[] {
    const changes: StateChange[] = [];
    for (const route of matchRoutes(this.root, alert.labels)) {
      const labels = groupLabelsOf(route, alert.labels);
      let group = this.byRoute.get(route)?.get(labels.key);
      if (group === undefined) {
        const id = groupId(groupKeyOf(route, labels), route.receiver);
        group = this.groups.get(id);
      }
      if (group === undefined) {
        const id = groupId(groupKeyOf(route, labels), route.receiver);
        if (this.groups.size >= this.limit()) {
          this.hooks.refused(alert);
          continue;
        }
        const restored = this.rows.has(id);
        group = this.create(route, labels, at);
        if (!restored) changes.push(this.rowOf(group));
      }
      this.remember(route, labels, group);
      this.hold(group, alert);
      // Its wait is over already: it has been firing for longer.
      if (!group.hasFlushed && alert.startsAt + route.groupWait < at && group.nextFlush > at) {
        group.nextFlush = at;
        changes.push(this.rowOf(group));
        this.arm(group);
      }
    }
    return changes;
  }

  /** Asks for a flush between the regular ones; the earliest wish counts. */
  wish(group: AggregationGroup, at: EpochMillis): void {
    group.extraTimer?.cancel();
    group.extraTimer = this.clock.schedule(Math.max(0, at - this.clock.now()), () => {
      group.extraTimer = undefined;
      if (this.running) this.run(group, (now) => this.hooks.extraFlush(group, now));
    });
  }

  /** Lets go of a group that has no alerts left: one that fires anew waits anew. The caller commits. */
  dismiss(group: AggregationGroup): StateChange[] {
    if (group.alerts.size > 0 || this.groups.get(group.id) !== group) return [];
    this.discard(group);
    return [{ op: 'delete', space: SPACE, key: group.id }];
  }

  /** Lets go of groups without alerts; the caller commits. */
  sweep(mayGo: (group: AggregationGroup) => boolean): StateChange[] {
    const changes: StateChange[] = [];
    for (const [id, group] of this.groups) {
      if (group.alerts.size > 0 || !mayGo(group)) continue;
      this.discard(group);
      changes.push({ op: 'delete', space: SPACE, key: id });
    }
    return changes;
  }

  /**
   * Goes over to another routing tree. Groups whose key and receiver still exist keep their timers; of the others the alerts
   * are grouped anew. What changed on disk is the caller's to commit.
   * @returns the groups that are no more, with their alerts.
   */
  reload(
    root: Route,
    alerts: Iterable<StoredAlert>,
    at: EpochMillis,
  ): { changes: StateChange[]; orphans: AggregationGroup[] } {
    this.root = root;
    const routes = new Map<string, Route>();
    for (const route of allRoutes(root)) routes.set(`${route.key}\u{0}${route.receiver}`, route);
    const before = new Map(this.groups);
    const kept = new Map<string, AggregationGroup>();
    const changes: StateChange[] = [];
    this.memberships.clear();
    this.byRoute.clear();
    for (const alert of alerts) {
      for (const route of matchRoutes(root, alert.labels)) {
        const labels = groupLabelsOf(route, alert.labels);
        const id = groupId(groupKeyOf(route, labels), route.receiver);
        let group = kept.get(id);
        if (group === undefined) {
          const old = before.get(id);
          if (old !== undefined) {
            old.route = route;
            old.alerts.clear();
            group = old;
          } else {
            group = this.create(route, labels, at);
            changes.push(this.rowOf(group));
          }
          kept.set(id, group);
        }
        this.hold(group, alert);
      }
    }
    const orphans: AggregationGroup[] = [];
    for (const [id, group] of before) {
      if (kept.has(id)) continue;
      this.discard(group);
      changes.push({ op: 'delete', space: SPACE, key: id });
      orphans.push(group);
    }
    for (const group of kept.values()) {
      const next = at + group.route.groupInterval;
      if (group.hasFlushed && group.nextFlush > next) {
        // The new interval is shorter than what is left of the old one.
        group.nextFlush = next;
        this.arm(group);
      }
    }
    return { changes, orphans };
  }

  private create(route: Route, labels: Labels, at: EpochMillis): AggregationGroup {
    const group = new AggregationGroup(route, labels, at);
    const row = this.rows.get(group.id);
    this.rows.delete(group.id);
    group.nextFlush = at + route.groupWait;
    if (row !== undefined) {
      group.hasFlushed = row.flushed;
      group.nextFlush = row.flushed ? nextInPhase(row.anchor, route.groupInterval, at) : row.anchor;
    }
    this.groups.set(group.id, group);
    this.byKey.set(group.key, [...this.withKey(group.key), group]);
    if (this.running) this.arm(group);
    return group;
  }

  private remember(route: Route, labels: Labels, group: AggregationGroup): void {
    let groups = this.byRoute.get(route);
    if (groups === undefined) this.byRoute.set(route, (groups = new Map()));
    groups.set(labels.key, group);
  }

  private discard(group: AggregationGroup): void {
    // Groups of routes with the same key and receiver are one: whichever led here leads nowhere now.
    for (const groups of this.byRoute.values())
      if (groups.get(group.labels.key) === group) groups.delete(group.labels.key);
    group.cancel();
    this.groups.delete(group.id);
    const left = this.withKey(group.key).filter((other) => other !== group);
    if (left.length === 0) this.byKey.delete(group.key);
    else this.byKey.set(group.key, left);
  }

  private hold(group: AggregationGroup, alert: StoredAlert): void {
    const { fingerprint } = alert.labels;
    group.alerts.set(fingerprint, alert);
    const known = this.memberships.get(fingerprint);
    if (known === undefined) this.memberships.set(fingerprint, [group]);
    else if (!known.includes(group)) this.memberships.set(fingerprint, [...known, group]);
  }

  private arm(group: AggregationGroup): void {
    if (!this.running) return;
    group.timer?.cancel();
    group.timer = this.clock.schedule(Math.max(0, group.nextFlush - this.clock.now()), () => {
      group.timer = undefined;
      const at = Math.max(this.clock.now(), group.nextFlush);
      const first = !group.hasFlushed;
      group.hasFlushed = true;
      group.lastFlush = at;
      // The next one is set before this one is done: a slow delivery does not shift the phase.
      group.nextFlush = at + group.route.groupInterval;
      this.arm(group);
      if (first && group.alerts.size > 0) void this.state.commit([this.rowOf(group)]).catch(() => undefined);
      this.run(group, () => this.hooks.flush(group, at));
    });
  }

  private run(group: AggregationGroup, work: (at: EpochMillis) => Promise<void>): void {
    group.busy = group.busy.then(() => work(this.clock.now()));
  }

  private rowOf(group: AggregationGroup): StateChange {
    const row: GroupRow = {
      key: group.key,
      receiver: group.route.receiver,
      labels: group.labels.flat,
      createdAt: group.createdAt,
      anchor: group.nextFlush,
      flushed: group.hasFlushed,
    };
    return { op: 'put', space: SPACE, key: group.id, value: row };
  }
}

/** The next multiple of `interval` from `anchor` that is not before `at`. */
function nextInPhase(anchor: EpochMillis, interval: number, at: EpochMillis): EpochMillis {
  return anchor >= at ? anchor : anchor + Math.ceil((at - anchor) / interval) * interval;
}

function isRow(value: unknown): value is GroupRow {
  return typeof value === 'object' && value !== null && 'anchor' in value && 'flushed' in value;
}
