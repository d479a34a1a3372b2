import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../base/testing/manual-clock';
import type { LedgerRow, SessionActivity } from '../domain/ledger';
import { authorityOf } from '../domain/ledger';
import { SqliteLedgerStore } from './sqlite-ledger-store';

const DAY = 86_400_000;
const START = 1_767_225_600_000;
let dataDir: string;
let clock: ManualClock;
let store: SqliteLedgerStore;

/** Prices a token at a dollar. */
const price = (row: LedgerRow): LedgerRow =>
  row.usage.output === undefined
    ? row
    : { ...row, cost: { usd: row.usage.output, catalog: 'test', version: '1', pricedAt: row.at, multiplier: 1 } };

const open = async (): Promise<void> => {
  store = new SqliteLedgerStore({ dataDir, price, keep: { clock, retention: 10 * DAY } });
  await store.start();
};

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'telltale-ledger-'));
  clock = new ManualClock(START);
  await open();
});
afterEach(async () => {
  await store.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function row(id: string, change: Partial<LedgerRow> = {}): LedgerRow {
  const source = change.source ?? 'event';
  return price({
    id,
    aliases: [],
    at: START,
    session: 's1',
    turn: '',
    agent: '',
    agentId: '',
    user: '',
    repository: '',
    branch: '',
    emitter: 'claude-code',
    service: 'claude-code',
    operation: 'chat',
    provider: 'anthropic',
    requestModel: 'm',
    responseModel: '',
    usage: { output: 5 },
    tier: '',
    outcome: 'ok',
    errorType: '',
    traceId: '',
    spanId: '',
    source,
    authority: authorityOf(source),
    sources: [source],
    provenance: {},
    discrepancies: [],
    superseded: false,
    ...change,
  });
}

function activity(id: string, change: Partial<SessionActivity> = {}): SessionActivity {
  return {
    id,
    kind: 'tool',
    session: 's1',
    turn: '',
    agentId: '',
    name: 'Read',
    at: START,
    errorType: '',
    emitter: 'claude-code',
    sources: ['event'],
    traceId: '',
    spanId: '',
    ...change,
  };
}

test('a signal that speaks twice corrects its figures; the call stays where it was first told', async () => {
  const partial = row('req:1', { source: 'span', usage: { output: 1 } });
  await store.write([partial], []);
  await store.write([row('req:1', { source: 'span', session: 's2', usage: { output: 40 } })], []);
  await store.write([row('req:1', { source: 'event', usage: { output: 40 } })], []);
  expect(await store.calls({ session: 's1', limit: 9 })).toMatchObject([
    { usage: { output: 40 }, cost: { usd: 40 }, discrepancies: [] },
  ]);
  expect(await store.calls({ session: 's2', limit: 9 })).toEqual([]);
});

test('what is written is there after a restart', async () => {
  await store.write([row('req:1'), row('req:2', { at: START + 1 })], [activity('a')]);
  await store.stop();
  await open();
  expect((await store.calls({ session: 's1', limit: 10 })).map(({ id }) => id)).toEqual(['req:1', 'req:2']);
  expect(await store.activities('s1', 'tool')).toHaveLength(1);
  expect(await store.activities('s1', 'agent')).toEqual([]);
});

test('two readings of a call meet by an alias: the greater wins, gaps are filled, differences noted, the cost follows', async () => {
  const [first] = await store.write([row('req:1', { usage: { output: 5 }, turn: 't1' })], []);
  expect(first).toMatchObject({ row: { cost: { usd: 5 } } });
  const [second] = await store.write(
    [row('res:x', { aliases: ['req:1', 'span:1/2'], source: 'span', usage: { output: 7, input: 3 } })],
    [],
  );
  expect(second).toMatchObject({
    previous: { usage: { output: 5 } },
    row: {
      id: 'req:1',
      turn: 't1',
      source: 'span',
      sources: ['event', 'span'],
      usage: { input: 3, output: 7 },
      cost: { usd: 7 },
      discrepancies: ['output is 7 by span, 5 by event'],
    },
  });
  // A third name of the same call, and the row is still one.
  await store.write([row('span:1/2', { source: 'span', usage: { output: 7 } })], []);
  expect(await store.calls({ session: 's1', limit: 10 })).toHaveLength(1);
});

test('two rows turn out to be one call', async () => {
  await store.write([row('req:1'), row('res:1')], []);
  expect(await store.calls({ session: 's1', limit: 10 })).toHaveLength(2);
  await store.write([row('span:9/9', { aliases: ['req:1', 'res:1'], source: 'span' })], []);
  expect(await store.calls({ session: 's1', limit: 10 })).toHaveLength(1);
  const [known] = await store.write([row('res:1')], []);
  expect(known?.previous?.id).toBe('req:1');
});

test('without common ids, the same figures at the same time are one call; others of a lesser signal are superseded', async () => {
  await store.write([row('a', { latencyMs: 100 }), row('b', { at: START + 60_000, usage: { output: 9 } })], []);
  await store.write([row('c', { source: 'span', at: START + 50, latencyMs: 60 })], []);
  const rows = await store.calls({ session: 's1', withSuperseded: true, limit: 10 });
  expect(rows.map(({ id, sources, superseded }) => [id, sources, superseded])).toEqual([
    ['a', ['event', 'span'], false],
    ['b', ['event'], true],
  ]);
  expect(await store.session('s1')).toMatchObject({ modelCalls: 1, usage: { output: 5 } });
  // A request id makes a lesser signal's row a call of its own: the span was lost.
  await store.write([row('req:9', { at: START + 90_000 })], []);
  expect(await store.session('s1')).toMatchObject({ modelCalls: 2 });
});

test('a tool call told by two signals is one', async () => {
  await store.write([], [activity('tool:1', { durationMs: 5 })]);
  const span = activity('span:1', { sources: ['span'], at: START + 300, traceId: 't' });
  await store.write([], [span]);
  await store.write([], [span]);
  expect(await store.activities('s1')).toEqual([
    expect.objectContaining({ id: 'tool:1', sources: ['event', 'span'], traceId: 't', durationMs: 5 }),
  ]);
});

test.each([
  [{ model: 'm' }, 2],
  [{ model: 'other' }, 0],
  [{ start: START + 1 }, 1],
  [{ end: START }, 1],
  [{ emitter: 'codex' }, 0],
  [{ limit: 1 }, 1],
])('calls by %j', async (query, count) => {
  await store.write([row('req:1'), row('req:2', { at: START + 1 })], []);
  expect(await store.calls({ limit: 10, ...query })).toHaveLength(count);
});

test('sessions, the newest first', async () => {
  await store.write(
    [row('req:1'), row('req:2', { session: 's2', at: START + DAY })],
    [activity('a', { session: 's3', at: START + 2 * DAY })],
  );
  const window = { start: START, end: START + 3 * DAY, limit: 10 };
  expect((await store.sessions(window)).map(({ session }) => session)).toEqual(['s3', 's2', 's1']);
  expect(await store.sessions({ ...window, start: START + 3 * DAY })).toEqual([]);
  expect(await store.session('nobody')).toBeUndefined();
});

test('what is too old goes, with its names', async () => {
  await store.write([row('req:1', { aliases: ['res:1'] })], [activity('a')]);
  await store.stop();
  await clock.advance(11 * DAY);
  await open();
  expect(await store.session('s1')).toBeUndefined();
  const [change] = await store.write([row('res:1')], []);
  expect(change?.previous).toBeUndefined();
});
