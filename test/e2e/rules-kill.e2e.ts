import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../src/base/ids';
import { serve as start, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

/** How often the stack is killed while alerts are pending and firing. */
const KILLS = 12;
const random = seededRandom(20_260_101);
const folder = temporaryFolder();
const rules = join(folder, 'rules.yml');

writeFileSync(
  rules,
  `groups:
- name: fast
  interval: 200ms
  rules:
  - {alert: AtOnce, expr: kill_value > 5, labels: {severity: critical}}
  - {alert: Held, expr: kill_value > 5, for: 2s, labels: {severity: critical}}
  - {alert: Kept, expr: kill_value > 5, keep_firing_for: 5m, labels: {severity: critical}}
`,
);

let running: ServedStack | undefined;
afterEach(() => running?.end('SIGKILL'));

async function serve(): Promise<ServedStack> {
  running = await start(folder, ['--rules', rules]);
  return running;
}

interface WireAlert {
  readonly labels: { readonly alertname: string };
  readonly state: string;
  readonly activeAt: string;
}

async function send(stack: ServedStack, value: number): Promise<void> {
  const point = { timeUnixNano: `${Date.now()}000000`, asDouble: value };
  const metrics = [{ name: 'kill_value', gauge: { dataPoints: [point] } }];
  const response = await fetch(`${stack.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource: {}, scopeMetrics: [{ metrics }] }] }),
  });
  expect(response.status).toBe(200);
}

async function alerts(stack: ServedStack): Promise<Map<string, WireAlert>> {
  const response = await fetch(`${stack.url}/api/v1/alerts`);
  const body = (await response.json()) as { data: { alerts: WireAlert[] } };
  return new Map(body.data.alerts.map((alert) => [alert.labels.alertname, alert]));
}

interface WireTransition {
  readonly rule: string;
  readonly to: string;
}

/** What is on disk when this resolves: also the states that `alerts` showed before. */
async function history(stack: ServedStack): Promise<readonly WireTransition[]> {
  const response = await fetch(`${stack.url}/api/stack/rules/history?limit=10000`);
  const body = (await response.json()) as { transitions: readonly WireTransition[] };
  return body.transitions;
}

async function until(
  stack: ServedStack,
  wanted: (found: Map<string, WireAlert>) => boolean,
): Promise<Map<string, WireAlert>> {
  const limit = Date.now() + 60_000;
  for (;;) {
    const found = await alerts(stack);
    if (wanted(found)) return found;
    if (Date.now() > limit) throw new Error(`not reached: ${JSON.stringify([...found.values()])}\n${stack.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('kill -9 at any moment: alerts stay what they were, since when they were', async () => {
  const since = new Map<string, string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const stack = await serve();
    // Before data come in again, what was known is there.
    const recalled = await alerts(stack);
    for (const [name, activeAt] of since) expect([name, recalled.get(name)?.activeAt]).toEqual([name, activeAt]);
    await send(stack, 9);
    await until(stack, (found) => found.size === 3);
    if (kill > KILLS / 2) await until(stack, (found) => found.get('Held')?.state === 'firing');
    await new Promise((resolve) => setTimeout(resolve, random() * 400));
    for (const [name, { activeAt }] of await alerts(stack)) since.set(name, activeAt);
    await history(stack);
    await stack.end('SIGKILL');
  }
  const last = await serve();
  await send(last, 1);
  // What was told firing ends; what is kept goes on.
  const ended = await until(last, (found) => !found.has('AtOnce') && !found.has('Held'));
  expect(ended.get('Kept')).toMatchObject({ state: 'firing', activeAt: since.get('Kept') });
  const transitions = await history(last);
  const count = (rule: string, to: string): number =>
    transitions.filter((row) => row.rule === rule && row.to === to).length;
  expect([count('AtOnce', 'firing'), count('Held', 'firing'), count('Kept', 'firing')]).toEqual([1, 1, 1]);
  expect([count('AtOnce', 'inactive'), count('Held', 'inactive'), count('Kept', 'inactive')]).toEqual([1, 1, 0]);
  await last.end();
}, 600_000);
