import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { formatDuration } from '../base/duration';
import { messageOf } from '../base/errors';
import { Labels } from '../domain/labels';
import { alertmanagerPartsOf, playNotifications, readAlertmanagerConfig, webhookBody } from '../alerting';
import type { NotificationPlay, NotifiedAlert, PlayedNotification } from '../alerting';
import { loadConfig } from '../config';
import type { ExpectedNotification, NotificationRun, NotificationTest, NotificationTester } from '../rules';
import { differenceOf } from './render/difference';

/** Where and how notification tests are run. */
export interface NotificationTesterOptions {
  /** Where `telltale.yaml` is looked for, for test files that name no Alertmanager configuration. */
  readonly cwd: string;
  /** Write payload snapshots anew instead of comparing them. */
  readonly updateSnapshots: boolean;
}

/** A notification as tests see it: integrations that are sent the same count once. */
interface Sent {
  readonly status: 'firing' | 'resolved';
  readonly elapsed: number;
  readonly groupLabels: Labels;
  readonly alerts: readonly NotifiedAlert[];
  readonly payload: unknown;
}

/** Runs `notification_test:` of rule tests: plays the alerts through the routing in virtual time; nothing is sent. */
export class PlayedNotificationTester implements NotificationTester {
  constructor(private readonly options: NotificationTesterOptions) {}

  async check(run: NotificationRun): Promise<readonly string[]> {
    try {
      const { receivers, ...source } = this.routing(run.alertmanagerConfig);
      const last = Math.max(...run.tests.map(({ evalTime }) => slotOf(evalTime, run.interval)));
      const end = run.start + last + run.interval - 1;
      const played = await playNotifications({ ...source, start: run.start, end, alerts: run.handed });
      return run.tests.flatMap((test) => {
        const integrations = receivers.get(test.receiver);
        const named = `notification_test, receiver: ${test.receiver}, time: ${formatDuration(test.evalTime)}`;
        if (integrations === undefined) {
          return [`${named}, err: no such receiver; there are: ${[...receivers.keys()].join(', ')}`];
        }
        if (test.integration !== undefined && !integrations.includes(`${test.receiver}/${test.integration}`)) {
          return [`${named}, err: no integration ${test.integration}; there are: ${integrations.join(', ')}`];
        }
        return this.compare(run, test, sentTo(run, test, played)).map((text) => `${named}${text}`);
      });
    } catch (error) {
      return [`notification_test, err: ${messageOf(error)}`];
    }
  }

  private routing(path: string | undefined): Pick<NotificationPlay, 'config' | 'alertmanagerFile' | 'directory'> & {
    readonly receivers: ReadonlyMap<string, readonly string[]>;
  } {
    if (path !== undefined) {
      const text = readFileSync(path, 'utf8');
      return { alertmanagerFile: { path, text }, directory: dirname(path), receivers: receiversOf(text, path) };
    }
    const { alerting, directory } = loadConfig({ cwd: this.options.cwd });
    const receivers = receiversOf(JSON.stringify(alertmanagerPartsOf(alerting)), 'alerting');
    return { config: alerting, directory, receivers };
  }

  private compare(run: NotificationRun, test: NotificationTest, got: readonly Sent[]): string[] {
    const pairs = pairUp(test.expected, got, matches);
    if (pairs === undefined) {
      return [`\n  exp: ${listed(test.expected.map(expectedText))}\n  got: ${listed(got.map(sentText))}`];
    }
    return pairs.flatMap(([{ payloadSnapshot }, { payload }]) => {
      if (payloadSnapshot === undefined) return [];
      const file = resolve(dirname(run.file), payloadSnapshot);
      if (this.options.updateSnapshots) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, `${JSON.stringify(payload, undefined, 2)}\n`);
        return [];
      }
      if (!existsSync(file)) return [`, err: no snapshot ${payloadSnapshot}: --update-snapshots writes it`];
      const difference = differenceOf(JSON.parse(readFileSync(file, 'utf8')), payload);
      if (difference === undefined) return [];
      const { path, expected, found } = difference;
      return [`, payload differs from ${payloadSnapshot} at ${path}\n  exp: ${expected}\n  got: ${found}`];
    });
  }
}

function receiversOf(text: string, source: string): Map<string, string[]> {
  const { receivers } = readAlertmanagerConfig(text, source);
  return new Map([...receivers].map(([name, { integrations }]) => [name, integrations.map(({ key }) => key)]));
}

/** The evaluation at or before a time. */
function slotOf(evalTime: number, interval: number): number {
  return Math.floor(evalTime / interval) * interval;
}

function sentTo(run: NotificationRun, test: NotificationTest, played: readonly PlayedNotification[]): Sent[] {
  const slot = run.start + slotOf(test.evalTime, run.interval);
  const distinct = new Map<string, Sent>();
  for (const { at, receiver, integration, status, notification } of played) {
    if (receiver !== test.receiver || at < slot || at >= slot + run.interval) continue;
    if (test.integration !== undefined && integration !== `${receiver}/${test.integration}`) continue;
    const { deliveryId: _drawn, ...payload } = JSON.parse(webhookBody(notification, 0));
    const { groupLabels, alerts } = notification;
    const key = `${at} ${JSON.stringify(payload)}`;
    if (!distinct.has(key)) distinct.set(key, { status, elapsed: at - run.start, groupLabels, alerts, payload });
  }
  return [...distinct.values()];
}

function matches(expected: ExpectedNotification, { status, groupLabels, alerts }: Sent): boolean {
  if (expected.status !== undefined && expected.status !== status) return false;
  if (expected.groupLabels !== undefined && !Labels.of(expected.groupLabels).equals(groupLabels)) return false;
  if (expected.alerts === undefined) return true;
  const pairs = pairUp(expected.alerts, alerts, (one, alert) => {
    const annotations = one.annotations === undefined || sameTexts(one.annotations, alert.annotations);
    const state = one.status === undefined || one.status === statusOf(alert);
    return state && annotations && Labels.of(one.labels).equals(alert.labels);
  });
  return pairs !== undefined;
}

function sameTexts(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Labels.of(a).equals(Labels.of(b));
}

/** Each of `expected` with one of `found`, none left over, whatever the order; undefined where that cannot be. */
function pairUp<E, F>(
  expected: readonly E[],
  found: readonly F[],
  fits: (expected: E, found: F) => boolean,
): [E, F][] | undefined {
  if (expected.length !== found.length) return undefined;
  const takenBy = new Map<F, E>();
  const place = (one: E, tried: Set<F>): boolean =>
    found.some((candidate) => {
      if (tried.has(candidate) || !fits(one, candidate)) return false;
      tried.add(candidate);
      const holder = takenBy.get(candidate);
      if (holder !== undefined && !place(holder, tried)) return false;
      takenBy.set(candidate, one);
      return true;
    });
  if (!expected.every((one) => place(one, new Set()))) return undefined;
  return [...takenBy].map(([candidate, one]) => [one, candidate]);
}

function statusOf({ endsAt }: NotifiedAlert): 'firing' | 'resolved' {
  return endsAt === undefined ? 'firing' : 'resolved';
}

function expectedText({ status, groupLabels, alerts }: ExpectedNotification): string {
  const group = groupLabels === undefined ? 'any group' : Labels.of(groupLabels).toString();
  const lines = alerts?.map((alert) =>
    alertText(alert.status ?? 'any', alert.labels, alert.annotations === undefined ? undefined : alert.annotations),
  );
  return [`${status ?? 'any status'}, group ${group}`, ...(lines ?? ['any alerts'])].join('\n      ');
}

function sentText({ status, elapsed, groupLabels, alerts }: Sent): string {
  const lines = alerts.map((alert) => alertText(statusOf(alert), alert.labels.toRecord(), alert.annotations));
  const head = `${status}, group ${groupLabels.toString()}, sent at ${formatDuration(elapsed)}`;
  return [head, ...lines].join('\n      ');
}

function alertText(
  status: string,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> | undefined,
): string {
  const texts = annotations === undefined ? '' : ` Annotations:${Labels.of(annotations).toString()}`;
  return `${status} Labels:${Labels.of(labels).toString()}${texts}`;
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? '[]' : `[\n    ${texts.join(',\n    ')}\n  ]`;
}
