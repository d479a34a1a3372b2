import type { EpochMillis, Millis } from '../../base/clock';
import type { Labels } from '../../domain/labels';
import type { SeriesReader } from '../../storage';
import type { AtModifier, DurationExpr, Expr } from '../ast';
import type { QueryTimes } from '../functions/function';
import { durationMillis } from '../syntax/durations';
import type { Annotations } from './annotations';
import { newVector } from './block';
import type { VectorBlock } from './block';
import type { LabelLists } from './label-lists';
import type { QueryBudget } from './query-budget';

/** What of a store the engine needs. */
export type SelectingReader = Pick<SeriesReader, 'select' | 'stableColumns'>;

/** What a node remembers from one evaluation to the next. */
export interface NodeMemory {
  /** Label sets of the last selection, for keeping their list's identity. */
  selected?: readonly Labels[];
  /** Things made from label lists. */
  made?: { readonly keys: readonly (readonly Labels[])[]; readonly value: unknown };
}

/** Memories by node; they go when the expression goes. */
export type PlanMemory = WeakMap<Expr, NodeMemory>;

/** Everything that is the same for all nodes of one query. */
export class QueryEnvironment {
  constructor(
    readonly reader: SelectingReader,
    readonly times: QueryTimes,
    readonly lookback: Millis,
    readonly subqueryStep: Millis,
    readonly delayed: boolean,
    readonly budget: QueryBudget,
    readonly notes: Annotations,
    private readonly memory: PlanMemory,
    readonly lists: LabelLists,
    /** Selectors whose histograms are read without buckets. */
    readonly bucketless: ReadonlySet<Expr> = new Set(),
  ) {}

  /** @throws InvalidQueryError naming what is wrong with it. */
  millis(expr: DurationExpr, allowNegative: boolean): Millis {
    const { start, end, step } = this.times;
    return durationMillis(expr, { step, range: end - start }, allowNegative);
  }

  offsetOf({ offset }: { readonly offset: DurationExpr | undefined }): Millis {
    return offset === undefined ? 0 : this.millis(offset, true);
  }

  instantOf(at: AtModifier): EpochMillis {
    return at === 'start' ? this.times.start : at === 'end' ? this.times.end : at.t;
  }

  /** A counted block. */
  newVector(labels: readonly Labels[], steps: number): VectorBlock {
    this.budget.hold(labels.length * steps);
    return newVector(labels, steps);
  }

  memoryOf(node: Expr): NodeMemory {
    let found = this.memory.get(node);
    if (found === undefined) {
      found = {};
      this.memory.set(node, found);
    }
    return found;
  }

  /** Something made from label lists by a node: made anew only when a list is another one than last time. */
  async remember<T>(node: Expr, keys: readonly (readonly Labels[])[], make: () => Promise<T>): Promise<T> {
    const { made } = this.memoryOf(node);
    if (made !== undefined && isSameKeys(made.keys, keys)) {
      return made.value as T; // The node's own kind of thing: one node remembers one kind only.
    }
    const value = await make();
    this.memoryOf(node).made = { keys, value };
    return value;
  }
}

function isSameKeys(a: NonNullable<NodeMemory['made']>['keys'], b: typeof a): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}
