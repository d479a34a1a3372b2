import { ALERT_NAME } from '../../domain/alert';
import type { Labels } from '../../domain/labels';
import { GoTime, StringMap, ZERO_TIME } from '../../template';
import { commonLabels, commonPairs, statusOf } from './notification';
import type { Notification, NotifiedAlert } from './notification';

/** What a notification template sees; the names are Alertmanager's. */
export interface MessageData {
  readonly Receiver: string;
  readonly Status: string;
  readonly Alerts: AlertList;
  readonly NotificationReason: string;
  readonly GroupLabels: StringMap;
  readonly CommonLabels: StringMap;
  readonly CommonAnnotations: StringMap;
  readonly RouteLabels: StringMap;
  readonly ExternalURL: string;
  readonly GroupKey: string;
}

interface AlertView {
  readonly Status: string;
  readonly Labels: StringMap;
  readonly Annotations: StringMap;
  readonly StartsAt: GoTime;
  readonly EndsAt: GoTime;
  readonly GeneratorURL: string;
  readonly Fingerprint: string;
}

/** Go's `Alerts`: a list that can be narrowed. */
export class AlertList extends Array<AlertView> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static collect(alerts: Iterable<AlertView>): AlertList {
    const list = new AlertList();
    for (const alert of alerts) list.push(alert);
    return list;
  }

  Firing(): AlertList {
    return AlertList.collect(this.filter((alert) => alert.Status === 'firing'));
  }

  Resolved(): AlertList {
    return AlertList.collect(this.filter((alert) => alert.Status === 'resolved'));
  }
}

interface Pair {
  readonly Name: string;
  readonly Value: string;
}

/** Go's `Pairs`: names and values in order. */
class PairList extends Array<Pair> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  Names(): string[] {
    return [...this].map((pair) => pair.Name);
  }

  Values(): string[] {
    return [...this].map((pair) => pair.Value);
  }

  String(): string {
    return [...this].map((pair) => `${pair.Name}=${pair.Value}`).join(', ');
  }

  goString(): string {
    return this.String();
  }
}

/** The data for a notification's templates. */
export function messageData(notification: Notification): MessageData {
  return {
    Receiver: notification.receiver,
    Status: statusOf(notification),
    Alerts: AlertList.collect(notification.alerts.map(alertView)),
    NotificationReason: notification.reason,
    GroupLabels: pairsMap(notification.groupLabels.toRecord()),
    CommonLabels: pairsMap(commonLabels(notification.alerts).toRecord()),
    CommonAnnotations: pairsMap(commonPairs(notification.alerts.map((alert) => alert.annotations))),
    RouteLabels: pairsMap(notification.routeLabels),
    ExternalURL: notification.externalUrl,
    GroupKey: notification.groupKey,
  };
}

/** The same values without the engine's classes, for `toJson`. */
export function toPlain(value: unknown): unknown {
  if (value instanceof StringMap) return Object.fromEntries(value.keys.map((key) => [key, value.get(key)]));
  if (value instanceof GoTime) return new Date(value.epochMillis).toISOString().replace('.000Z', 'Z');
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), toPlain(item)]));
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return [...value].map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.charAt(0).toLowerCase() + key.slice(1), toPlain(item)]),
  );
}

function alertView(alert: NotifiedAlert): AlertView {
  return {
    Status: alert.endsAt === undefined ? 'firing' : 'resolved',
    Labels: labelsMap(alert.labels),
    Annotations: pairsMap(alert.annotations),
    StartsAt: new GoTime(alert.startsAt),
    EndsAt: new GoTime(alert.endsAt ?? ZERO_TIME),
    GeneratorURL: alert.generatorUrl,
    Fingerprint: alert.labels.fingerprint,
  };
}

function labelsMap(labels: Labels): StringMap {
  return pairsMap(labels.toRecord());
}

/** Go's `KV`. */
function pairsMap(record: Readonly<Record<string, string>>): StringMap {
  const pairs = (): PairList => {
    const names = Object.keys(record).sort();
    const ordered = names.includes(ALERT_NAME) ? [ALERT_NAME, ...names.filter((name) => name !== ALERT_NAME)] : names;
    const list = new PairList();
    for (const name of ordered) list.push({ Name: name, Value: record[name] ?? '' });
    return list;
  };
  return new StringMap(record, {
    SortedPairs: pairs,
    Names: () => pairs().Names(),
    Values: () => pairs().Values(),
    Remove: (names) => {
      const gone = new Set(Array.isArray(names) ? names.map(String) : []);
      return pairsMap(Object.fromEntries(Object.entries(record).filter(([name]) => !gone.has(name))));
    },
    String: () => pairs().String(),
  });
}
