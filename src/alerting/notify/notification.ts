import type { EpochMillis } from '../../base/clock';
import { ALERT_NAME } from '../../domain/alert';
import type { AlertDetails } from '../../domain/alert';
import { compareCodePoints, Labels } from '../../domain/labels';

/** Why a notification is sent; the words of Alertmanager's `notification_reason`, and two of our own. */
export type NotificationReason =
  | 'first notification'
  | 'new alerts added'
  | 'all alerts resolved'
  | 'some alerts resolved'
  | 'repeat interval elapsed'
  | 'escalation'
  | 'mute time ended'
  | 'report'
  | 'test';

/** An alert as it was when its group was flushed. */
export interface NotifiedAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: EpochMillis;
  /** Undefined while it fires. */
  readonly endsAt: EpochMillis | undefined;
  readonly generatorUrl: string;
  readonly details?: AlertDetails;
}

/** Something to read that tells of no alert: a report. */
export interface NotifiedDocument {
  /** One line. */
  readonly title: string;
  /** The gist, a sentence each: what chats show. */
  readonly summary: readonly string[];
  /** The whole as plain text, for mails. */
  readonly text: string;
  /** The whole as a page that stands alone, for mails. */
  readonly html: string;
  /** What the page is called as a file. */
  readonly fileName: string;
  /** Where to read it. */
  readonly url: string;
}

/** One message to one channel of a receiver. */
export interface Notification {
  /** Equal for every attempt of the same message: the deduplication key. */
  readonly id: string;
  readonly groupKey: string;
  readonly receiver: string;
  readonly reason: NotificationReason;
  readonly at: EpochMillis;
  readonly groupLabels: Labels;
  readonly routeLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly NotifiedAlert[];
  readonly externalUrl: string;
  /** What the provider answered to the group's last message, where it can be updated in place. */
  readonly reference?: string;
  /** What is known beyond the alerts: contributors, traces, the course of the value. */
  readonly evidence?: Evidence;
  /** Takes the place of alerts: there are none then. */
  readonly document?: NotifiedDocument;
}

/** Facts that help whoever is woken; every part is optional. */
export interface Evidence {
  /** The likeliest causes, the largest share first. */
  readonly contributors?: readonly { readonly name: string; readonly share: number; readonly text: string }[];
  readonly traces?: readonly { readonly title: string; readonly url: string }[];
  /** The expression over the last hour. */
  readonly chart?: {
    readonly title: string;
    readonly points: readonly { readonly t: EpochMillis; readonly value: number }[];
    readonly threshold?: number;
    readonly unit?: string;
  };
}

/** `firing` as long as one of the alerts fires. */
export function statusOf(notification: Pick<Notification, 'alerts'>): 'firing' | 'resolved' {
  return notification.alerts.some((alert) => alert.endsAt === undefined) ? 'firing' : 'resolved';
}

export function firingOf(notification: Pick<Notification, 'alerts'>): NotifiedAlert[] {
  return notification.alerts.filter((alert) => alert.endsAt === undefined);
}

export function resolvedOf(notification: Pick<Notification, 'alerts'>): NotifiedAlert[] {
  return notification.alerts.filter((alert) => alert.endsAt !== undefined);
}

/** What all label sets (or annotation sets) have in common. */
export function commonPairs(sets: Iterable<Readonly<Record<string, string>>>): Record<string, string> {
  let common: Record<string, string> | undefined;
  for (const set of sets) {
    if (common === undefined) {
      common = { ...set };
      continue;
    }
    for (const [name, value] of Object.entries(common)) if (set[name] !== value) delete common[name];
  }
  return common ?? {};
}

/** Labels that all alerts share. */
export function commonLabels(alerts: readonly Pick<NotifiedAlert, 'labels'>[]): Labels {
  const first = alerts[0];
  if (first === undefined) return Labels.EMPTY;
  let flat = first.labels.flat;
  for (const { labels } of alerts.slice(1)) {
    const kept: string[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] ?? '';
      const value = flat[i + 1] ?? '';
      if (labels.get(name) === value) kept.push(name, value);
    }
    if (kept.length !== flat.length) flat = kept;
    if (flat.length === 0) break;
  }
  return Labels.fromSorted(flat);
}

/** Alertmanager's order of alerts in a message: by job, by instance, then by label set. */
export function compareAlerts(a: Pick<NotifiedAlert, 'labels'>, b: Pick<NotifiedAlert, 'labels'>): number {
  for (const name of ['job', 'instance']) {
    const left = a.labels.get(name);
    const right = b.labels.get(name);
    if (left !== right) return left < right ? -1 : 1;
  }
  return compareLabelSets(a.labels, b.labels);
}

/** Order of label sets as Alertmanager has it: fewer labels first, then by value. */
export function compareLabelSets(a: Labels, b: Labels): number {
  if (a.size !== b.size) return a.size - b.size;
  for (let i = 0; i < a.flat.length; i += 2) {
    // The first name that only one has: the set without it comes first.
    const names = compareCodePoints(b.flat[i] ?? '', a.flat[i] ?? '');
    if (names !== 0) return names;
    const values = compareCodePoints(a.flat[i + 1] ?? '', b.flat[i + 1] ?? '');
    if (values !== 0) return values;
  }
  return 0;
}

/** A short name for people: the alert's name, or its label set. */
export function alertTitle(labels: Labels): string {
  return labels.get(ALERT_NAME) || labels.toString();
}
