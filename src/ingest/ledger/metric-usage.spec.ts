import type { ResourceMetrics, Temporality } from '../../domain/metric-point';
import { LedgerDatabase } from '../../spandb/ledger-database';
import { AttributeReader, dialects } from '../dialects';
import { emitters } from '../testing/emitters';
import { readUsageMetrics } from './metric-usage';

const NANO = 1_000_000n;
const START = 1_780_272_000_000n;

/** A request of Claude Code's counters: tokens by type, cost. */
function metrics(
  temporality: Temporality,
  start: bigint,
  end: bigint,
  tokens: Record<string, number>,
  cost: number,
): ResourceMetrics[] {
  const head = { startUnixNano: start * NANO, timeUnixNano: end * NANO, flags: 0, exemplars: [] };
  const attributes = { 'session.id': 's1', model: 'claude-sonnet-4-5' };
  const sum = (name: string, points: { attributes: Record<string, string>; value: number }[]) => ({
    name,
    description: '',
    unit: '',
    data: {
      kind: 'sum' as const,
      monotonic: true,
      temporality,
      points: points.map((point) => ({ ...head, ...point })),
    },
  });
  return [
    {
      resource: { attributes: { 'service.name': 'claude-code' }, schemaUrl: '' },
      scopes: [
        {
          scope: { name: 'com.anthropic.claude_code', version: '', attributes: {}, schemaUrl: '' },
          metrics: [
            sum(
              'claude_code.token.usage',
              Object.entries(tokens).map(([type, value]) => ({ attributes: { ...attributes, type }, value })),
            ),
            sum('claude_code.cost.usage', [{ attributes, value: cost }]),
          ],
        },
      ],
    },
  ];
}

const first = metrics(
  'delta',
  START,
  START + 60_000n,
  { input: 10, output: 5, cacheRead: 100, cacheCreation: 20 },
  0.5,
);

test('deltas add up, window by window; sent again they change nothing', () => {
  const database = new LedgerDatabase(':memory:');
  database.write(readUsageMetrics(first), []);
  database.write(readUsageMetrics(first), []);
  database.write(
    readUsageMetrics(metrics('delta', START + 60_000n, START + 120_000n, { input: 1, output: 1 }, 0.25)),
    [],
  );
  expect(database.session('s1')).toMatchObject({
    emitter: 'claude-code',
    modelCalls: 0,
    reportedCostUsd: 0.75,
    usage: { input: 131, uncached: 11, cacheRead: 100, cacheWrite: 20, output: 6 },
    discrepancies: 0,
  });
  database.close();
});

test('of cumulative points the last counts', () => {
  const database = new LedgerDatabase(':memory:');
  for (const seconds of [60n, 120n, 120n])
    database.write(
      readUsageMetrics(
        metrics('cumulative', START, START + seconds * 1000n, { input: Number(seconds), output: 1 }, 0.1),
      ),
      [],
    );
  expect(database.session('s1')).toMatchObject({
    reportedCostUsd: 0.1,
    usage: { input: 120, output: 1 },
    discrepancies: 0,
  });
  database.close();
});

test.each([
  ['metrics first', true],
  ['events first', false],
])('events take their place: %s', (_name, metricsFirst) => {
  const database = new LedgerDatabase(':memory:');
  const call = {
    requestId: 'r1',
    at: Number(START),
    durationMs: 10,
    ttftMs: 1,
    uncached: 10,
    cacheRead: 100,
    cacheWrite: 20,
    output: 5,
    reasoning: 1,
    failed: false,
  };
  const records =
    emitters['claude-code events']?.({ session: 's1', model: 'claude-sonnet-4-5', calls: [call], tools: [] }).logs ??
    [];
  const events = records.flatMap(
    (record) => dialects.get('claude-code').readLog?.(record, new AttributeReader([record.attributes])).calls ?? [],
  );
  const usage = readUsageMetrics(first);
  for (const rows of metricsFirst ? [usage, events] : [events, usage]) database.write(rows, []);
  expect(database.session('s1')).toMatchObject({ modelCalls: 1, usage: { input: 130, output: 5 } });
  expect(database.calls({ session: 's1', withSuperseded: true, limit: 10 })).toHaveLength(2);
  database.close();
});

test('a metric without a session, and other metrics, make no rows', () => {
  const [request] = first;
  const scope = request?.scopes[0];
  const stripped = scope?.metrics.map((metric) => ({ ...metric, name: 'other' })) ?? [];
  expect(
    readUsageMetrics([
      {
        resource: { attributes: {}, schemaUrl: '' },
        scopes: [{ scope: { name: '', version: '', attributes: {}, schemaUrl: '' }, metrics: stripped }],
      },
    ]),
  ).toEqual([]);
});
