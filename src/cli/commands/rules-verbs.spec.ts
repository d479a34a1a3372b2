import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run';
import { backtest } from './backtest';
import { check } from './check';
import { explain } from './explain';
import { exportPrometheusTarget, exportWith } from './export';
import { schema } from './schema';
import { test as testVerb } from './test';

const RULES = `groups:
- name: g
  interval: 1m
  rules:
  - alert: Slow
    latency: {percentile: 95, above: 8s, stage: inference}
    for: 2m
  - alert: Down
    expr: up == 0
    for: 5m
    labels: {severity: critical}
    annotations: {summary: "{{ $labels.job }}"}
`;
const TESTS = `rule_files: [rules.yml]
tests:
- name: down
  input_series:
  - {series: 'up{job="j"}', values: 0x10}
  alert_rule_test:
  - {eval_time: 6m, alertname: Down, exp_alerts: [{exp_labels: {job: j, severity: critical}, exp_annotations: {summary: j}}]}
`;
const HOUR = 3600;
const NOW = 1_767_225_600;

let folder: string;
let server: Server;
let url = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'verbs-'));
  writeFileSync(join(folder, 'rules.yml'), RULES);
  writeFileSync(join(folder, 'bad.yml'), RULES.replace('up == 0', 'up =='));
  writeFileSync(join(folder, 'rules.test.yml'), TESTS);
  writeFileSync(
    join(folder, 'failing.test.yml'),
    TESTS.replace('exp_annotations: {summary: j}', 'exp_annotations: {summary: k}'),
  );
  server = createServer((request, response) => {
    const answer = (body: unknown): void => void response.end(JSON.stringify(body));
    if (request.url === '/api/stack/rules') {
      const alerts = [{ state: 'firing', activeAt: NOW * 1000, value: 12, labels: {} }];
      const rule = {
        type: 'alerting',
        name: 'Slow',
        query: 'latency > 8',
        file: 'rules.yml',
        line: 5,
        explanation: 'Fires when slow.',
        threshold: '8s',
        measured: 'latency',
        health: 'ok',
        state: 'firing',
        alerts,
      };
      return answer({ groups: [{ name: 'g', nextEvaluation: NOW * 1000, rules: [rule] }] });
    }
    if (request.url === '/api/v1/query')
      return answer({ data: { result: [{ metric: { stage: 'inference' }, value: [NOW, '12'] }] } });
    // Down for ten minutes of an hour.
    const values = Array.from({ length: 10 }, (_, minute) => [NOW - HOUR + (20 + minute) * 60, '0']);
    return answer({ data: { result: [{ metric: { __name__: 'up', job: 'j' }, values }] } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function telltale(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const verbs = [check, testVerb, explain, backtest, exportWith([exportPrometheusTarget]), schema];
  const code = await runCommand(args, verbs, () => ({
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    readStdin: () => Promise.resolve(''),
    interactive: false,
    columns: 100,
    signal: new AbortController().signal,
    cwd: folder,
    stackUrl: url,
  }));
  return { code, out, err };
}

describe('check', () => {
  test('a usable file', async () => {
    const { code, out } = await telltale('check', 'rules.yml');
    expect([code, out]).toEqual([0, `${join(folder, 'rules.yml')}: 2 rules found\n`]);
  });

  test('an unusable file: 1, and where', async () => {
    const { code, out } = await telltale('check', '--errors-only', 'bad.yml');
    expect(code).toBe(1);
    expect(out).toMatch(/^error: .*bad\.yml:9:\d+: group "g", rule "Down": could not parse expression/);
  });

  test('as JSON and as SARIF', async () => {
    const json = JSON.parse((await telltale('check', '--json', 'bad.yml')).out);
    expect(json).toMatchObject({ usable: false, problems: [{ code: 'expr-syntax', line: 9 }] });
    const sarif = JSON.parse((await telltale('check', '--sarif', 'bad.yml')).out);
    expect(sarif.runs[0].results[0]).toMatchObject({ ruleId: 'expr-syntax', level: 'error' });
  });

  test('a file that is not there', async () => {
    expect((await telltale('check', 'nope.yml')).code).toBe(1);
  });
});

describe('test', () => {
  test('passes, tells coverage and writes JUnit', async () => {
    const junit = join(folder, 'junit.xml');
    const { code, out } = await telltale('test', 'rules.test.yml', '--coverage', '--junit', junit);
    expect(code).toBe(0);
    expect(out).toContain('SUCCESS');
    expect(out).toContain('Rule test coverage: 1/2 covered (50.0%)');
    expect(readFileSync(junit, 'utf8')).toContain('<testcase name="down"');
  });

  test('fails, and shows both sides', async () => {
    const { code, out } = await telltale('test', 'failing.test.yml');
    expect(code).toBe(1);
    expect(out).toContain('summary="k"');
    expect(out).toContain('summary="j"');
  });

  test('runs only what is asked for, and minds the threshold', async () => {
    expect((await telltale('test', 'failing.test.yml', '--run', 'nothing')).code).toBe(0);
    expect((await telltale('test', 'rules.test.yml', '--coverage-threshold', '60')).code).toBe(1);
    expect((await telltale('test', 'rules.test.yml', '--coverage-threshold', '600')).code).toBe(2);
  });
});

describe('explain', () => {
  test('asks the running stack', async () => {
    const { code, out } = await telltale('explain', 'Slow');
    expect(code).toBe(0);
    for (const part of [
      'Fires when slow.',
      'latency > 8',
      'threshold  8s',
      'state      firing',
      '{stage="inference"}  12',
    ]) {
      expect(out).toContain(part);
    }
    expect((await telltale('explain', 'Nope')).err).toContain('NOT_FOUND');
  });

  test('reads files', async () => {
    const { out } = await telltale('explain', 'Down', '--file', 'rules.yml');
    expect(out).toContain('Fires for every result of: up equal to 0. It must hold for 5m.');
  });
});

test('backtest tells every firing, and sweeps', async () => {
  const window = ['--from', String(NOW - HOUR), '--to', String(NOW)];
  const { code, out } = await telltale('backtest', 'Down', '--file', 'rules.yml', ...window, '--sweep');
  expect(code).toBe(0);
  expect(out).toContain('Down (== 0 for 5m), 2025-12-31T23:00:00.000Z to');
  expect(out).toContain('1 firing, 5m after the condition began');
  expect(out).toContain('2025-12-31T23:25:00.000Z  for 5m');
  expect(out).toContain('threshold      for   firings');
  const json = JSON.parse((await telltale('backtest', 'Down', '--file', 'rules.yml', ...window, '--json')).out);
  expect(json.firings).toMatchObject([{ labels: { job: 'j' }, peak: 0, firedAt: (NOW - HOUR + 25 * 60) * 1000 }]);
});

test('export writes PromQL and says what does not carry over', async () => {
  const { code, out, err } = await telltale('export', 'prometheus', 'rules.yml');
  expect(code).toBe(0);
  expect(out).toContain('expr: histogram_quantile(0.95, sum by (le, stage)');
  expect(out).not.toContain('latency:');
  expect(err).toContain('[kind-compiled]');
  expect((await telltale('export', 'prometheus', 'bad.yml')).code).toBe(1);
});

test('schema knows every kind', async () => {
  const document = JSON.parse((await telltale('schema', 'rules')).out);
  const { properties } = document.properties.groups.items.properties.rules.items;
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(['alert', 'expr', 'latency', 'slo', 'anomaly']));
  expect(properties.latency.properties.percentile.default).toBe(95);
  const config = JSON.parse((await telltale('schema', 'config')).out);
  expect(Object.keys(config.properties)).toEqual(expect.arrayContaining(['rules', 'alerting', 'promql']));
  expect(config.properties.rules.properties.interval).toBeDefined();
  expect((await telltale('schema', 'nonsense')).code).toBe(2);
});
