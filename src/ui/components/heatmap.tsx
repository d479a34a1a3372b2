import { useEffect, useRef } from 'preact/hooks';
import type { RangeSeries } from '../api/prometheus';
import { formatTime, formatValue } from '../lib/format';
import { useTheme } from '../lib/theme';

export interface HeatmapProps {
  /** One series per `le`, cumulative. */
  readonly series: readonly RangeSeries[];
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly unit: string;
  readonly height: number;
  readonly label: string;
}

/** How observations spread over the buckets of a histogram, over time. */
export function Heatmap({ series, from, to, step, unit, height, label }: HeatmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const buckets = series
    .map((each) => ({
      le: Number(each.metric['le'] === '+Inf' ? Infinity : each.metric['le']),
      values: new Map(each.values.map(([time, value]) => [Math.round((time - from) / step), Number(value)])),
    }))
    .sort((a, b) => a.le - b.le);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined) return;
    const width = (element.width = element.clientWidth * devicePixelRatio);
    const tall = (element.height = element.clientHeight * devicePixelRatio);
    const columns = Math.max(1, Math.ceil((to - from) / step));
    const cells: [number, number, number][] = [];
    let most = 0;
    buckets.forEach((bucket, row) => {
      for (const [column, value] of bucket.values) {
        const own = value - (buckets[row - 1]?.values.get(column) ?? 0);
        if (own > 0) {
          cells.push([column, row, own]);
          most = Math.max(most, own);
        }
      }
    });
    context.clearRect(0, 0, width, tall);
    for (const [column, row, value] of cells) {
      context.fillStyle =
        theme === 'dark'
          ? `rgb(86 180 233 / ${0.12 + 0.88 * (value / most)})`
          : `rgb(0 98 163 / ${0.1 + 0.9 * (value / most)})`;
      context.fillRect(
        (column / columns) * width,
        tall - ((row + 1) / buckets.length) * tall,
        Math.max(1, width / columns - 1),
        Math.max(1, tall / buckets.length - 1),
      );
    }
  });
  if (buckets.length === 0) return <p class="muted small">No data in this range.</p>;
  return (
    <div class="heatmap" style={{ height: `${height}px` }} role="img" aria-label={label}>
      <div class="heatmap-scale muted">
        {[buckets.length - 1, buckets.length >> 1, 0].map((index) => (
          <span key={index}>{formatValue(buckets[index]?.le, unit)}</span>
        ))}
      </div>
      <canvas ref={canvas} />
      <span />
      <div class="heatmap-times muted">
        {[from, (from + to) / 2, to].map((at) => (
          <span key={at}>{formatTime(at * 1000, to * 1000)}</span>
        ))}
      </div>
    </div>
  );
}
