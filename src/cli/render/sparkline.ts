const BARS = '▁▂▃▄▅▆▇█';

/** Values as a row of bars, at most `width` of them; of more, the largest of each part is shown. */
export function sparkline(values: readonly number[], width = 30): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return '';
  const parts = Math.min(width, finite.length);
  const shown = Array.from({ length: parts }, (_, index) => {
    const from = Math.floor((index * finite.length) / parts);
    const to = Math.max(from + 1, Math.floor(((index + 1) * finite.length) / parts));
    return Math.max(...finite.slice(from, to));
  });
  const low = Math.min(...shown);
  const span = Math.max(...shown) - low;
  return shown.map((value) => BARS[span === 0 ? 3 : Math.round(((value - low) / span) * (BARS.length - 1))]).join('');
}
