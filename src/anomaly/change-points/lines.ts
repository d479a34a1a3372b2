import { createInterface } from 'node:readline';
import type { SeriesPoint } from '../series';
import { detectChangePoints } from './detect-change-points';

/**
 * Change points that speak lines. Each line of the input is one series, as JSON: an array of values, or an object with
 * `values` and, optionally, `times` (milliseconds, ascending; without them the values are an hour apart). Each is answered by
 * one line: a JSON array of the change points found, with `index` counted from 0 among the values. A value that is null
 * is missing. A line that is not a series is answered by `{"error": …}`.
 */
function main(): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line.trim() !== '') process.stdout.write(`${JSON.stringify(answerTo(line))}\n`);
  });
}

const HOUR = 3_600_000;

function answerTo(line: string): unknown {
  let series: SeriesPoint[];
  try {
    series = seriesOf(JSON.parse(line));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  const finite = series.flatMap((point, index) => (Number.isFinite(point.value) ? [index] : []));
  // Missing values are left out by the detector: its indices are turned back into those of the line.
  return detectChangePoints(series).map((point) => ({ ...point, index: finite[point.index] ?? point.index }));
}

function seriesOf(given: unknown): SeriesPoint[] {
  const { values, times }: { values?: unknown; times?: unknown } = Array.isArray(given)
    ? { values: given }
    : typeof given === 'object' && given !== null
      ? given
      : {};
  if (!Array.isArray(values)) throw new TypeError('a series is an array of numbers, or an object with "values"');
  const at = (index: number): number => (Array.isArray(times) ? Number(times[index]) : index * HOUR);
  return values.map((value: unknown, index) => ({ t: at(index), value: typeof value === 'number' ? value : NaN }));
}

main();
