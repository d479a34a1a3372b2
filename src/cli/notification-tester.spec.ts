import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as testVerb } from './commands/test';
import { runCommand } from './run';

const RULES = `groups:
- name: g
  rules:
  - {alert: Down, expr: up == 0, for: 2m, labels: {team: a}, annotations: {summary: "{{ $labels.job }} is down"}}
`;
const ROUTING = `route: {receiver: rest, group_by: [alertname], group_wait: 30s, group_interval: 2m, repeat_interval: 1h, routes: [{matchers: ['team="a"'], receiver: ops}]}
receivers:
- {name: rest}
- {name: ops, webhook_configs: [{url: http://x.example}], slack_configs: [{api_url: http://y.example, channel: c}]}
`;
// Both are down from the first minute on; k comes back after five, j after ten.
const HEAD = `rule_files: [rules.yml]
alertmanager_config: am.yml
tests:
- name: routing
  input_series:
  - {series: 'up{job="j"}', values: 0x9 1x60}
  - {series: 'up{job="k"}', values: 0x4 1x60}
  notification_test:
`;
const DOWN = `{alertname: Down, team: a`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'notification-tests-'));
  writeFileSync(join(folder, 'rules.yml'), RULES);
  writeFileSync(join(folder, 'am.yml'), ROUTING);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(text: string, ...options: string[]): Promise<{ code: number; out: string }> {
  writeFileSync(join(folder, 'a.test.yml'), text);
  let out = '';
  const code = await runCommand(['test', 'a.test.yml', ...options], [testVerb], () => ({
    out: (more) => void (out += more),
    err: (more) => void (out += more),
    readStdin: () => Promise.resolve(''),
    interactive: false,
    columns: 100,
    signal: new AbortController().signal,
    cwd: folder,
    stackUrl: 'http://127.0.0.1:9',
  }));
  return { code, out };
}

// The last message tells of k again: rules vouch for what has resolved for a quarter of an hour, and Alertmanager repeats it.
test('what a receiver is sent, and when: grouped, partly resolved, resolved', async () => {
  const { code, out } = await run(`${HEAD}
  - {eval_time: 1m, receiver: ops, exp_notifications: []}
  - eval_time: 2m
    receiver: ops
    exp_notifications:
    - status: firing
      exp_group_labels: {alertname: Down}
      exp_alerts:
      - {status: firing, exp_labels: ${DOWN}, job: k}, exp_annotations: {summary: k is down}}
      - {exp_labels: ${DOWN}, job: j}}
  - {eval_time: 2m30s, receiver: ops, integration: slack/0, exp_notifications: [{}]}
  - {eval_time: 3m, receiver: ops}
  - eval_time: 6m
    receiver: ops
    exp_notifications:
    - exp_alerts: [{status: firing, exp_labels: ${DOWN}, job: j}}, {status: resolved, exp_labels: ${DOWN}, job: k}}]
  - {eval_time: 10m, receiver: ops, exp_notifications: [{status: resolved, exp_alerts: [{exp_labels: ${DOWN}, job: j}}, {exp_labels: ${DOWN}, job: k}}]}]}
  - {eval_time: 2m, receiver: rest}
`);
  expect(out).toContain('SUCCESS');
  expect(code).toBe(0);
});

test.each([
  [
    'none where one is',
    '{eval_time: 2m, receiver: ops}',
    ['exp: []', 'firing, group {alertname="Down"}, sent at 2m30s'],
  ],
  ['one where none is', '{eval_time: 1m, receiver: ops, exp_notifications: [{}]}', ['any status, group any group']],
  [
    'another status',
    '{eval_time: 2m, receiver: ops, exp_notifications: [{status: resolved}]}',
    ['exp: [', 'resolved,'],
  ],
  [
    'other group labels',
    '{eval_time: 2m, receiver: ops, exp_notifications: [{exp_group_labels: {}}]}',
    ['any status, group {}'],
  ],
  [
    'an alert too few',
    `{eval_time: 2m, receiver: ops, exp_notifications: [{exp_alerts: [{exp_labels: ${DOWN}, job: j}}]}]}`,
    ['job="k"'],
  ],
  ['a receiver that is not there', '{eval_time: 2m, receiver: op}', ['no such receiver; there are: rest, ops']],
  [
    'an integration that is not there',
    '{receiver: ops, integration: email/0}',
    ['there are: ops/webhook/0, ops/slack/0'],
  ],
  ['no receiver', '{eval_time: 2m}', ['a notification_test must name a receiver']],
  [
    'an unknown key',
    '{receiver: ops, exp_notification: []}',
    ['unknown field "exp_notification" in a notification_test'],
  ],
  ['a status that is none', '{receiver: ops, exp_notifications: [{status: fire}]}', ['must be firing or resolved']],
])('%s fails and says why', async (_name, item, texts) => {
  const { code, out } = await run(`${HEAD}  - ${item}\n`);
  expect(code).toBe(1);
  for (const text of texts) expect(out).toContain(text);
});

test('a payload snapshot is written when asked for, then compared', async () => {
  const text = `${HEAD}  - {eval_time: 2m, receiver: ops, exp_notifications: [{payload_snapshot: sent/down.json}]}\n`;
  const file = join(folder, 'sent/down.json');
  expect((await run(text)).out).toContain('no snapshot sent/down.json: --update-snapshots writes it');
  expect((await run(text, '--update-snapshots')).code).toBe(0);
  const payload: unknown = JSON.parse(readFileSync(file, 'utf8'));
  expect(payload).toMatchObject({ version: '4', receiver: 'ops', commonLabels: { team: 'a' }, truncatedAlerts: 0 });
  expect(payload).not.toHaveProperty('deliveryId');
  expect((await run(text)).code).toBe(0);
  writeFileSync(file, JSON.stringify(payload).replace('j is down', 'j was down'));
  const { code, out } = await run(text);
  expect(code).toBe(1);
  expect(out).toContain('payload differs from sent/down.json at alerts[0].annotations.summary');
  expect(out).toContain('exp: "j was down"');
});

test('without a file of its own, the section in telltale.yaml counts; its expected alerts are covered', async () => {
  writeFileSync(
    join(folder, 'telltale.yaml'),
    'alerting:\n  route: {receiver: night, group_wait: 0s}\n  receivers: [{name: night, webhook_configs: [{url: http://x.example}]}]\n',
  );
  const labels = `${DOWN}, job: j}`;
  const text = `${HEAD.replace('alertmanager_config: am.yml\n', '').replace(/.*job="k".*\n/, '')}  - {eval_time: 2m, receiver: night, exp_notifications: [{exp_alerts: [{exp_labels: ${labels}}]}]}\n`;
  const { code, out } = await run(text, '--coverage');
  expect(out).toContain('1/1 covered');
  expect(code).toBe(0);
});

test('a routing file that cannot be read or is wrong fails the test', async () => {
  const item = '  - {eval_time: 2m, receiver: ops}\n';
  expect((await run(HEAD.replace('am.yml', 'no.yml') + item)).out).toContain('no.yml');
  writeFileSync(join(folder, 'am.yml'), 'route: {receiver: gone}\nreceivers: []\n');
  const { code, out } = await run(HEAD + item);
  expect(code).toBe(1);
  expect(out).toContain('gone');
});
