import type { PromqlEngine } from '../../promql';
import type { Labels } from '../../domain/labels';
import { METRIC_NAME } from '../../domain/labels';
import type { HistoryRow, HistoryWindow } from './backtest';
import type { HistorySource } from './rule-backtest';

/** So many points per series are asked for at once; below what engines allow. */
const POINTS = 10_000;

/** History from the store at hand, asked for in parts. */
export function historyOf(engine: Pick<PromqlEngine, 'range'>): HistorySource {
  return async (expr, window) => {
    const rows = new Map<string, { labels: Labels; values: Map<number, number> }>();
    for (const { from, to } of partsOf(window)) {
      const { value } = await engine.range(expr, from, to, window.step);
      if (value.type !== 'matrix') continue;
      for (const series of value.series) {
        const labels = series.labels.without(METRIC_NAME);
        let row = rows.get(labels.key);
        if (row === undefined) rows.set(labels.key, (row = { labels, values: new Map() }));
        const { values } = row;
        series.timestamps.forEach((t, index) => values.set(t, series.values[index] ?? NaN));
      }
    }
    return [...rows.values()] satisfies HistoryRow[];
  };
}

function partsOf({ start, end, step }: HistoryWindow): { from: number; to: number }[] {
  const parts: { from: number; to: number }[] = [];
  for (let from = start; from <= end; from += POINTS * step) {
    parts.push({ from, to: Math.min(end, from + (POINTS - 1) * step) });
  }
  return parts;
}
