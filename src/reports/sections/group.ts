import type { ReportCell, ReportColumn, ReportTable, ReportUnit } from '../report';

/** Items by a key, in the order of first sight. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

/** The sum of what is known; undefined when nothing is. */
export function sumKnown<T>(items: readonly T[], pick: (item: T) => number | undefined): number | undefined {
  let sum: number | undefined;
  for (const item of items) {
    const value = pick(item);
    if (value !== undefined) sum = (sum ?? 0) + value;
  }
  return sum;
}

/** A share of change, e.g. 0.1 for 10 % more; null where there is nothing to compare with. */
export function changeOf(now: number | undefined | null, before: number | undefined | null): number | null {
  if (now === undefined || now === null || before === undefined || before === null || before === 0) return null;
  return Number.isFinite(now) && Number.isFinite(before) ? now / before - 1 : null;
}

/** A finite number, or null. */
export function known(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

/** A table from short column notes. */
export function table(
  title: string,
  columns: readonly (readonly [id: string, title: string, unit: ReportUnit])[],
  rows: readonly (readonly ReportCell[])[],
): ReportTable {
  return { title, columns: columns.map(([id, name, unit]): ReportColumn => ({ id, title: name, unit })), rows };
}
