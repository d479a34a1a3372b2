import { seededRandom } from '../../src/base/ids';
import { serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

/** How often the stack is killed under load. */
const KILLS = 100;
const LANES = 4;
const random = seededRandom(20_260_101);
const folder = temporaryFolder();

interface Sent {
  readonly path: '/v1/traces' | '/v1/logs' | '/v1/metrics';
  readonly id: string;
  readonly body: string;
}

/** One request of each kind; its records carry its id. */
function requestOf(round: number, n: number): Sent {
  const id = `${round}-${n}`;
  const attributes = [{ key: 'id', value: { stringValue: id } }];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: `kill-${round}` } }] };
  const timeUnixNano = `${Date.now()}${String(n % 1_000_000).padStart(6, '0')}`;
  if (n % 3 === 0) {
    const traceId = traceIdOf(id);
    const spans = Array.from({ length: 4 }, (_, k) => ({
      traceId,
      spanId: (BigInt(n) * 16n + BigInt(k) + 1n).toString(16).padStart(16, '0'),
      name: `span ${k}`,
      startTimeUnixNano: timeUnixNano,
      endTimeUnixNano: timeUnixNano,
      attributes,
    }));
    return { path: '/v1/traces', id, body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }) };
  }
  if (n % 3 === 1) {
    const logRecords = [{ timeUnixNano, body: { stringValue: id }, attributes }];
    return {
      path: '/v1/logs',
      id,
      body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
    };
  }
  const metrics = [{ name: 'kill.value', gauge: { dataPoints: [{ timeUnixNano, asDouble: n, attributes }] } }];
  return {
    path: '/v1/metrics',
    id,
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
  };
}

function traceIdOf(id: string): string {
  return Buffer.from(id.padStart(16, '_')).toString('hex');
}

async function post(stack: ServedStack, { path, body }: Sent): Promise<boolean> {
  try {
    const response = await fetch(stack.url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Sends until the stack dies; what was acknowledged and what was not. */
async function load(
  stack: ServedStack,
  round: number,
  killAfter: number,
): Promise<{ acknowledged: Sent[]; open: Sent[] }> {
  const acknowledged: Sent[] = [];
  const open: Sent[] = [];
  let n = 0;
  let dead = false;
  const lane = async (): Promise<void> => {
    while (!dead) {
      const sent = requestOf(round, n++);
      if (await post(stack, sent)) acknowledged.push(sent);
      else {
        open.push(sent);
        dead = true;
      }
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  await new Promise((resolve) => setTimeout(resolve, killAfter));
  await stack.end('SIGKILL');
  await Promise.all(lanes);
  return { acknowledged, open };
}

async function json(stack: ServedStack, path: string): Promise<unknown> {
  return (await fetch(stack.url + path)).json();
}

/** How often each id of a round is stored. */
async function stored(stack: ServedStack, round: number, sent: readonly Sent[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const count = (id: string, by = 1): void => void counts.set(id, (counts.get(id) ?? 0) + by);
  const logs = (await json(stack, `/api/stack/logs?service=kill-${round}&limit=10000`)) as { body: string }[];
  for (const { body } of logs) count(body);
  const query = encodeURIComponent(`count_over_time(kill_value{job="kill-${round}"}[1h])`);
  const answer = (await json(stack, `/api/v1/query?query=${query}`)) as {
    data: { result: { metric: { id: string }; value: [number, string] }[] };
  };
  for (const { metric, value } of answer.data.result) count(metric.id, Number(value[1]));
  for (const { path, id } of sent) {
    if (path !== '/v1/traces') continue;
    const trace = (await json(stack, `/api/traces/${traceIdOf(id)}`)) as { data: { spans: unknown[] }[] | null };
    const spans = trace.data?.[0]?.spans.length ?? 0;
    if (spans > 0) count(id, spans / 4);
  }
  return counts;
}

test(
  `killed ${KILLS} times under load, the stack loses nothing it acknowledged and doubles nothing`,
  async () => {
    let stack = await serve(folder);
    const rounds: { round: number; sent: Sent[] }[] = [];
    for (let round = 0; round < KILLS; round++) {
      const { acknowledged, open } = await load(stack, round, 20 + random() * 400);
      stack = await serve(folder);
      // What got no answer is sent again, as clients do.
      const resent: Sent[] = [];
      for (const sent of open) if (await post(stack, sent)) resent.push(sent);
      expect(resent).toHaveLength(open.length);
      rounds.push({ round, sent: [...acknowledged, ...resent] });
      await expectOnce(stack, round, [...acknowledged, ...resent]);
    }
    // The first rounds have been compacted and read back many times since.
    for (const { round, sent } of rounds.slice(0, 10)) await expectOnce(stack, round, sent);
    expect(rounds.reduce((total, { sent }) => total + sent.length, 0)).toBeGreaterThan(KILLS);
    await stack.end();
  },
  KILLS * 15_000,
);

async function expectOnce(stack: ServedStack, round: number, sent: readonly Sent[]): Promise<void> {
  const counts = await stored(stack, round, sent);
  const wrong = sent
    .filter(({ id }) => counts.get(id) !== 1)
    .map(({ id, path }) => `${path} ${id}: ${counts.get(id) ?? 0}`);
  expect(wrong).toEqual([]);
}
