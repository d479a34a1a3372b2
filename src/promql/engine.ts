import type { Clock, EpochMillis, Millis } from '../base/clock';
import type { Expr } from './ast';
import type { PlanMemory, SelectingReader } from './eval/environment';
import { PromqlExecutionError } from './errors';
import { evaluate } from './eval/evaluate';
import type { EvaluationSetup } from './eval/evaluate';
import { LabelLists } from './eval/label-lists';
import type { LoopTurns } from './eval/query-budget';
import { parseExpr } from './parser';
import type { QueryResult } from './query-result';

/** Injection token of the query engine. */
export const PROMQL_ENGINE = Symbol('PromqlEngine');

/** Defaults and limits of an engine; all have a default. */
export interface EngineOptions {
  /** How old a sample may be and still count as current; default 5 min. */
  readonly lookback?: Millis;
  /** A query that runs longer is stopped; default 2 min. */
  readonly timeout?: Millis;
  /** Most samples one query may hold in memory; default 50 million. */
  readonly maxSamples?: number;
  /** Most series one selector may match; default 1 million. */
  readonly maxSeries?: number;
  /** Most bytes of intermediate results; default 1 GiB. */
  readonly maxBytes?: number;
  /** Most points per series of a range query; default 11,000. */
  readonly maxPoints?: number;
  /** Step of subqueries that name none; default 1 min. */
  readonly subqueryStep?: Millis;
  /** Drop metric names at the end of a query, not at each function. */
  readonly delayedNameRemoval?: boolean;
  /** Longest the event loop is held; default 8 ms. */
  readonly slice?: Millis;
}

/** What one query may set for itself. */
export interface QueryOptions {
  readonly lookback?: Millis;
  /** Capped by the engine's own. */
  readonly timeout?: Millis;
  readonly signal?: AbortSignal;
}

/** Expressions given as text that are kept, with their plans. */
const MAX_PARSED = 1000;

/** Answers PromQL queries from a reader of series. */
export class PromqlEngine {
  private readonly memory: PlanMemory = new WeakMap();
  private readonly lists = new LabelLists();
  private readonly turns: LoopTurns = { last: -Infinity };
  private readonly parsed = new Map<string, Expr>();

  constructor(
    private readonly reader: SelectingReader,
    private readonly clock: Clock,
    private readonly options: EngineOptions = {},
  ) {}

  /**
   * The expression's value at one instant. An `Expr` object that is used again keeps its plan and caches; so does a text.
   * @throws PromqlSyntaxError, PromqlTypeError, PromqlExecutionError, QueryLimitError, QueryTimeoutError, QueryCanceledError
   */
  async instant(expr: string | Expr, at: EpochMillis, options: QueryOptions = {}): Promise<QueryResult> {
    return evaluate(
      typeof expr === 'string' ? this.parse(expr) : expr,
      { start: at, end: at, step: 0 },
      this.setup(options),
    );
  }

  /** The expression's values at start, start + step … up to and including end. Same faults as `instant`. */
  async range(
    expr: string | Expr,
    start: EpochMillis,
    end: EpochMillis,
    step: Millis,
    options: QueryOptions = {},
  ): Promise<QueryResult> {
    if (!(step > 0)) throw new PromqlExecutionError('zero or negative query resolution step widths are not accepted');
    return evaluate(typeof expr === 'string' ? this.parse(expr) : expr, { start, end, step }, this.setup(options));
  }

  /** The expression of a text; the same object, with its plan and caches, when the text was asked before. */
  parse(text: string): Expr {
    const known = this.parsed.get(text);
    if (known !== undefined) {
      // The newest last: the oldest is the first to go.
      this.parsed.delete(text);
      this.parsed.set(text, known);
      return known;
    }
    const made = parseExpr(text);
    this.parsed.set(text, made);
    if (this.parsed.size > MAX_PARSED) {
      for (const oldest of this.parsed.keys()) {
        this.parsed.delete(oldest);
        break;
      }
    }
    return made;
  }

  private setup({ lookback, timeout, signal }: QueryOptions): EvaluationSetup {
    const { options } = this;
    const mostTime = options.timeout ?? 120_000;
    return {
      reader: this.reader,
      clock: this.clock,
      limits: {
        maxSamples: options.maxSamples ?? 50_000_000,
        maxSeries: options.maxSeries ?? 1_000_000,
        maxBytes: options.maxBytes ?? 1_073_741_824,
        timeout: Math.min(timeout ?? mostTime, mostTime),
        slice: options.slice ?? 8,
      },
      lookback: lookback ?? options.lookback ?? 300_000,
      subqueryStep: options.subqueryStep ?? 60_000,
      delayedNameRemoval: options.delayedNameRemoval ?? false,
      maxPoints: options.maxPoints ?? 11_000,
      memory: this.memory,
      lists: this.lists,
      turns: this.turns,
      signal,
    };
  }
}
