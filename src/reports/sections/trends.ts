import { detectChangePoints, forecast } from '../../anomaly';
import type { ChangePoint } from '../../anomaly';
import type { LedgerRow } from '../../domain/ledger';
import type { PeriodFacts } from '../facts';
import { cellText } from '../render/format';
import type { ReportCell, ReportLine, ReportPeriod, ReportSection, ReportUnit } from '../report';
import { table } from './group';

const BUCKETS = 168;
const LEAST_POINTS = 24;
const HOUR = 3_600_000;

/** What shifted within the period and when, and where cost goes from here, with an interval of 80 %. */
export function trendsSection({ calls, latencies }: PeriodFacts, period: ReportPeriod): ReportSection {
  const width = Math.max(60_000, (period.end - period.start) / BUCKETS);
  const cost = sums(calls, period, width, (row) => row.cost?.usd ?? 0, 'cost');
  const lines: { line: ReportLine; unit: ReportUnit }[] = [
    ...latencies.map((line) => ({ line: { ...line, name: `mean latency of ${line.name}` }, unit: 'ms' as const })),
    { line: cost, unit: 'usd' },
    {
      line: sums(calls, period, width, (row) => (row.outcome === 'error' ? 1 : 0), 'failed model calls'),
      unit: 'count',
    },
  ];
  const rows = lines.flatMap(({ line, unit }) =>
    changesOf(line).map((change): ReportCell[] => [
      line.name,
      change.t,
      change.kind,
      cellText(change.before, unit),
      cellText(change.after, unit),
      change.relativeChange ?? null,
      change.confidence,
    ]),
  );
  const ahead = outlook(cost, width);
  return {
    id: 'trends',
    title: 'Shifts and trends',
    notes: [
      ...(rows.length === 0 ? ['Nothing shifted for good within the period.'] : []),
      ...(ahead === undefined ? [] : [ahead]),
    ],
    tables:
      rows.length === 0
        ? []
        : [
            table(
              'Shifts',
              [
                ['what', 'What', 'text'],
                ['at', 'At', 'time'],
                ['kind', 'Kind', 'text'],
                ['before', 'Before', 'text'],
                ['after', 'After', 'text'],
                ['change', 'Change', 'change'],
                ['confidence', 'Confidence', 'ratio'],
              ],
              rows.sort((a, b) => Number(a[1]) - Number(b[1])),
            ),
          ],
    charts: [],
  };
}

function changesOf({ points }: ReportLine): ChangePoint[] {
  const known = points.filter(({ value }) => Number.isFinite(value));
  if (known.length < LEAST_POINTS || known.every(({ value }) => value === known[0]?.value)) return [];
  return detectChangePoints(known);
}

/** The cost of as long again as is behind, as a sentence. */
function outlook({ points }: ReportLine, width: number): string | undefined {
  if (points.length < LEAST_POINTS || points.every(({ value }) => value === 0)) return undefined;
  const horizon = Math.min(points.length, Math.round((24 * HOUR) / width));
  if (horizon < 1) return undefined;
  const next = forecast(points, horizon, { coverage: 0.8, least: 0 });
  const sum = (pick: (point: (typeof next)[number]) => number): number =>
    next.reduce((total, point) => total + pick(point), 0);
  const expected = sum(({ mean }) => mean);
  // Errors of single steps partly cancel: they add up as squares, each side by itself.
  const below = Math.sqrt(sum(({ mean, lower }) => (mean - lower) ** 2));
  const above = Math.sqrt(sum(({ mean, upper }) => (upper - mean) ** 2));
  const hours = (horizon * width) / HOUR;
  return `List-price cost of the next ${hours.toFixed(0)} hours: about ${cellText(expected, 'usd')}, with a chance of 80 % between ${cellText(Math.max(0, expected - below), 'usd')} and ${cellText(expected + above, 'usd')}.`;
}

function sums(
  calls: readonly LedgerRow[],
  { start, end }: ReportPeriod,
  width: number,
  pick: (row: LedgerRow) => number,
  name: string,
): ReportLine {
  const values = new Array<number>(Math.max(1, Math.round((end - start) / width))).fill(0);
  for (const row of calls) {
    const index = Math.min(values.length - 1, Math.max(0, Math.floor((row.at - start) / width)));
    values[index] = (values[index] ?? 0) + pick(row);
  }
  return { name, points: values.map((value, index) => ({ t: start + index * width, value })) };
}
