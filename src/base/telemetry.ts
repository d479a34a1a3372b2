/** A number that only grows. */
export interface Counter {
  add(by?: number): void;
}

/** A number that moves both ways. */
export interface Gauge {
  set(value: number): void;
}

/** A distribution. */
export interface Histogram {
  observe(value: number): void;
}

/** Labels of one cell of our own metrics; few and of few values. */
export type CellLabels = Readonly<Record<string, string>>;

/**
 * Telemetry about ourselves. Names are full Prometheus names (`telltale_…_total`, `_seconds`, `_bytes`, `_ratio`).
 * Asking twice for a name with the same labels gives the same cell; a failure inside never reaches the caller.
 */
export interface Telemetry {
  counter(name: string, help: string, labels?: CellLabels): Counter;
  gauge(name: string, help: string, labels?: CellLabels): Gauge;
  /** Read at collection time: for "how full" figures. */
  observedGauge(name: string, help: string, read: () => number, labels?: CellLabels): void;
  histogram(name: string, help: string, buckets: readonly number[], labels?: CellLabels): Histogram;
}

/** Keeps nothing. */
export const noTelemetry: Telemetry = {
  counter: () => ({ add: nothing }),
  gauge: () => ({ set: nothing }),
  observedGauge: nothing,
  histogram: () => ({ observe: nothing }),
};

function nothing(): void {
  // Telemetry that is off has nothing to do.
}
