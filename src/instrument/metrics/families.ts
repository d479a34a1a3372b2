import { Counter, Gauge, Histogram } from 'prom-client';
import { CounterCell, GaugeCell, HistogramCell } from './cells';
import { labelKey } from './label-text';
import type { LabelRecord } from './cells';

/** Series of one name beyond this number are counted as refused and not exposed. */
export const MAX_CELLS = 100_000;

/** What all families share: finding cells by their labels, within a bound. */
export class CellIndex<C> {
  readonly cells: C[] = [];
  private readonly byKey = new Map<string, C>();
  refused = 0;

  constructor(
    private readonly create: (labels: LabelRecord) => C,
    private readonly capacity: number = MAX_CELLS,
  ) {}

  /** The same labels, in whatever order, give the same cell. Beyond the bound the cell is not exposed. */
  cell(labels: LabelRecord): C {
    const key = labelKey(labels);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const made = this.create(labels);
    if (this.cells.length >= this.capacity) {
      this.refused++;
      return made;
    }
    this.byKey.set(key, made);
    this.cells.push(made);
    return made;
  }

  remove(labels: LabelRecord): void {
    const key = labelKey(labels);
    const cell = this.byKey.get(key);
    if (cell === undefined) return;
    this.byKey.delete(key);
    this.cells.splice(this.cells.indexOf(cell), 1);
  }
}

/** A prom-client counter whose series are bound cells: `family.cell(labels).add()` is the fast way in. */
export class CounterFamily extends Counter {
  readonly index: CellIndex<CounterCell>;

  constructor(
    readonly familyName: string,
    readonly help: string,
    capacity: number = MAX_CELLS,
  ) {
    super({ name: familyName, help, registers: [] });
    this.index = new CellIndex((labels) => new CounterCell(labels), capacity);
    // prom-client sets `inc` on the instance; ours must win.
    this.inc = (labels: unknown, value?: number): void => {
      if (typeof labels === 'object' && labels !== null) this.cell(toTexts(labels)).add(value ?? 1);
      else this.cell().add(typeof labels === 'number' ? labels : 1);
    };
  }

  cell(labels: LabelRecord = {}): CounterCell {
    return this.index.cell(labels);
  }

  override async get(): ReturnType<Counter['get']> {
    const described = await super.get();
    const values = this.index.cells.map(({ labels, value, exemplar }) => ({
      labels: { ...labels },
      value,
      ...(exemplar === undefined ? {} : { exemplar: toPromExemplar(exemplar) }),
    }));
    return { ...described, values };
  }

  override reset(): void {
    super.reset();
    // prom-client's constructor resets before there are cells.
    for (const cell of this.index?.cells ?? []) cell.value = 0;
  }
}

/** A prom-client gauge whose series are bound cells, set or read at collection. */
export class GaugeFamily extends Gauge {
  readonly index: CellIndex<GaugeCell>;
  /** Runs before the values are read; for figures that are cheaper to take together. */
  prepare: (() => void) | undefined;

  constructor(
    readonly familyName: string,
    readonly help: string,
    capacity: number = MAX_CELLS,
  ) {
    super({ name: familyName, help, registers: [] });
    this.index = new CellIndex((labels) => new GaugeCell(labels), capacity);
  }

  cell(labels: LabelRecord = {}): GaugeCell {
    return this.index.cell(labels);
  }

  override set(labels: Partial<Record<string, string | number>> | number, value?: number): void {
    if (typeof labels === 'object') this.cell(toTexts(labels)).set(value ?? 0);
    else this.cell().set(labels);
  }

  override inc(labels?: Partial<Record<string, string | number>> | number, value?: number): void {
    if (typeof labels === 'object') this.cell(toTexts(labels)).add(value ?? 1);
    else this.cell().add(labels ?? 1);
  }

  override dec(labels?: Partial<Record<string, string | number>> | number, value?: number): void {
    if (typeof labels === 'object') this.cell(toTexts(labels)).add(-(value ?? 1));
    else this.cell().add(-(labels ?? 1));
  }

  /** Brings every read cell up to date; a read that throws gives no sample. */
  refresh(): void {
    if (this.prepare !== undefined) quietly(this.prepare);
    for (const cell of this.index.cells) {
      if (cell.read === undefined) continue;
      cell.value = NaN;
      const read = cell.read;
      quietly(() => (cell.value = read()));
    }
  }

  override async get(): ReturnType<Gauge['get']> {
    const described = await super.get();
    this.refresh();
    const values = this.index.cells.map(({ labels, value }) => ({ labels: { ...labels }, value }));
    return { ...described, values };
  }

  override reset(): void {
    super.reset();
    // prom-client's constructor resets before there are cells.
    for (const cell of this.index?.cells ?? []) cell.value = 0;
  }
}

/** A prom-client histogram whose series are bound cells. */
export class HistogramFamily extends Histogram {
  readonly index: CellIndex<HistogramCell>;

  /** @param bounds ascending upper bounds, inclusive, without infinity. */
  constructor(
    readonly familyName: string,
    readonly help: string,
    readonly bounds: readonly number[],
    capacity: number = MAX_CELLS,
  ) {
    super({ name: familyName, help, buckets: [...bounds], registers: [] });
    this.index = new CellIndex((labels) => new HistogramCell(labels, bounds), capacity);
    // prom-client sets `observe` on the instance; ours must win.
    this.observe = (labels: unknown, value?: number): void => {
      if (typeof labels === 'object' && labels !== null) this.cell(toTexts(labels)).observe(value ?? NaN);
      else if (typeof labels === 'number') this.cell().observe(labels);
    };
  }

  cell(labels: LabelRecord = {}): HistogramCell {
    return this.index.cell(labels);
  }

  /** What prom-client's own `get` and rendering are made of. */
  getForPromString(): Promise<object> {
    const values = this.index.cells.flatMap((cell) => {
      let cumulative = 0;
      const buckets = [...cell.counts].map((count, at) => {
        cumulative += count;
        const exemplar = cell.exemplars?.[at];
        return {
          metricName: `${this.familyName}_bucket`,
          labels: { le: cell.bounds[at] ?? '+Inf' },
          sharedLabels: { ...cell.labels },
          value: cumulative,
          ...(exemplar === undefined ? {} : { exemplar: toPromExemplar(exemplar) }),
        };
      });
      return [
        ...buckets,
        { metricName: `${this.familyName}_sum`, labels: {}, sharedLabels: { ...cell.labels }, value: cell.sum },
        { metricName: `${this.familyName}_count`, labels: {}, sharedLabels: { ...cell.labels }, value: cell.count },
      ];
    });
    const name: unknown = Reflect.get(this, 'name');
    return Promise.resolve({ name, help: this.help, type: 'histogram', aggregator: 'sum', values });
  }

  override reset(): void {
    super.reset();
    for (const cell of this.index?.cells ?? []) cell.reset();
  }
}

/** Any of our families. */
export type Family = CounterFamily | GaugeFamily | HistogramFamily;

function toPromExemplar(exemplar: { traceId: string; spanId: string; value: number; at: number }): {
  labelSet: Record<string, string>;
  value: number;
  timestamp: number;
} {
  return {
    labelSet: { trace_id: exemplar.traceId, span_id: exemplar.spanId },
    value: exemplar.value,
    timestamp: exemplar.at,
  };
}

function toTexts(labels: object): LabelRecord {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) if (value !== undefined) texts[name] = String(value);
  return texts;
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A figure that cannot be read is missing from the exposition; the others are not.
  }
}
