import type { LedgerRow } from '../../domain/ledger';
import type { PeriodFacts } from '../facts';
import type { ReportCell, ReportPeriod, ReportSection, ReportTable } from '../report';
import { quantileOf, sorted } from '../statistics/order';
import { changeOf, groupBy, known, sumKnown, table } from './group';

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
  const unpriced = calls.filter((row) => row.cost === undefined).length;
  const silent = calls.filter((row) => row.usage.input === undefined && row.usage.output === undefined).length;
  if (calls.length === 0) notes.push('No model call was recorded in this period.');
  if (silent > 0) notes.push(`${silent} of ${calls.length} calls did not report tokens: the sums leave them out.`);
  if (unpriced > 0)
    notes.push(`${unpriced} of ${calls.length} calls have no known list price: the theoretical cost leaves them out.`);
  const tables: ReportTable[] = [];
  if (calls.length > 0) {
    tables.push(totals(calls, before?.calls));
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

function totals(calls: readonly LedgerRow[], before: readonly LedgerRow[] | undefined): ReportTable {
  const line = (name: string, pick: (row: LedgerRow) => number | undefined): ReportCell[] => {
    const now = sumKnown(calls, pick);
    const then = before === undefined ? undefined : sumKnown(before, pick);
    return [name, known(now), known(then), changeOf(now, then)];
  };
  return table(
    'Totals',
    [
      ['what', 'What', 'text'],
      ['now', 'This period', 'count'],
      ['before', 'Before', 'count'],
      ['change', 'Change', 'change'],
    ],
    [
      line('model calls', () => 1),
      line('failed calls', (row) => (row.outcome === 'ok' ? 0 : 1)),
      line('uncached input tokens', (row) => row.usage.uncached),
      line('cache read tokens', (row) => row.usage.cacheRead),
      line('cache write tokens', (row) => row.usage.cacheWrite),
      line('output tokens', (row) => row.usage.output),
      line('reasoning tokens (part of output)', (row) => row.usage.reasoning),
      line('billed cost, US cents, as vendors reported it', (row) => cents(row.reportedCostUsd)),
      line('theoretical cost, US cents, by list price', (row) => cents(row.cost?.usd)),
    ],
  );
}

function cents(usd: number | undefined): number | undefined {
  return usd === undefined ? undefined : usd * 100;
}

function breakdown(
  title: string,
  key: (row: LedgerRow) => string,
  calls: readonly LedgerRow[],
  before: readonly LedgerRow[],
): ReportTable {
  const then = groupBy(before, (row) => key(row) || '(unknown)');
  const rows = [...groupBy(calls, (row) => key(row) || '(unknown)')].map(([name, group]) => {
    const cost = sumKnown(group, (row) => row.cost?.usd);
    const input = sumKnown(group, (row) => row.usage.input);
    const read = sumKnown(group, (row) => row.usage.cacheRead);
    const latencies = sorted(group.flatMap((row) => row.latencyMs ?? []));
    return [
      name,
      group.length,
      group.filter((row) => row.outcome !== 'ok').length / group.length,
      known(input),
      known(sumKnown(group, (row) => row.usage.output)),
      input === undefined || input === 0 || read === undefined ? null : read / input,
      known(quantileOf(latencies, 0.5)),
      known(quantileOf(latencies, 0.95)),
      known(sumKnown(group, (row) => row.reportedCostUsd)),
      known(cost),
      changeOf(
        cost,
        sumKnown(then.get(name) ?? [], (row) => row.cost?.usd),
      ),
    ];
  });
  rows.sort((a, b) => Number(b[9] ?? 0) - Number(a[9] ?? 0) || Number(b[1]) - Number(a[1]));
  return table(
    title,
    [
      ['name', title.slice(3), 'text'],
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
