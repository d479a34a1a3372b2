import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAlertingServer, startWebhookSink } from '../harness/alerting-server';
import type { AlertingServer, WebhookSink } from '../harness/alerting-server';
import { findProgram } from '../harness/find-program';
import { freePort } from '../harness/served-stack';

/** Debian's build reads its default templates from here. */
const TEMPLATES = '/usr/share/prometheus/alertmanager/default.tmpl';
const upstream = findProgram('alertmanager');
const alertmanager = upstream ?? (existsSync(TEMPLATES) ? findProgram('prometheus-alertmanager') : undefined);
if (alertmanager === undefined) {
  process.stdout.write(`alertmanager is not on the PATH (or Debian's lacks ${TEMPLATES}): its tests are skipped\n`);
}
const suite = alertmanager === undefined ? describe.skip : describe;

/** What both are told, by seconds from the start; `end` is in seconds too. */
interface Push {
  readonly at: number;
  readonly labels?: Record<string, string>;
  readonly start?: number;
  readonly end?: number;
  readonly annotations?: Record<string, string>;
  readonly silence?: { readonly matchers: readonly object[]; readonly for: number };
}

interface Scenario {
  readonly name: string;
  readonly route: string;
  readonly more?: string;
  readonly pushes: readonly Push[];
  readonly seconds: number;
}

const slow = { alertname: 'Slow' };
const SCENARIOS: readonly Scenario[] = [
  {
    name: 'batches, adds, resolves, repeats',
    route: '{receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 5s}',
    pushes: [
      { at: 0, labels: { ...slow, n: '1' } },
      { at: 0.5, labels: { ...slow, n: '2' } },
      { at: 1.5, labels: { ...slow, n: '3' }, annotations: { v: '1' } },
      { at: 3.5, labels: { ...slow, n: '1' }, end: 3.5 },
      { at: 3.6, labels: { alertname: 'Other' } },
      { at: 12.2, labels: { ...slow, n: '2' }, end: 12.2 },
      { at: 12.2, labels: { ...slow, n: '3' }, end: 12.2 },
    ],
    seconds: 16,
  },
  {
    name: 'inhibits, silences, sends old alerts at once',
    route: '{receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}',
    more: `inhibit_rules: [{source_matchers: ['alertname="Down"'], target_matchers: ['alertname="Slow"'], equal: [zone]}]`,
    pushes: [
      { at: 0, labels: { ...slow, zone: 'a' } },
      { at: 0, labels: { ...slow, zone: 'b' } },
      { at: 1.5, labels: { alertname: 'Down', zone: 'a' } },
      { at: 2.2, labels: { ...slow, zone: 'c' } },
      { at: 4.5, labels: { alertname: 'Down', zone: 'a' }, end: 4.5 },
      { at: 5, labels: { alertname: 'Old' }, start: -10 },
      { at: 5.2, silence: { matchers: [{ name: 'alertname', value: 'Mute.*', isRegex: true }], for: 3 } },
      { at: 5.5, labels: { alertname: 'Muted' } },
    ],
    seconds: 12,
  },
  {
    name: 'routes with continue, fires anew',
    route: `
  receiver: hook
  group_wait: 1s
  group_interval: 1s
  routes:
    - {matchers: ['severity="critical"'], receiver: pager, continue: true, group_by: [alertname]}
    - {matchers: ['team=~"a|b"'], receiver: quiet, group_by: ['...']}`,
    pushes: [
      { at: 0, labels: { alertname: 'X', severity: 'critical', team: 'a' } },
      { at: 0, labels: { alertname: 'Y' } },
      { at: 2.5, labels: { alertname: 'X', severity: 'critical', team: 'a' }, end: 2.5 },
      { at: 5.5, labels: { alertname: 'X', severity: 'critical', team: 'a' } },
    ],
    seconds: 8,
  },
];

suite('the real Alertmanager tells the same', () => {
  test.each(SCENARIOS)(
    '$name',
    async (scenario) => {
      const [sinkA, sinkB] = [await startWebhookSink(), await startWebhookSink()];
      const theirs = await startAlertmanager(configuration(scenario, sinkA.url));
      const ours = await startAlertingServer(configuration(scenario, sinkB.url));
      try {
        const begin = Date.now();
        for (const push of scenario.pushes) {
          await new Promise((resolve) => setTimeout(resolve, begin + push.at * 1000 - Date.now()));
          await Promise.all([perform(theirs.url, push, begin), perform(ours.url, push, begin)]);
        }
        await new Promise((resolve) => setTimeout(resolve, begin + scenario.seconds * 1000 - Date.now()));
        expect(told(sinkB, begin)).toEqual(told(sinkA, begin));
        expect(sinkA.bodies.length).toBeGreaterThan(2);
      } finally {
        await stopAll(theirs.child, ours, sinkA, sinkB);
        rmSync(theirs.folder, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

function configuration({ route, more = '' }: Scenario, url: string): string {
  return `
route: ${route}
receivers:
  - {name: hook, webhook_configs: [{url: '${url}'}]}
  - {name: pager, webhook_configs: [{url: '${url}'}]}
  - {name: quiet, webhook_configs: [{url: '${url}', send_resolved: false}]}
${more}
`;
}

async function perform(url: string, push: Push, begin: number): Promise<void> {
  const time = (seconds: number): string => new Date(begin + seconds * 1000).toISOString();
  const [path, body] =
    push.silence === undefined
      ? [
          'alerts',
          [
            {
              labels: push.labels,
              annotations: push.annotations ?? {},
              ...(push.start === undefined ? {} : { startsAt: time(push.start) }),
              ...(push.end === undefined ? {} : { endsAt: time(push.end) }),
            },
          ],
        ]
      : [
          'silences',
          {
            matchers: push.silence.matchers,
            startsAt: time(push.at),
            endsAt: time(push.at + push.silence.for),
            createdBy: 'x',
            comment: 'x',
          },
        ];
  const answer = await fetch(`${url}/api/v2/${String(path)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([answer.status, await answer.text().then(() => '')]).toEqual([200, '']);
}

/** The messages by second, without what differs by design or by the clock. */
function told(sink: WebhookSink, begin: number): string[] {
  return sink.bodies
    .map(({ at, body }) => {
      const { receiver, status, alerts, groupKey } = body as {
        receiver: string;
        status: string;
        groupKey: string;
        alerts: { labels: object; annotations: object; status: string; fingerprint: string }[];
      };
      const parts = alerts.map(
        (alert) =>
          `${JSON.stringify(alert.labels)} ${JSON.stringify(alert.annotations)} ${alert.status} ${alert.fingerprint}`,
      );
      return `${Math.round((at - begin) / 500) / 2}s ${receiver} ${status} ${groupKey} ${parts.join('; ')}`;
    })
    .sort();
}

async function startAlertmanager(text: string): Promise<{ url: string; child: ChildProcess; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  writeFileSync(join(folder, 'alertmanager.yml'), text);
  const port = await freePort();
  const child = spawn(
    alertmanager ?? '',
    [
      `--config.file=${folder}/alertmanager.yml`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    const ready = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, child, folder };
}

async function stopAll(child: ChildProcess, server: AlertingServer, ...sinks: readonly WebhookSink[]): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  await server.stop();
  for (const sink of sinks) await sink.stop();
}
