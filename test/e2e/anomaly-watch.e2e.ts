import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { normal, randomFrom } from '../../src/anomaly/testing/generate';
import { serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

const SECOND = 1000;
const PAST_SECONDS = 600;
const folder = temporaryFolder();
const random = randomFrom(1);
let stack: ServedStack;

const CONFIG = `
anomaly:
  interval: 1s
  automatic: false
  watches: [{name: waiters, expr: pool_waiters_ratio}]
rules: {files: [rules.yml]}
`;
const RULES = `
groups:
  - name: anomalies
    interval: 1s
    rules:
      - alert: Unusual
        expr: abs(anomaly_score{watch="waiters"}) > on (watch) group_left () anomaly_threshold
        labels: {severity: warning}
        annotations: {summary: "{{ $labels.watch }} is unusual"}
`;

/** Sends a gauge as OTLP: one point per second, from so many seconds ago until now. */
async function send(seconds: number, level: number): Promise<void> {
  const now = Math.floor(Date.now() / SECOND) * SECOND;
  const dataPoints = Array.from({ length: seconds }, (_, at) => ({
    asDouble: level + normal(random),
    timeUnixNano: `${now - (seconds - 1 - at) * SECOND}000000`,
  }));
  const metrics = [{ name: 'pool.waiters', unit: '1', gauge: { dataPoints } }];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'checkout' } }] };
  const response = await fetch(`${stack.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope: {}, metrics }] }] }),
  });
  expect(response.status).toBe(200);
}

/** The value of the first series of a query's answer; undefined without one. */
async function ask(query: string): Promise<number | undefined> {
  const response = await fetch(`${stack.url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const body = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  const value = body.data.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}

/** Sends a point a second until the question has an answer that fits. */
async function until(level: number, fits: () => Promise<boolean>, seconds: number): Promise<boolean> {
  for (let second = 0; second < seconds; second++) {
    await send(1, level);
    if (await fits()) return true;
    await new Promise((resolve) => setTimeout(resolve, SECOND));
  }
  return false;
}

beforeAll(async () => {
  writeFileSync(join(folder, 'telltale.yaml'), CONFIG);
  writeFileSync(join(folder, 'rules.yml'), RULES);
  stack = await serve(folder);
}, 240_000);
afterAll(async () => {
  await stack.end('SIGKILL');
});

test('after a restart the past is known: a shift raises the score at once and the rule on it fires', async () => {
  await send(PAST_SECONDS, 20);
  await stack.end('SIGTERM');
  stack = await serve(folder);
  const scored = async (): Promise<boolean> => (await ask('anomaly_score{watch="waiters"}')) !== undefined;
  expect(await until(20, scored, 20)).toBe(true);
  expect(await ask('anomaly_band_lower{watch="waiters"}')).toBeGreaterThan(10);
  expect(await ask('anomaly_band_upper{watch="waiters"}')).toBeLessThan(30);

  const risen = async (): Promise<boolean> => {
    const share = await ask('abs(anomaly_score{watch="waiters"}) / on (watch) anomaly_threshold');
    return share !== undefined && share > 1;
  };
  expect(await until(60, risen, 30)).toBe(true);
  const firing = async (): Promise<boolean> => (await ask('ALERTS{alertname="Unusual",alertstate="firing"}')) === 1;
  expect(await until(60, firing, 15)).toBe(true);
}, 180_000);
