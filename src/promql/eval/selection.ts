import type { EpochMillis } from '../../base/clock';
import type { Labels } from '../../domain/labels';
import type { Matcher } from '../../domain/matcher';
import type { SeriesColumns } from '../../storage';
import type { Expr } from '../ast';
import { QueryLimitError } from '../errors';
import { markUnique } from './block';
import type { QueryEnvironment } from './environment';

/**
 * The series of a selector. A local store's columns are good only until other work gets its turn: after `giveWay` the
 * selection is made again, and series are found anew by their label sets.
 */
export class Selection {
  private constructor(
    private readonly environment: QueryEnvironment,
    private readonly matchers: readonly Matcher[],
    private readonly start: EpochMillis,
    private readonly end: EpochMillis,
    readonly labels: readonly Labels[],
    private columns: readonly SeriesColumns[],
    private readonly isLocal: boolean,
  ) {}

  /** Series with a sample in (start, end]. @param resets whether resets of counters are of use. @throws QueryLimitError, LimitExceededError */
  static async of(
    environment: QueryEnvironment,
    node: Expr,
    matchers: readonly Matcher[],
    start: EpochMillis,
    end: EpochMillis,
    resets = false,
  ): Promise<Selection> {
    const { maxSeries } = environment.budget.limits;
    const answer = environment.reader.select(matchers, start, end, { seriesLimit: maxSeries, resets });
    const isLocal = Array.isArray(answer);
    const columns = isLocal ? answer : await answer;
    if (columns.length > maxSeries) {
      throw new QueryLimitError(`query selects too many series: ${columns.length}, limit maxSeries ${maxSeries}`);
    }
    environment.budget.series += columns.length;
    const labels = sameList(environment, node, matchers, columns);
    return new Selection(environment, matchers, start, end, labels, columns, isLocal);
  }

  /** Whether columns may be held while other work has its turn. */
  get isStable(): boolean {
    return !this.isLocal || this.environment.reader.stableColumns === true;
  }

  at(row: number): SeriesColumns | undefined {
    return this.columns[row];
  }

  /** Lets other work have its turn when the slice is over. */
  async giveWay(): Promise<void> {
    const { budget, reader } = this.environment;
    await budget.giveWay();
    if (this.isStable) return;
    const again = reader.select(this.matchers, this.start, this.end);
    const columns = Array.isArray(again) ? again : await again;
    if (columns.length === this.labels.length && columns.every(({ labels }, i) => labels === this.labels[i])) {
      this.columns = columns;
      return;
    }
    const byKey = new Map(columns.map((own) => [own.labels.key, own]));
    this.columns = this.labels.map((labels) => byKey.get(labels.key) ?? emptyColumns(labels));
  }
}

/**
 * The label list of a selection; the very list of last time, or that of an equal selection elsewhere, when it is equal, so
 * that what hangs on it stays good.
 */
function sameList(
  environment: QueryEnvironment,
  node: Expr,
  matchers: readonly Matcher[],
  columns: readonly SeriesColumns[],
): readonly Labels[] {
  const memory = environment.memoryOf(node);
  if (memory.selected !== undefined && isListOf(memory.selected, columns)) return memory.selected;
  const { lists } = environment;
  const selection = matchers.join();
  const shared = lists.get(selection);
  if (shared !== undefined && isListOf(shared, columns)) return (memory.selected = shared);
  const labels = columns.map((own) => own.labels);
  markUnique(labels);
  lists.set(selection, labels);
  return (memory.selected = labels);
}

function isListOf(labels: readonly Labels[], columns: readonly SeriesColumns[]): boolean {
  if (labels.length !== columns.length) return false;
  for (let i = 0; i < columns.length; i++) if (columns[i]?.labels !== labels[i]) return false;
  return true;
}

function emptyColumns(labels: Labels): SeriesColumns {
  return { labels, timestamps: new Float64Array(0), values: new Float64Array(0), from: 0, to: 0 };
}
