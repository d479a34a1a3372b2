import { createInterface } from 'node:readline';
import type { SeriesPoint } from '../series';
import { detectChangePointsTogether } from './together';

/**
 * Change points that speak lines. Each line of the input is one series, as JSON: an array of values, or an object with
 * `values` and, optionally, `times` (milliseconds, ascending; without them the values are an hour apart). Several series of
 * one thing are an array of such arrays: one per series, or, where that makes them longer, one per instant. Each line is
 * answered by one: a JSON array of the change points found, with `index` counted from 0 among the values. A value that is
 * not a finite number is missing. A line that is not a series is answered by `{"error": …}`.
 */
function main(): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line.trim() !== '') process.stdout.write(`${JSON.stringify(answerTo(line))}\n`);
  });
}

const HOUR = 3_600_000;

function answerTo(line: string): unknown {
  try {
    const all = seriesOf(JSON.parse(line));
    // Missing values are left out by the detector: its indices are turned back into those of the line.
    const present = all.map((series) => series.flatMap(({ value }, index) => (Number.isFinite(value) ? [index] : [])));
    return detectChangePointsTogether(all).map(({ dimension, ...point }) => ({
      ...point,
      index: present[dimension]?.[point.index] ?? point.index,
      ...(all.length > 1 && { dimension }),
    }));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function seriesOf(given: unknown): SeriesPoint[][] {
  const { values, times }: { values?: unknown; times?: unknown } = Array.isArray(given)
    ? { values: given }
    : typeof given === 'object' && given !== null
      ? given
      : {};
  if (!Array.isArray(values)) throw new TypeError('a series is an array of numbers, or an object with "values"');
  const rows: unknown[][] = values.some(Array.isArray) ? values.map((row: unknown) => listOf(row)) : [values];
  const longest = Math.max(...rows.map((row) => row.length));
  const columns = rows.length > 1 && longest < rows.length;
  const all = columns ? Array.from({ length: longest }, (_, at) => rows.map((row) => row[at])) : rows;
  const at = (index: number): number => (Array.isArray(times) ? Number(times[index]) : index * HOUR);
  return all.map((series) =>
    series.map((value, index) => ({ t: at(index), value: typeof value === 'number' ? value : NaN })),
  );
}

function listOf(row: unknown): unknown[] {
  if (!Array.isArray(row)) throw new TypeError('of several series each is an array of numbers');
  return row;
}

main();
