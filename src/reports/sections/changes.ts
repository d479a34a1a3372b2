import type { OperationFacts, PeriodFacts } from '../facts';
import type { ReportCell, ReportSection, ReportTable } from '../report';
import { changeOf, groupBy, table } from './group';

const MOST_ROWS = 15;
/** Less of it is no news. */
const LEAST_CALLS = 20;
const LEAST_CHANGE = 0.1;

interface Change {
  readonly where: string;
  readonly before: number;
  readonly now: number;
  readonly unit: 'ms' | 'ratio';
  /** How much it matters: time or failures, over all calls. */
  readonly weight: number;
}

/** What is different from the period before, what matters most first: slower, faster, failing, new, gone. */
export function changesSection(facts: PeriodFacts, before: PeriodFacts | undefined): ReportSection[] {
  if (before === undefined) return [];
  const key = ({ service, operation }: OperationFacts): string => `${service}: ${operation}`;
  const then = groupBy(before.operations, key);
  const now = groupBy(facts.operations, key);
  const changes: Change[] = [];
  const fresh: string[] = [];
  for (const [where, group] of now) {
    const old = total(then.get(where) ?? []);
    const own = total(group);
    if (own.calls >= LEAST_CALLS && old.calls === 0) fresh.push(where);
    if (own.calls < LEAST_CALLS || old.calls < LEAST_CALLS) continue;
    const [slow, was] = [own.ms / own.calls, old.ms / old.calls];
    changes.push({
      where,
      before: was,
      now: slow,
      unit: 'ms',
      weight: Math.abs(slow - was) * own.calls,
    });
    const [fails, failed] = [own.errors / own.calls, old.errors / old.calls];
    // Failures that chance explains are no change: two standard errors.
    const noise = 2 * Math.sqrt((failed * (1 - failed) + 1 / old.calls) * (1 / own.calls + 1 / old.calls));
    if (Math.abs(fails - failed) > noise)
      changes.push({
        where,
        before: failed,
        now: fails,
        unit: 'ratio',
        weight: Math.abs(fails - failed) * own.calls * 10_000,
      });
  }
  const gone = [...then].flatMap(([where, group]) =>
    total(group).calls >= LEAST_CALLS && !now.has(where) ? [where] : [],
  );
  const told = changes
    .filter(({ before: old, now: own }) => Math.abs(changeOf(own, old) ?? Infinity) >= LEAST_CHANGE)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_ROWS);
  const recovered = facts.operations.filter((own) => {
    const old = total(then.get(key(own)) ?? []);
    return own.calls >= LEAST_CALLS && own.errors === 0 && old.errors >= 5;
  });
  return [
    {
      id: 'changes',
      title: 'What changed',
      notes: [
        ...(told.length === 0 ? ['No operation became a tenth slower, faster or more failing than before.'] : []),
        ...(recovered.length > 0 ? [`Recovered, without a failure now: ${list(recovered.map(key))}.`] : []),
        ...(fresh.length > 0 ? [`New: ${list(fresh)}.`] : []),
        ...(gone.length > 0 ? [`Gone: ${list(gone)}.`] : []),
      ],
      tables: [changesTable('Mean time', 'ms', told), changesTable('Failed', 'ratio', told)].filter(
        ({ rows }) => rows.length > 0,
      ),
      charts: [],
    },
  ];
}

function changesTable(title: string, unit: 'ms' | 'ratio', changes: readonly Change[]): ReportTable {
  return table(
    title,
    [
      ['where', 'Operation', 'text'],
      ['before', 'Before', unit],
      ['now', 'Now', unit],
      ['change', 'Change', 'change'],
    ],
    changes
      .filter((change) => change.unit === unit)
      .map(({ where, before, now }): ReportCell[] => [where, before, now, changeOf(now, before)]),
  );
}

function total(group: readonly OperationFacts[]): { calls: number; errors: number; ms: number } {
  return group.reduce(
    (sum, { calls, errors, totalMs }) => ({
      calls: sum.calls + calls,
      errors: sum.errors + errors,
      ms: sum.ms + totalMs,
    }),
    { calls: 0, errors: 0, ms: 0 },
  );
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
