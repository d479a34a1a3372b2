import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAlertingServer, startWebhookSink, until } from '../harness/alerting-server';
import type { AlertingServer, WebhookSink } from '../harness/alerting-server';
import { findProgram } from '../harness/find-program';
import { freePort } from '../harness/served-stack';

const prometheus = findProgram('prometheus');
if (prometheus === undefined) process.stdout.write('prometheus is not on the PATH: its tests are skipped\n');

const suite = prometheus === undefined ? describe.skip : describe;

suite('a Prometheus that has us as its Alertmanager', () => {
  let sink: WebhookSink;
  let server: AlertingServer;
  let folder: string;
  let child: ChildProcess;
  let port: number;

  beforeAll(async () => {
    sink = await startWebhookSink();
    server = await startAlertingServer(
      `{route: {receiver: hook, group_by: [alertname], group_wait: 200ms, group_interval: 1s}, receivers: [{name: hook, webhook_configs: [{url: '${sink.url}'}]}]}`,
    );
    folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    port = await freePort();
    writeFileSync(join(folder, 'rules.yml'), rules('vector(1) > 0'));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `
global: {evaluation_interval: 1s, external_labels: {cluster: test}}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['${new URL(server.url).host}']}]}]}
`,
    );
    child = spawn(
      prometheus ?? '',
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-lifecycle',
        '--rules.alert.resend-delay=2s',
      ],
      { stdio: 'ignore' },
    );
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    await server.stop();
    await sink.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('delivers what fires, and its end', async () => {
    await until(() => sink.bodies.length > 0, 40_000);
    expect(sink.bodies[0]?.body).toMatchObject({
      status: 'firing',
      alerts: [{ labels: { alertname: 'AlwaysOn', cluster: 'test' }, annotations: { summary: 'value 1' } }],
    });
    writeFileSync(join(folder, 'rules.yml'), rules('vector(1) > 2'));
    const answer = await fetch(`http://127.0.0.1:${port}/-/reload`, { method: 'POST' });
    expect(answer.status).toBe(200);
    await until(() => sink.bodies.length > 1, 40_000);
    expect(sink.bodies.at(-1)?.body).toMatchObject({ status: 'resolved' });
    expect(server.alerting.queries.alerts()).toEqual([]);
  }, 90_000);
});

function rules(expr: string): string {
  return `groups: [{name: g, rules: [{alert: AlwaysOn, expr: '${expr}', annotations: {summary: 'value {{ $value }}'}}]}]\n`;
}
