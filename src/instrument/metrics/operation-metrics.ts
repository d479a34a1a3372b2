import { counterFamily, histogramFamily } from './registry';
import type { CounterCell, HistogramCell } from './cells';
import type { CounterFamily } from './families';
import type { MetricRegistry } from './registry';

/** Bounds of the duration histogram, in seconds: from a method call to a long model run. */
export const OPERATION_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80,
];

/** Bounds for sizes of inputs, in bytes. */
const SIZE_BUCKETS: readonly number[] = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

/** The label value of operations that belong to no stage. */
export const NO_STAGE = 'other';

/** Distinct error types of one operation beyond this number count as `_OTHER`. */
const MAX_ERROR_TYPES = 50;

/** The bound cells of one operation: what a call costs to count is a handful of additions. */
export class OperationMetrics {
  readonly duration: HistogramCell;
  readonly ok: CounterCell;
  readonly error: CounterCell;
  readonly cancelled: CounterCell;
  readonly abandoned: CounterCell;
  private readonly errors: CounterFamily;
  private readonly errorCells = new Map<string, CounterCell>();

  constructor(
    private readonly registry: MetricRegistry,
    readonly stage: string,
    readonly operation: string,
  ) {
    const labels = { stage, operation };
    this.duration = histogramFamily(
      registry,
      'telltale_operation_duration_seconds',
      'Time taken by an operation, until its promise settled or its stream ended.',
      OPERATION_BUCKETS,
    ).cell(labels);
    const total = counterFamily(registry, 'telltale_operations_total', 'Operations ended, by how they ended.');
    this.ok = total.cell({ ...labels, outcome: 'ok' });
    this.error = total.cell({ ...labels, outcome: 'error' });
    this.cancelled = total.cell({ ...labels, outcome: 'cancelled' });
    this.abandoned = total.cell({ ...labels, outcome: 'abandoned' });
    this.errors = counterFamily(registry, 'telltale_operation_errors_total', 'Operations failed, by type of error.');
  }

  errorOf(type: string): CounterCell {
    const known = this.errorCells.get(type);
    if (known !== undefined) return known;
    const error_type = this.errorCells.size < MAX_ERROR_TYPES ? type : '_OTHER';
    const cell = this.errors.cell({ stage: this.stage, operation: this.operation, error_type });
    if (error_type === type) this.errorCells.set(type, cell);
    return cell;
  }

  /** Counts one passing of a named threshold. */
  exceeded(threshold: string): void {
    this.count('telltale_threshold_exceeded_total', 'Operations that took longer than a threshold.', { threshold });
  }

  retried(): void {
    this.count('telltale_retries_total', 'Attempts made again after a failure.');
  }

  recovered(): void {
    this.count('telltale_recoveries_total', 'Operations that succeeded after a failed attempt.');
  }

  inputSize(bytes: number): void {
    histogramFamily(
      this.registry,
      'telltale_input_size_bytes',
      'Size of the input of an operation, where it is measured.',
      SIZE_BUCKETS,
    )
      .cell({ stage: this.stage, operation: this.operation })
      .observe(bytes);
  }

  private count(name: string, help: string, labels: Readonly<Record<string, string>> = {}): void {
    counterFamily(this.registry, name, help)
      .cell({ stage: this.stage, operation: this.operation, ...labels })
      .add();
  }
}

const known = new WeakMap<MetricRegistry, Map<string, OperationMetrics>>();

/** Operations beyond this number share the cells of the operation `_OTHER`. */
export const MAX_OPERATIONS = 5_000;

/** The cells of an operation; the same for the same stage and operation. */
export function operationMetrics(registry: MetricRegistry, stage: string, operation: string): OperationMetrics {
  let all = known.get(registry);
  if (all === undefined) known.set(registry, (all = new Map()));
  const key = `${stage}\u0001${operation}`;
  const found = all.get(key);
  if (found !== undefined) return found;
  if (all.size >= MAX_OPERATIONS && operation !== '_OTHER') return operationMetrics(registry, stage, '_OTHER');
  const made = new OperationMetrics(registry, stage, operation);
  all.set(key, made);
  return made;
}
