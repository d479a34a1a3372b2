import type { EpochMillis, Millis } from '../../base/clock';
import type { AlertDetails } from '../../domain/alert';
import { Labels } from '../../domain/labels';

/** An alert as we hold it; immutable: a change makes a new one. */
export interface StoredAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: EpochMillis;
  readonly endsAt: EpochMillis;
  readonly generatorUrl: string;
  readonly updatedAt: EpochMillis;
  /** The end is only our own guess: the sender named none. */
  readonly timeout: boolean;
  readonly details?: AlertDetails;
}

/** An alert as it is posted: times may be missing. */
export interface PostedAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt?: EpochMillis | undefined;
  readonly endsAt?: EpochMillis | undefined;
  readonly generatorUrl: string;
  readonly details?: AlertDetails | undefined;
}

/** Fills in the times that a sender left out. */
export function toStored(alert: PostedAlert, at: EpochMillis, resolveTimeout: Millis): StoredAlert {
  return {
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: alert.startsAt ?? alert.endsAt ?? at,
    endsAt: alert.endsAt ?? at + resolveTimeout,
    generatorUrl: alert.generatorUrl,
    updatedAt: at,
    timeout: alert.endsAt === undefined,
    ...(alert.details === undefined ? {} : { details: alert.details }),
  };
}

/** What is wrong with an alert; undefined where nothing is. */
export function alertFault(alert: StoredAlert): string | undefined {
  if (alert.labels.size === 0) return 'at least one label pair required';
  if (alert.startsAt > alert.endsAt) return 'start time must be before end time';
  return undefined;
}

/**
 * What remains of two alerts with the same labels: where their times overlap they are one alert with the earliest start,
 * else the newer takes the older one's place.
 */
export function mergeAlerts(older: StoredAlert, newer: StoredAlert, at: EpochMillis): StoredAlert {
  if (older.updatedAt > newer.updatedAt) return mergeAlerts(newer, older, at);
  const overlap =
    (newer.endsAt > older.startsAt && newer.endsAt < older.endsAt) ||
    (newer.startsAt > older.startsAt && newer.startsAt < older.endsAt);
  if (!overlap) return newer;
  const startsAt = Math.min(older.startsAt, newer.startsAt);
  let { endsAt, timeout } = newer;
  if (newer.endsAt <= at) {
    if (older.endsAt <= at && older.endsAt > newer.endsAt) ({ endsAt, timeout } = older);
  } else if (older.endsAt > newer.endsAt && !older.timeout) {
    ({ endsAt, timeout } = older);
  }
  return { ...newer, startsAt, endsAt, timeout };
}

/** The alert as a row of the state store. */
export function alertRow(alert: StoredAlert): unknown {
  return {
    labels: alert.labels.flat,
    annotations: alert.annotations,
    startsAt: alert.startsAt,
    endsAt: alert.endsAt,
    generatorUrl: alert.generatorUrl,
    updatedAt: alert.updatedAt,
    timeout: alert.timeout,
    details: alert.details,
  };
}

/** Reads a row; undefined where it is not an alert. */
export function alertFromRow(row: unknown): StoredAlert | undefined {
  if (typeof row !== 'object' || row === null || !('labels' in row) || !Array.isArray(row.labels)) return undefined;
  const stored = row as Omit<StoredAlert, 'labels'> & { labels: string[] };
  return { ...stored, labels: Labels.fromSorted(stored.labels) };
}
