import type { EpochMillis, Millis } from '../../base/clock';
import type { Alert } from '../../domain/alert';
import { valueOf } from '../yaml/typed-reader';
import type { TypedReader } from '../yaml/typed-reader';
import type { Position, YamlNode } from '../yaml/yaml-tree';

/** An alert that a notification must tell of; what is undefined may be anything. */
export interface ExpectedNotifiedAlert {
  readonly status: 'firing' | 'resolved' | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** What a notification must be like; what is undefined may be anything. */
export interface ExpectedNotification {
  readonly status: 'firing' | 'resolved' | undefined;
  readonly groupLabels: Readonly<Record<string, string>> | undefined;
  readonly alerts: readonly ExpectedNotifiedAlert[] | undefined;
  /** A JSON file, relative to the test file, that holds the message as a webhook gets it. */
  readonly payloadSnapshot: string | undefined;
}

/** Which notifications a receiver must be sent from the evaluation at or before a time until the next one. */
export interface NotificationTest {
  readonly evalTime: Millis;
  readonly receiver: string;
  /** `webhook/0`: one of the receiver's integrations; undefined for what any of them is sent. */
  readonly integration: string | undefined;
  readonly expected: readonly ExpectedNotification[];
  readonly at: Position;
}

/** Alerts of one test as its rules hand them over, and what must become of them. */
export interface NotificationRun {
  /** The test file. */
  readonly file: string;
  /** The Alertmanager configuration that the test file names. */
  readonly alertmanagerConfig: string | undefined;
  readonly start: EpochMillis;
  readonly interval: Millis;
  readonly handed: readonly { readonly at: EpochMillis; readonly alerts: readonly Alert[] }[];
  readonly tests: readonly NotificationTest[];
}

/** Plays alerts through routing. Rules do not know alerting: whoever runs tests binds the two. */
export interface NotificationTester {
  /** What is not as it must be. */
  check(run: NotificationRun): Promise<readonly string[]>;
}

/** Reads an item under `notification_test:`. */
export function readNotificationTest(reader: TypedReader, node: YamlNode): NotificationTest | undefined {
  const map = reader.map(node, 'a notification_test');
  if (map === undefined) return undefined;
  reader.known(map, ['eval_time', 'receiver', 'integration', 'exp_notifications'], 'a notification_test');
  const evalTime = valueOf(map, 'eval_time');
  const receiver = textOf(reader, valueOf(map, 'receiver'), 'receiver');
  const expected = valueOf(map, 'exp_notifications');
  if (receiver === undefined) {
    reader.error('missing-receiver', map.at, 'a notification_test must name a receiver', 'add receiver: <name>');
  }
  return {
    evalTime: evalTime === undefined ? 0 : reader.duration(evalTime, 'eval_time'),
    receiver: receiver ?? '',
    integration: textOf(reader, valueOf(map, 'integration'), 'integration'),
    expected:
      expected === undefined
        ? []
        : reader.list(expected, 'exp_notifications').map((item) => readNotification(reader, item)),
    at: map.at,
  };
}

function readNotification(reader: TypedReader, node: YamlNode): ExpectedNotification {
  const map = reader.map(node, 'an expected notification');
  if (map === undefined) {
    return { status: undefined, groupLabels: undefined, alerts: undefined, payloadSnapshot: undefined };
  }
  reader.known(map, ['status', 'exp_group_labels', 'exp_alerts', 'payload_snapshot'], 'an expected notification');
  const alerts = valueOf(map, 'exp_alerts');
  return {
    status: readStatus(reader, valueOf(map, 'status')),
    groupLabels: recordOf(reader, valueOf(map, 'exp_group_labels'), 'exp_group_labels'),
    alerts: alerts === undefined ? undefined : reader.list(alerts, 'exp_alerts').map((item) => readAlert(reader, item)),
    payloadSnapshot: textOf(reader, valueOf(map, 'payload_snapshot'), 'payload_snapshot'),
  };
}

function readAlert(reader: TypedReader, node: YamlNode): ExpectedNotifiedAlert {
  const map = reader.map(node, 'an expected alert');
  if (map === undefined) return { status: undefined, labels: {}, annotations: undefined };
  reader.known(map, ['status', 'exp_labels', 'exp_annotations'], 'an expected alert');
  return {
    status: readStatus(reader, valueOf(map, 'status')),
    labels: recordOf(reader, valueOf(map, 'exp_labels'), 'exp_labels') ?? {},
    annotations: recordOf(reader, valueOf(map, 'exp_annotations'), 'exp_annotations'),
  };
}

function readStatus(reader: TypedReader, node: YamlNode | undefined): 'firing' | 'resolved' | undefined {
  const text = textOf(reader, node, 'status');
  if (node === undefined || text === undefined) return undefined;
  if (text === 'firing' || text === 'resolved') return text;
  reader.error('bad-status', node.at, `status must be firing or resolved, not "${text}"`);
  return undefined;
}

/** A text; undefined where it is absent or empty. */
function textOf(reader: TypedReader, node: YamlNode | undefined, what: string): string | undefined {
  const text = node === undefined ? '' : reader.text(node, what);
  return text === '' ? undefined : text;
}

function recordOf(
  reader: TypedReader,
  node: YamlNode | undefined,
  what: string,
): Readonly<Record<string, string>> | undefined {
  if (node === undefined) return undefined;
  return Object.fromEntries([...reader.texts(node, what)].map(([key, { text }]) => [key, text]));
}
