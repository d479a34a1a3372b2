import { detectChangePoints, forecast } from '../../anomaly';
import type { ChangePoint } from '../../anomaly';
import type { LedgerRow } from '../../domain/ledger';
import type { PeriodFacts } from '../facts';
import { cellText } from '../render/format';
import type { ReportCell, ReportLine, ReportPeriod, ReportSection, ReportUnit } from '../report';
import { table } from './group';

const BUCKETS = 168;
const LEAST_POINTS = 24;
/** Levels that shifted by a smaller share are no news. */
const LEAST_CHANGE = 0.1;
/** Whole days that an outlook needs: fewer tell nothing of how days differ. */
const LEAST_DAYS = 4;
const DAY = 86_400_000;

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
      cellText(change.before, unit),
      cellText(change.after, unit),
      change.relativeChange ?? null,
      change.confidence,
    ]),
  );
  const ahead = outlook(calls, period);
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
                ['at', 'At (UTC)', 'time'],
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
  return detectChangePoints(known, { kinds: ['level'], minRelativeChange: LEAST_CHANGE });
}

/** What the next day costs, by whole days: hours at night would say nothing of the day to come. */
function outlook(calls: readonly LedgerRow[], { start, end }: ReportPeriod): string | undefined {
  const count = Math.floor((end - start) / DAY);
  if (count < LEAST_DAYS) return undefined;
  const days = sums(calls, { start: end - count * DAY, end }, DAY, ({ cost }) => cost?.usd ?? 0, 'cost');
  if (days.points.every(({ value }) => value === 0)) return undefined;
  const [next] = forecast(days.points, 1, {
    coverage: 0.8,
    least: 0,
    ...(count < 15 ? { season: 'none' as const } : {}),
  });
  if (next === undefined) return undefined;
  return `List-price cost of the next 24 hours, by the last ${count} days: about ${cellText(next.mean, 'usd')}, with a chance of 80 % between ${cellText(next.lower, 'usd')} and ${cellText(next.upper, 'usd')}.`;
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
    if (row.at < start) continue;
    const index = Math.min(values.length - 1, Math.floor((row.at - start) / width));
    values[index] = (values[index] ?? 0) + pick(row);
  }
  return { name, points: values.map((value, index) => ({ t: start + index * width, value })) };
}
