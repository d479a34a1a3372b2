import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportedConfiguration } from '../../src/alerting';
import { parse } from 'yaml';
import { startAlertingServer } from '../harness/alerting-server';
import type { AlertingServer } from '../harness/alerting-server';
import { findProgram } from '../harness/find-program';

const run = promisify(execFile);
const amtool = findProgram('amtool');

const CONFIGURATION = `
global: {smtp_smarthost: 'mail.example:587', smtp_from: 'a@example.com', smtp_auth_password: hidden}
route:
  receiver: default
  group_by: [alertname]
  routes:
    - {matchers: ['severity="critical"'], receiver: pager, continue: true, escalate: [{after: 10m, receiver: default}]}
    - {matchers: ['team=~"a|b"'], receiver: team}
receivers:
  - {name: default, webhook_configs: [{url: 'http://127.0.0.1:9/secret'}], ntfy_configs: [{topic: t}]}
  - {name: pager, pagerduty_configs: [{routing_key: deadbeef}]}
  - {name: team, email_configs: [{to: 'team@example.com'}]}
`;

const suite = amtool === undefined ? describe.skip : describe;
if (amtool === undefined) process.stdout.write('amtool is not on the PATH: its tests are skipped\n');

suite('amtool works against us', () => {
  let server: AlertingServer;
  const call = async (...args: string[]): Promise<string> =>
    (await run(amtool ?? '', [`--alertmanager.url=${server.url}`, ...args])).stdout;

  beforeAll(async () => {
    server = await startAlertingServer(CONFIGURATION);
  });
  afterAll(() => server.stop());

  test('alert add, alert query', async () => {
    await call(
      'alert',
      'add',
      'alertname=Slow',
      'severity=critical',
      'instance=a',
      '--annotation=summary="it is slow"',
    );
    await call('alert', 'add', 'alertname=Slow', 'severity=warning', 'instance=b');
    expect(await call('alert', 'query', '-o', 'simple', 'severity=critical')).toMatch(/Slow .*it is slow/);
    expect(await call('alert', 'query', '-o', 'simple', 'instance=~".+"')).toMatch(/Slow[\s\S]*Slow/);
    expect(JSON.parse(await call('alert', 'query', '-o', 'json', '--receiver=pager'))).toHaveLength(1);
  });

  test('silence add, query, update, import, expire', async () => {
    const id = (
      await call('silence', 'add', '--author=me', '--comment=testing', '--duration=1h', 'alertname=Slow', 'instance=a')
    ).trim();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await call('silence', 'query', '-o', 'simple')).toContain(id.slice(0, 8));
    const silenced = JSON.parse(await call('alert', 'query', '-o', 'json', '-s'));
    expect(silenced.map((alert: { labels: Record<string, string> }) => alert.labels['instance'])).toContain('a');
    const [{ id: updated }] = JSON.parse(
      await call('silence', 'update', '-o', 'json', '--duration=2h', '--comment=longer', id),
    );
    expect(updated).toMatch(/^[0-9a-f-]{36}$/);
    await call('silence', 'expire', updated);
    expect(await call('silence', 'query', '-q', 'instance=a')).toBe('');
    expect(await call('silence', 'query', '-q', '--expired')).toContain(updated);
  });

  test('config show, config routes test', async () => {
    const shown = await call('config', 'show');
    expect(shown).toContain('receiver: default');
    expect(shown).not.toMatch(/deadbeef|hidden|9\/secret/);
    expect((await call('config', 'routes', 'test', 'severity=critical', 'team=a')).trim()).toBe('pager,team');
    expect((await call('config', 'routes', 'test', 'severity=info')).trim()).toBe('default');
    expect(await call('config', 'routes', 'show')).toContain('pager');
  });

  test('cluster show', async () => {
    expect(await call('cluster', 'show')).toMatch(/Cluster Status:\s+ready/);
  });

  test('an exported configuration passes check-config', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'amtool-'));
    try {
      const file = join(folder, 'alertmanager.yml');
      const { text, left } = exportedConfiguration(parse(CONFIGURATION));
      writeFileSync(file, text);
      expect(left).toEqual(['escalate', 'ntfy_configs']);
      expect((await run(amtool ?? '', ['check-config', file])).stdout).toContain('SUCCESS');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
