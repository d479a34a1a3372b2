import type { EpochMillis } from '../../base/clock';
import { Labels } from '../../domain/labels';
import type { LogEntry } from './dedup';
import type { NotificationReason, NotifiedAlert, NotifiedDocument } from './notification';

/** A notification that is on disk and not yet delivered. */
export interface OutboxItem {
  /** The deduplication key. */
  readonly id: string;
  readonly integration: string;
  readonly receiver: string;
  readonly groupKey: string;
  readonly reason: NotificationReason;
  readonly createdAt: EpochMillis;
  /** Orders items of the same instant. */
  readonly order: number;
  readonly groupLabels: Labels;
  readonly routeLabels: Readonly<Record<string, string>>;
  /** What is sent: without the resolved ones for channels that do not hear of them. */
  readonly alerts: readonly NotifiedAlert[];
  /** Sent in place of alerts. */
  readonly document?: NotifiedDocument;
  /** The notification log once this is delivered. */
  readonly entry: LogEntry;
}

/** The item as a row of the state store. */
export function outboxRow(item: OutboxItem): unknown {
  return {
    ...item,
    groupLabels: item.groupLabels.flat,
    alerts: item.alerts.map((alert) => ({
      labels: alert.labels.flat,
      annotations: alert.annotations,
      startsAt: alert.startsAt,
      endsAt: alert.endsAt,
      generatorUrl: alert.generatorUrl,
      details: alert.details,
    })),
  };
}

/** Reads a row; undefined where it is not an item. */
export function outboxFromRow(row: unknown): OutboxItem | undefined {
  if (typeof row !== 'object' || row === null || !('entry' in row) || !('alerts' in row)) return undefined;
  const stored = row as Omit<OutboxItem, 'groupLabels' | 'alerts'> & {
    groupLabels: string[];
    alerts: (Omit<NotifiedAlert, 'labels' | 'endsAt'> & { labels: string[]; endsAt?: number })[];
  };
  return {
    ...stored,
    groupLabels: Labels.fromSorted(stored.groupLabels),
    alerts: stored.alerts.map((alert) => ({ ...alert, labels: Labels.fromSorted(alert.labels), endsAt: alert.endsAt })),
  };
}

/** Whether `newer` says all that `older` would have: then the older one need not be sent any more. */
export function supersedes(newer: OutboxItem, older: OutboxItem): boolean {
  const firing = new Set(newer.entry.firing);
  const resolved = new Set(newer.entry.resolved);
  return (
    older.entry.firing.every((fingerprint) => firing.has(fingerprint)) &&
    older.entry.resolved.every((fingerprint) => resolved.has(fingerprint))
  );
}
