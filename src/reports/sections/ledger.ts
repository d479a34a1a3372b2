import type { LedgerRow } from '../../domain/ledger';
import type { PeriodFacts } from '../facts';
import type { ReportCell, ReportPeriod, ReportSection, ReportTable, ReportUnit } from '../report';
import { quantileOf, sorted } from '../statistics/order';
import { changeOf, known, table } from './group';

const MOST_ROWS = 20;

/** The model a call ran on, as far as known. */
export function modelOf(row: LedgerRow): string {
  return row.responseModel || row.requestModel || '(unknown)';
}

/** What tokens went where and what they cost: billed and by list price apart. */
export function ledgerSection(
  facts: PeriodFacts,
  before: PeriodFacts | undefined,
  period: ReportPeriod,
): ReportSection {
  const calls = facts.calls;
  const notes: string[] = [];
  // A call that failed has nothing to report.
  const answered = calls.filter(({ outcome }) => outcome === 'ok');
  const silent = answered.filter(({ usage }) => usage.input === undefined && usage.output === undefined).length;
  if (calls.length === 0) notes.push('No model call was recorded in this period.');
  const unpriced = answered.filter(({ cost }) => cost === undefined).length;
  const of = `of ${answered.length} calls that succeeded`;
  if (silent > 0) notes.push(`${silent} ${of} did not report tokens: the sums leave them out.`);
  if (unpriced > 0) notes.push(`${unpriced} ${of} have no known list price: the theoretical cost leaves them out.`);
  const tables: ReportTable[] = [];
  if (calls.length > 0) {
    tables.push(...totals(calls, before?.calls));
    for (const [title, key] of [
      ['By model', modelOf],
      ['By user', (row: LedgerRow) => row.user],
      ['By repository', (row: LedgerRow) => row.repository],
    ] as const) {
      const made = breakdown(title, key, calls, before?.calls ?? []);
      if (made.rows.some(([name]) => name !== '(unknown)')) tables.push(made);
    }
  }
  return {
    id: 'ledger',
    title: 'Tokens and cost',
    notes,
    tables,
    charts: calls.length < 2 ? [] : [{ title: 'List-price cost', unit: 'usd', lines: [costLine(calls, period)] }],
  };
}

/** Sums over calls; a figure that no call told stays unknown. */
class Sums {
  calls = 0;
  failed = 0;
  input: number | undefined;
  uncached: number | undefined;
  cacheRead: number | undefined;
  cacheWrite: number | undefined;
  output: number | undefined;
  reasoning: number | undefined;
  billed: number | undefined;
  listed: number | undefined;
  readonly latencies: number[] = [];

  add({ usage, outcome, reportedCostUsd, cost, latencyMs }: LedgerRow): void {
    this.calls++;
    if (outcome !== 'ok') this.failed++;
    this.input = plus(this.input, usage.input);
    this.uncached = plus(this.uncached, usage.uncached);
    this.cacheRead = plus(this.cacheRead, usage.cacheRead);
    this.cacheWrite = plus(this.cacheWrite, usage.cacheWrite);
    this.output = plus(this.output, usage.output);
    this.reasoning = plus(this.reasoning, usage.reasoning);
    this.billed = plus(this.billed, reportedCostUsd);
    this.listed = plus(this.listed, cost?.usd);
    if (latencyMs !== undefined) this.latencies.push(latencyMs);
  }
}

function plus(sum: number | undefined, value: number | undefined): number | undefined {
  return value === undefined ? sum : (sum ?? 0) + value;
}

function sumsBy(calls: readonly LedgerRow[], key: (row: LedgerRow) => string): Map<string, Sums> {
  const groups = new Map<string, Sums>();
  for (const row of calls) {
    const name = key(row) || '(unknown)';
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = new Sums()));
    group.add(row);
  }
  return groups;
}

function totals(calls: readonly LedgerRow[], before: readonly LedgerRow[] | undefined): ReportTable[] {
  const now = sumsBy(calls, () => 'all').get('all') ?? new Sums();
  const then = before === undefined ? undefined : (sumsBy(before, () => 'all').get('all') ?? new Sums());
  const line = (name: string, pick: (sums: Sums) => number | undefined): ReportCell[] => {
    const old = then === undefined ? undefined : pick(then);
    return [name, known(pick(now)), known(old), changeOf(pick(now), old)];
  };
  const columns = (unit: ReportUnit) =>
    [
      ['what', 'What', 'text'],
      ['now', 'This period', unit],
      ['before', 'Before', unit],
      ['change', 'Change', 'change'],
    ] as const;
  return [
    table('Totals', columns('count'), [
      line('model calls', ({ calls: count }) => count),
      line('failed calls', ({ failed }) => failed),
      line('uncached input tokens', ({ uncached }) => uncached),
      line('cache read tokens', ({ cacheRead }) => cacheRead),
      line('cache write tokens', ({ cacheWrite }) => cacheWrite),
      line('output tokens', ({ output }) => output),
      line('reasoning tokens (part of output)', ({ reasoning }) => reasoning),
    ]),
    table('Cost', columns('usd'), [
      line('billed, as vendors reported it', ({ billed }) => billed),
      line('theoretical, by list price', ({ listed }) => listed),
    ]),
  ];
}

function breakdown(
  title: string,
  key: (row: LedgerRow) => string,
  calls: readonly LedgerRow[],
  before: readonly LedgerRow[],
): ReportTable {
  const then = sumsBy(before, key);
  const rows = [...sumsBy(calls, key)].map(([name, group]): ReportCell[] => {
    const { input, cacheRead } = group;
    const latencies = sorted(group.latencies);
    return [
      name,
      group.calls,
      group.failed / group.calls,
      known(input),
      known(group.output),
      input === undefined || input === 0 || cacheRead === undefined ? null : cacheRead / input,
      known(quantileOf(latencies, 0.5)),
      known(quantileOf(latencies, 0.95)),
      known(group.billed),
      known(group.listed),
      changeOf(group.listed, then.get(name)?.listed),
    ];
  });
  rows.sort((a, b) => Number(b[9] ?? 0) - Number(a[9] ?? 0) || Number(b[1]) - Number(a[1]));
  return table(
    title,
    [
      ['name', `${title.charAt(3).toUpperCase()}${title.slice(4)}`, 'text'],
      ['calls', 'Calls', 'count'],
      ['failed', 'Failed', 'ratio'],
      ['input', 'Input', 'tokens'],
      ['output', 'Output', 'tokens'],
      ['cacheRead', 'From cache', 'ratio'],
      ['p50', 'p50', 'ms'],
      ['p95', 'p95', 'ms'],
      ['billed', 'Billed', 'usd'],
      ['cost', 'List price', 'usd'],
      ['change', 'Cost change', 'change'],
    ],
    rows.slice(0, MOST_ROWS),
  );
}

function costLine(
  calls: readonly LedgerRow[],
  { start, end }: ReportPeriod,
): ReportSection['charts'][number]['lines'][number] {
  const buckets = 48;
  const width = (end - start) / buckets;
  const sums = new Array<number>(buckets).fill(0);
  for (const row of calls) {
    const index = Math.min(buckets - 1, Math.max(0, Math.floor((row.at - start) / width)));
    sums[index] = (sums[index] ?? 0) + (row.cost?.usd ?? 0);
  }
  return { name: 'cost', points: sums.map((value, index) => ({ t: start + (index + 0.5) * width, value })) };
}
