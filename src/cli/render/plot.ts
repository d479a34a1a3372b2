import type { EpochMillis } from '../../base/clock';

const ROWS = 8;
/** From the bottom of a cell to its top. */
const LEVELS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Values over time as a plot of text, as wide as the terminal, with an axis of values and one of times. */
export function renderPlot(
  points: readonly { readonly t: EpochMillis; readonly value: number }[],
  columns: number,
): string {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  const first = finite[0];
  const last = finite.at(-1);
  if (first === undefined || last === undefined) return '  (no finite values)';
  let low = Infinity;
  let high = -Infinity;
  for (const { value } of finite) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const labels = [high, (high + low) / 2, low].map(shortNumber);
  const margin = Math.max(...labels.map(({ length }) => length));
  const width = Math.max(10, Math.min(columns - margin - 3, Math.max(finite.length, 20)));
  const heights = bars(finite, width, low, high);
  const lines: string[] = [];
  for (let row = ROWS - 1; row >= 0; row--) {
    const label = row === ROWS - 1 ? labels[0] : row === ROWS / 2 ? labels[1] : row === 0 ? labels[2] : '';
    const cells = heights.map((height) =>
      height === undefined ? ' ' : (LEVELS[Math.max(0, Math.min(8, Math.round(height - row * 8)))] ?? ' '),
    );
    lines.push(`${(label ?? '').padStart(margin)} │${cells.join('').trimEnd()}`);
  }
  const [from, to] = [clockText(first.t), clockText(last.t)];
  lines.push(`${' '.repeat(margin)} └${'─'.repeat(width)}`);
  lines.push(`${' '.repeat(margin + 2)}${from}${to.padStart(Math.max(to.length + 1, width - from.length))}`);
  return lines.join('\n');
}

/** The height of each column in eighths of a row; of several points in one column the largest. */
function bars(
  points: readonly { readonly t: EpochMillis; readonly value: number }[],
  width: number,
  low: number,
  high: number,
): (number | undefined)[] {
  const start = points[0]?.t ?? 0;
  const span = (points.at(-1)?.t ?? 0) - start;
  const heights = new Array<number | undefined>(width).fill(undefined);
  for (const { t, value } of points) {
    const column = span === 0 ? 0 : Math.min(width - 1, Math.floor(((t - start) / span) * width));
    // Not all of the height is scale: the lowest value still shows a line.
    const height = high === low ? 4 * ROWS : 1 + ((value - low) / (high - low)) * (ROWS * 8 - 1);
    heights[column] = Math.max(heights[column] ?? 0, height);
  }
  return heights;
}

function shortNumber(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

function clockText(t: EpochMillis): string {
  return new Date(t).toISOString().slice(11, 19);
}
