import type { EpochMillis } from '../base/clock';
import type { PromqlEngine } from '../promql';

/** How long a message waits for its picture. */
const PATIENCE = 2000;
const POINTS = 120;

/** A point of an expression's course. */
export interface CoursePoint {
  readonly t: EpochMillis;
  readonly value: number;
}

/** The course of an expression for the picture in a message: its first series; empty when it cannot be had in time. */
export function courseOf(
  engine: PromqlEngine,
): (query: string, start: EpochMillis, end: EpochMillis) => Promise<CoursePoint[]> {
  return async (query, start, end) => {
    const step = Math.max(1000, Math.round((end - start) / POINTS / 1000) * 1000);
    try {
      const { value } = await engine.range(query, start, end, step, { timeout: PATIENCE });
      const first = value.type === 'matrix' ? value.series[0] : undefined;
      if (first === undefined) return [];
      return Array.from(first.timestamps, (t, index) => ({ t, value: first.values[index] ?? NaN })).filter(
        ({ value: y }) => Number.isFinite(y),
      );
    } catch {
      // A message without a picture is better than one that comes late.
      return [];
    }
  };
}
