import type { ReportChart } from '../report';
import { cellText } from './format';
import { escapeHtml } from './html-text';

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 64;
const BOTTOM = 24;
const TOP = 8;
/** Told apart by people who see few colours, and in print by their dashes. */
const STROKES = ['#2563eb', '#c2410c', '#047857', '#7e22ce', '#475569'];
const DASHES = ['', '6 3', '2 3', '8 3 2 3', '1 2'];

/** Lines over time as an SVG picture that needs nothing from outside. */
export function renderChart({ title, unit, lines }: ReportChart): string {
  const points = lines.flatMap((line) => line.points.filter(({ value }) => Number.isFinite(value)));
  if (points.length === 0) return '';
  let start = Infinity;
  let end = -Infinity;
  let top = 0;
  for (const { t, value } of points) {
    start = Math.min(start, t);
    end = Math.max(end, t);
    top = Math.max(top, value);
  }
  const x = (t: number): number => LEFT + ((WIDTH - LEFT - 8) * (t - start)) / Math.max(1, end - start);
  const y = (value: number): number => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * value) / (top || 1);
  const grid = [0, 0.5, 1].map((share) => {
    const at = y(top * share).toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH - 8}" y1="${at}" y2="${at}" class="grid"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${escapeHtml(cellText(top * share, unit))}</text>`;
  });
  const drawn = lines.map((line, index) => {
    const known = line.points.filter(({ value }) => Number.isFinite(value));
    // Where nothing was measured nothing is drawn: a line across a gap would claim something.
    const gap = 2.5 * usualStep(known.map(({ t }) => t));
    const path = known
      .map(({ t, value }, place) => {
        const last = known[place - 1];
        const move = last === undefined || t - last.t > gap;
        return `${move ? 'M' : 'L'}${x(t).toFixed(1)} ${y(value).toFixed(1)}${move ? 'h0.1' : ''}`;
      })
      .join('');
    return `<path d="${path}" fill="none" stroke="${STROKES[index % STROKES.length]}" stroke-width="1.5" stroke-linecap="round" stroke-dasharray="${DASHES[index % DASHES.length]}"/>`;
  });
  const legend = lines
    .map((line, index) => `<span style="color:${STROKES[index % STROKES.length]}">■ ${escapeHtml(line.name)}</span>`)
    .join(' ');
  return `<figure><figcaption>${escapeHtml(title)} ${legend}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}<text x="${LEFT}" y="${HEIGHT - 6}">${cellText(start, 'time')}</text><text x="${WIDTH - 8}" y="${HEIGHT - 6}" text-anchor="end">${cellText(end, 'time')}</text>${drawn.join('')}</svg></figure>`;
}

/** The median distance of neighbours. */
function usualStep(times: readonly number[]): number {
  const steps = times.slice(1).map((t, index) => t - (times[index] ?? t));
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? Infinity;
}
