import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatExact, formatValue } from '../lib/format';
import { SERIES_COLORS, useTheme } from '../lib/theme';
import { ChartMarks } from './chart-marks';
import type { ChartMark } from './chart-marks';

/** One line of a chart; values by the same index as the chart's times, null where there is none. */
export interface ChartSeries {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly color?: string;
  /** Leads to the series' evidence, e.g. its query in Explore. */
  readonly href?: string;
}

export interface ChartProps {
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly unit: string;
  /** Pixels; the least where the chart fills its place. */
  readonly height: number;
  /** Takes all the room that its place has, not a height of its own. */
  readonly fit?: boolean;
  /** Edges of the time axis, in seconds, whatever the data covers. */
  readonly from: number;
  readonly to: number;
  readonly thresholds?: readonly { readonly value: number; readonly color: string; readonly label?: string }[];
  readonly marks?: readonly ChartMark[];
  readonly stacked?: boolean;
  readonly filled?: boolean;
  /** The series have values at different times: lines go over what is missing. */
  readonly sparse?: boolean;
  readonly label: string;
  readonly onZoom?: (from: number, to: number) => void;
  readonly onResetZoom?: () => void;
}

const SYNC = 'telltale';

/** A time series chart: drag to zoom, double-click to go back, crosshair shared with the other charts of the page. */
export default function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  // What an image holds is not read out, and marks are links.
  const hasMarks = (props.marks ?? []).length > 0;
  const shape =
    props.series.map((series) => series.name).join('\u0001') +
    props.unit +
    theme +
    String(props.stacked) +
    props.height +
    (props.thresholds ?? []).map(({ value }) => value).join();

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const size = (): { width: number; height: number } => ({
      width: Math.max(120, element.clientWidth),
      height: latest.current.fit === true ? element.clientHeight : latest.current.height,
    });
    const created = new uPlot(optionsOf(latest, size(), theme), dataOf(latest.current), element);
    plot.current = created;
    const resize = new ResizeObserver(() => {
      const { width, height } = size();
      if (element.clientWidth > 0 && (width !== created.width || height !== created.height))
        created.setSize({ width, height });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      created.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  useEffect(() => {
    const current = plot.current;
    if (current === undefined || current.series.length !== props.series.length + 1) return;
    current.setData(dataOf(props), false);
    current.setScale('x', { min: props.from, max: props.to });
  }, [props.times, props.series, props.from, props.to, props.marks]);

  return (
    <div
      class={`chart${props.fit === true ? ' fit' : ''}`}
      ref={host}
      role={hasMarks ? 'group' : 'img'}
      aria-label={props.label}
      style={props.fit === true ? { minHeight: `${props.height}px` } : { height: `${props.height}px` }}
    />
  );
}

function dataOf(props: ChartProps): uPlot.AlignedData {
  if (props.stacked !== true)
    return [props.times as number[], ...props.series.map((series) => series.values as (number | null)[])];
  const total = props.times.map(() => 0);
  // Where no series has a value there is nothing to stack: that is a gap, not zero.
  const known = props.times.map((_time, index) => props.series.some(({ values }) => typeof values[index] === 'number'));
  const stacked = props.series.map((series) =>
    series.values.map((value, index) =>
      known[index] === true ? (total[index] = (total[index] ?? 0) + (value ?? 0)) : null,
    ),
  );
  return [props.times as number[], ...stacked];
}

const FONT = '11px system-ui';
/** Steps that are round in bytes. */
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** As wide as its longest label: what is not needed is the plot's. */
function axisWidth(plot: uPlot, labels: readonly string[] | null, axis: number, cycle: number): number {
  const before = plot.axes[axis] as { _size?: number } | undefined;
  // A second look at the same labels must not change what they were laid out for.
  if (cycle > 1 && before?._size !== undefined) return before._size;
  plot.ctx.save();
  plot.ctx.font = FONT;
  const widest = Math.max(0, ...(labels ?? []).map((label) => plot.ctx.measureText(label).width));
  plot.ctx.restore();
  return Math.ceil(widest) + 10;
}

function optionsOf(
  latest: { current: ChartProps },
  { width, height }: { readonly width: number; readonly height: number },
  theme: 'dark' | 'light',
): uPlot.Options {
  const { series, unit } = latest.current;
  const stacked = latest.current.stacked === true;
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--ink-3').trim() || '#888';
  const grid = style.getPropertyValue('--line').trim() || '#ccc';
  const colors = SERIES_COLORS[theme];
  let marks: ChartMarks | undefined;
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: FONT, gap: 6 };
  return {
    width,
    height,
    padding: [8, 12, 0, 0],
    // Each fills down to the one below it.
    ...(stacked
      ? { bands: series.slice(1).map((_each, index): uPlot.Band => ({ series: [index + 2, index + 1] })) }
      : {}),
    legend: { show: false },
    cursor: {
      sync: { key: SYNC },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      bind: {
        dblclick: () => () => {
          latest.current.onResetZoom?.();
          return null;
        },
      },
    },
    scales: {
      x: { time: true, range: () => [latest.current.from, latest.current.to] },
      y: { range: (_plot, min, max) => rangeOf(min, max, latest.current) },
    },
    axes: [
      { ...axis, space: 70, size: 24, values: (_plot, splits) => timeTicks(splits) },
      {
        ...axis,
        space: 40,
        size: axisWidth,
        ...(unit === 'bytes' ? { incrs: POWERS_OF_TWO } : {}),
        values: (_plot, splits) => splits.map((value) => formatValue(value, unit)),
      },
    ],
    series: [
      {},
      ...series.map((each, index) => {
        const color = each.color ?? colors[index % colors.length] ?? '#888';
        const fill = stacked ? { fill: `${color}55` } : latest.current.filled === true ? { fill: `${color}26` } : {};
        return {
          label: each.name,
          stroke: color,
          width: 1.6,
          points: { show: true, size: 4, stroke: color, fill: color, filter: lonely },
          spanGaps: latest.current.sparse === true,
          ...fill,
        };
      }),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const from = plot.posToVal(plot.select.left, 'x');
          const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          latest.current.onZoom?.(from * 1000, to * 1000);
        },
      ],
      draw: [
        (plot) => {
          drawThresholds(plot, latest.current);
          marks?.show(latest.current.marks ?? []);
          // What stands below the chart can stand below its plot.
          plot.root.parentElement?.parentElement?.style.setProperty('--plot-left', `${plot.over.offsetLeft}px`);
        },
      ],
      ready: [
        (plot) => {
          addTooltip(plot, latest);
          marks = new ChartMarks(plot);
          marks.show(latest.current.marks ?? []);
        },
      ],
    },
  };
}

/** Values without a neighbour: no line would show them. */
function lonely(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const known = (index: number): boolean => values[index] !== null && values[index] !== undefined;
  const found: number[] = [];
  for (let index = 0; index < values.length; index++)
    if (known(index) && !known(index - 1) && !known(index + 1)) found.push(index);
  return found;
}

/** Times of day, with the date where the axis spans more than a day. */
function timeTicks(splits: readonly number[]): string[] {
  const span = (splits.at(-1) ?? 0) - (splits[0] ?? 0);
  return splits.map((seconds) => {
    const date = new Date(seconds * 1000);
    const time = date.toLocaleTimeString('en-GB', span < 300 ? {} : { hour: '2-digit', minute: '2-digit' });
    return span > 86_400 ? `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}` : time;
  });
}

function rangeOf(min: number | null, max: number | null, { thresholds = [] }: ChartProps): [number, number] {
  const low = Math.min(0, min ?? 0);
  // A threshold far above the data would flatten it; one within reach is shown.
  const reach = Math.max(max ?? 0, ...thresholds.map(({ value }) => value).filter((value) => value <= (max ?? 0) * 3));
  return [low, reach === low ? low + 1 : reach + (reach - low) * 0.08];
}

function drawThresholds(plot: uPlot, { thresholds = [] }: ChartProps): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { value, color } of thresholds) {
    const y = plot.valToPos(value, 'y', true);
    ctx.strokeStyle = resolved(color);
    ctx.setLineDash([6, 4]);
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** A canvas knows no CSS variables. */
function resolved(color: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
  return name === undefined ? color : getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The box beside the crosshair: time, then the values, the largest first. */
function addTooltip(plot: uPlot, latest: { current: ChartProps }): void {
  const box = document.createElement('div');
  box.className = 'chart-tooltip';
  box.hidden = true;
  plot.over.append(box);
  const update = (): void => {
    const { idx, left = -1, top = -1 } = plot.cursor;
    const hovered = plot.over.matches(':hover');
    box.hidden = idx === null || idx === undefined || left < 0 || !hovered;
    if (box.hidden || idx === null || idx === undefined) return;
    const { series, times, unit } = latest.current;
    const rows = series
      .map((each, index) => ({ name: each.name, value: each.values[idx], color: plot.series[index + 1]?.stroke }))
      .filter((row): row is typeof row & { value: number } => typeof row.value === 'number')
      .sort((a, b) => b.value - a.value)
      .slice(0, 12);
    box.replaceChildren(
      line(formatExact((times[idx] ?? 0) * 1000).replace(/\.000 /, ' '), 'chart-tooltip-time'),
      ...rows.map((row) => valueLine(row.name, formatValue(row.value, unit), row.color)),
    );
    const flip = left > plot.over.clientWidth / 2;
    box.style.left = flip ? 'auto' : `${left + 12}px`;
    box.style.right = flip ? `${plot.over.clientWidth - left + 12}px` : 'auto';
    box.style.top = `${Math.max(0, Math.min(top, plot.over.clientHeight - 24 * (rows.length + 1)))}px`;
  };
  plot.over.addEventListener('mousemove', () => requestAnimationFrame(update));
  plot.over.addEventListener('mouseleave', () => (box.hidden = true));
}

function line(text: string, className: string): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  element.textContent = text;
  return element;
}

function valueLine(name: string, value: string, color: unknown): HTMLElement {
  const element = line('', 'chart-tooltip-row');
  const swatch = line('', 'swatch');
  const stroke: unknown = typeof color === 'function' ? (color as () => unknown)() : color;
  swatch.style.background = typeof stroke === 'string' ? stroke : 'currentColor';
  element.append(swatch, line(name, 'chart-tooltip-name'), line(value, 'chart-tooltip-value'));
  return element;
}
