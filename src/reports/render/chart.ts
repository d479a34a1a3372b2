import type { Millis } from '../../base/clock';
import type { ReportChart, ReportLine } from '../report';
import { cellText } from './format';
import { escapeHtml } from './html-text';

const WIDTH = 760;
const HEIGHT = 190;
const LEFT = 56;
const RIGHT = 8;
const BOTTOM = 22;
const TOP = 8;
const HOUR: Millis = 3_600_000;
const DAY = 24 * HOUR;
/** Told apart by people who see few colours, and in print by their dashes. Dark pages colour them by class. */
const STROKES = ['#2563eb', '#c2410c', '#047857', '#7e22ce', '#475569'];
const DASHES = ['', '6 3', '2 3', '8 3 2 3', '1 2'];
/** Between two marks of the time axis. */
const TIME_STEPS: readonly Millis[] = [HOUR / 4, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 28 * DAY];
const MOST_TIMES = 8;

/** Lines over time as an SVG picture that needs nothing from outside. Empty where nothing was measured. */
export function renderChart({ title, unit, lines }: ReportChart): string {
  const points = lines.flatMap((line) => line.points.filter(({ value }) => Number.isFinite(value)));
  if (points.length === 0) return '';
  let start = Infinity;
  let end = -Infinity;
  let most = 0;
  for (const { t, value } of points) {
    start = Math.min(start, t);
    end = Math.max(end, t);
    most = Math.max(most, value);
  }
  const step = roundStep(most / 4);
  const top = most === 0 ? 1 : step * Math.ceil(most / step);
  const x = (t: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * (t - start)) / Math.max(1, end - start);
  const y = (value: number): number => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * value) / top;
  const grid: string[] = [];
  for (let index = 0; most > 0 ? step * index <= top * 1.001 : index === 0; index++) {
    const at = y(step * index).toFixed(1);
    grid.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" class="grid" stroke="#e2e8f0"/>`,
      `<text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${escapeHtml(cellText(step * index, unit))}</text>`,
    );
  }
  const axis = timeMarks(start, end).map(
    ({ t, text }) => `<text x="${x(t).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle">${text}</text>`,
  );
  const drawn = lines.map((line, index) => {
    const place = index % STROKES.length;
    return `<path d="${pathOf(line, x, y)}" class="c${place}" fill="none" stroke="${STROKES[place]}" stroke-width="1.6" stroke-linecap="round" stroke-dasharray="${DASHES[place]}"/>`;
  });
  const legend =
    lines.length === 1
      ? ''
      : lines
          .map(({ name }, index) => {
            const place = index % STROKES.length;
            return `<span class="key"><svg width="22" height="8" aria-hidden="true"><path d="M0 4H22" class="c${place}" stroke="${STROKES[place]}" stroke-width="2" stroke-dasharray="${DASHES[place]}"/></svg> ${escapeHtml(name)}</span>`;
          })
          .join(' ');
  return `<figure><figcaption>${escapeHtml(title)} ${legend}</figcaption><svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}${axis.join('')}${drawn.join('')}</svg></figure>`;
}

function pathOf({ points }: ReportLine, x: (t: number) => number, y: (value: number) => number): string {
  const known = points.filter(({ value }) => Number.isFinite(value));
  // Where nothing was measured nothing is drawn: a line across a gap would claim something.
  const gap = 2.5 * usualStep(known.map(({ t }) => t));
  return known
    .map(({ t, value }, place) => {
      const last = known[place - 1];
      const move = last === undefined || t - last.t > gap;
      return `${move ? 'M' : 'L'}${x(t).toFixed(1)} ${y(value).toFixed(1)}${move ? 'h0.1' : ''}`;
    })
    .join('');
}

/** The median distance of neighbours. */
function usualStep(times: readonly number[]): number {
  const steps = times.slice(1).map((t, index) => t - (times[index] ?? t));
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? Infinity;
}

/** 1, 2 or 5 times a power of ten, not below the value. */
function roundStep(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= value * 0.999) ?? 10 * power;
}

/** Round times within the axis, in UTC, not so near its ends that their text would be cut. */
function timeMarks(start: number, end: number): { t: number; text: string }[] {
  const step = TIME_STEPS.find((each) => (end - start) / each <= MOST_TIMES) ?? 28 * DAY;
  const margin = 0.03 * (end - start);
  const marks: { t: number; text: string }[] = [];
  for (let t = Math.ceil((start + margin) / step) * step; t <= end - margin; t += step) {
    const iso = new Date(t).toISOString();
    marks.push({ t, text: step >= DAY || t % DAY === 0 ? iso.slice(5, 10) : iso.slice(11, 16) });
  }
  return marks;
}
