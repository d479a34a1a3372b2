import type { CellLabels, Counter, Telemetry } from '../../../base/telemetry';

/** Telemetry that a test can read. */
export interface RecordedTelemetry extends Telemetry {
  /** The value of a counter or gauge; 0 when there is none of that name and labels. */
  valueOf(name: string, labels?: CellLabels): number;
}

/** Keeps counters and gauges; histograms are dropped. */
export function recordedTelemetry(): RecordedTelemetry {
  const cells = new Map<string, () => number>();
  const counters = new Map<string, Counter>();
  const cellOf = (name: string, labels: CellLabels = {}): string =>
    `${name}${JSON.stringify(Object.entries(labels).sort())}`;
  return {
    counter: (name, _help, labels) => {
      const cell = cellOf(name, labels);
      const known = counters.get(cell);
      if (known !== undefined) return known;
      let count = 0;
      const counter: Counter = { add: (by = 1) => void (count += by) };
      counters.set(cell, counter);
      cells.set(cell, () => count);
      return counter;
    },
    gauge: (name, _help, labels) => {
      let value = 0;
      cells.set(cellOf(name, labels), () => value);
      return { set: (next) => void (value = next) };
    },
    observedGauge: (name, _help, read, labels) => void cells.set(cellOf(name, labels), read),
    histogram: () => ({ observe: () => undefined }),
    valueOf: (name, labels) => cells.get(cellOf(name, labels))?.() ?? 0,
  };
}
