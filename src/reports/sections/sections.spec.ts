import type { LedgerRow } from '../../domain/ledger';
import { NO_FACTS } from '../facts';
import type { OperationFacts, PeriodFacts, ToolCallFacts } from '../facts';
import type { ReportSection, ReportTable } from '../report';
import { generateWeek } from '../testing/assistant-week';
import { USUAL_SHAPE } from '../testing/week';
import { alertsSection } from './alerts';
import { changesSection } from './changes';
import { highlightsOf } from './highlights';
import { toolsSection } from './tools';
import { trendsSection } from './trends';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 2);
const period = { start: START, end: START + 7 * DAY };

const operation = (name: string, calls: number, meanMs: number, errors = 0): OperationFacts => ({
  service: 'assistant',
  operation: name,
  stage: 'tool',
  calls,
  errors,
  totalMs: calls * meanMs,
});
const facts = (change: Partial<PeriodFacts>): PeriodFacts => ({ ...NO_FACTS, ...change });

/** A table's rows by column id. */
function rowsOf(section: ReportSection | undefined, title: string): Record<string, unknown>[] {
  const found: ReportTable | undefined = section?.tables.find((table) => table.title === title);
  return (found?.rows ?? []).map((row) =>
    Object.fromEntries((found?.columns ?? []).map(({ id }, index) => [id, row[index]])),
  );
}

describe('what changed', () => {
  const before = facts({
    operations: [
      operation('read', 1000, 20),
      operation('search', 1000, 100),
      operation('chat', 1000, 2000, 10),
      operation('fetch', 1000, 50, 80),
      operation('gone', 100, 5),
      operation('rare', 5, 10),
    ],
  });
  const now = facts({
    operations: [
      operation('read', 1000, 21),
      operation('search', 1000, 150),
      operation('chat', 1000, 1000, 100),
      operation('fetch', 1000, 50, 0),
      operation('new', 100, 5),
      operation('rare', 5, 900),
    ],
  });
  const [section] = changesSection(now, before);

  test('what matters most comes first; a twentieth, and what came five times, is no news', () => {
    expect(rowsOf(section, 'Mean time')).toEqual([
      { where: 'assistant: chat', before: 2000, now: 1000, change: -0.5 },
      { where: 'assistant: search', before: 100, now: 150, change: 0.5 },
    ]);
    const [first, second] = rowsOf(section, 'Failed');
    expect(first).toMatchObject({ where: 'assistant: chat', before: 0.01, now: 0.1 });
    expect(second).toMatchObject({ where: 'assistant: fetch', before: 0.08, now: 0 });
  });

  test('what is new, gone or recovered is named', () => {
    expect(section?.notes).toEqual([
      'Recovered, without a failure now: assistant: fetch.',
      'New: assistant: new.',
      'Gone: assistant: gone.',
    ]);
  });

  test('without a period before there is nothing to tell; without a change it says so', () => {
    expect(changesSection(now, undefined)).toEqual([]);
    expect(changesSection(now, now)[0]?.notes[0]).toMatch(/^No operation became/);
  });
});

test('tools: calls, failures, times against before, sizes of results; what took longest first', () => {
  const call = (tool: string, durationMs: number, change: Partial<ToolCallFacts> = {}): ToolCallFacts => ({
    session: 's',
    tool,
    at: START,
    durationMs,
    ok: true,
    arguments: '',
    traceId: 't',
    ...change,
  });
  const now = facts({
    toolCalls: [
      call('read', 10, { resultBytes: 100 }),
      call('read', 30, { resultBytes: 300 }),
      call('run', 900, { ok: false }),
    ],
  });
  const before = facts({ toolCalls: [call('read', 10)] });
  const [section] = toolsSection(now, before);
  expect(rowsOf(section, 'By tool')).toEqual([
    { tool: 'run', calls: 1, failed: 1, p50: 900, p95: 900, change: null, total: 900, size: null, large: null },
    { tool: 'read', calls: 2, failed: 0, p50: 20, p95: 29, change: 1, total: 40, size: 200, large: 290 },
  ]);
  expect(toolsSection(NO_FACTS, undefined)).toEqual([]);
});

describe('trends', () => {
  const { calls } = generateWeek({ seed: 9, days: 1, start: START, shape: { ...USUAL_SHAPE, traffic: 0.2 } });
  const [like] = calls;

  /** A call an hour, each at a price. */
  const hourly = (usd: (hour: number) => number): LedgerRow[] =>
    Array.from({ length: 168 }, (_, hour) => {
      if (like === undefined) throw new Error('the day is empty');
      const wave = 1 + 0.05 * Math.sin(hour * 1.7) + 0.05 * Math.sin(hour * 0.9);
      const cost = { usd: usd(hour) * wave, catalog: 'test', version: '1', pricedAt: START, multiplier: 1 };
      return { ...like, id: String(hour), at: START + hour * HOUR, outcome: 'ok', cost };
    });

  test('a cost that doubles for good is a shift at its hour, and the next day costs as the last ones', () => {
    const section = trendsSection(facts({ calls: hourly((hour) => (hour < 96 ? 1 : 2)) }), period);
    const [shift, ...others] = rowsOf(section, 'Shifts');
    expect(others).toEqual([]);
    expect(shift).toMatchObject({ what: 'cost' });
    expect(Math.abs(Number(shift?.['at']) - (START + 96 * HOUR))).toBeLessThanOrEqual(2 * HOUR);
    expect(Number(shift?.['change'])).toBeCloseTo(1, 0);
    expect(section.notes.join()).toMatch(/next 24 hours, by the last 7 days: about \$\d+/);
  });

  test('an even week has no shift, and the next day costs as much', () => {
    const section = trendsSection(facts({ calls: hourly(() => 1) }), period);
    expect(section.notes[0]).toBe('Nothing shifted for good within the period.');
    const about = Number(/about \$([\d.]+)/.exec(section.notes.join())?.[1]);
    expect(Math.abs(about - 24)).toBeLessThan(2.4);
  });

  test('a single day says nothing of the next', () => {
    const day = { start: START, end: START + DAY };
    expect(trendsSection(facts({ calls: hourly(() => 1) }), day).notes.join()).not.toContain('next 24 hours');
  });
});

test('alerts: what flaps gets a longer hold, what nobody takes up is named, what never fires should be tried', () => {
  const at = (minute: number): number => START + minute * 60_000;
  const episodes = (count: number, every: number, length: number) =>
    Array.from({ length: count }, (_, index) => ({ start: at(index * every), end: at(index * every + length) }));
  const section = alertsSection(
    facts({
      alerts: [
        { name: 'Flaps', episodes: episodes(8, 8, 4), forMs: 60_000, acknowledged: 1 },
        { name: 'Ignored', episodes: episodes(6, 600, 30), forMs: 60_000, acknowledged: 0 },
        { name: 'Unknown', episodes: episodes(6, 600, 30) },
        { name: 'Silent', episodes: [], forMs: 0 },
      ],
    }),
    period,
  );
  expect(rowsOf(section, 'Alerts').map(({ name, acknowledged, patch }) => [name, acknowledged, patch])).toEqual([
    ['Flaps', 1, 'for: 5m (now 1m), keep_firing_for: 4m'],
    ['Ignored', 0, 'nobody took it up: severity: info, or remove it'],
    ['Unknown', null, ''],
    ['Silent', null, 'never fired in 7 days: test it with "telltale backtest"'],
  ]);
});

test('the gist counts calls, cost, time, alerts and advice', () => {
  const now = facts({
    operations: [operation('search', 100, 300), { ...operation('chat', 100, 900), stage: 'inference' }],
    alerts: [{ name: 'Slow', episodes: [{ start: START, end: START + HOUR }] }],
    gaps: ['Only a part.'],
  });
  expect(highlightsOf(now, undefined, [])).toEqual([
    'No model call was recorded.',
    '75 % of the time in stages went into inference, 900 ms a call.',
    '1 alert fired once.',
    'Nothing worth changing was found.',
    'Some of it is read from a part of the data; the report says which.',
  ]);
});
