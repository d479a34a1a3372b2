import type { Clock, EpochMillis, Millis } from '../base/clock';
import type { SeriesReader } from '../storage';
import type { Expr } from './ast';
import { evaluate } from './eval/evaluate';
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

/** Answers PromQL queries from a reader of series. */
export class PromqlEngine {
  constructor(
    private readonly reader: SeriesReader,
    private readonly clock: Clock,
    private readonly options: EngineOptions = {},
  ) {}

  /**
   * The expression's value at one instant. An `Expr` object that is used again keeps its plan and caches.
   * @throws PromqlSyntaxError, PromqlTypeError, PromqlExecutionError, QueryLimitError, QueryTimeoutError, QueryCanceledError
   */
  instant(expr: string | Expr, at: EpochMillis, options: QueryOptions = {}): Promise<QueryResult> {
    return this.run(expr, { start: at, end: at, step: 0 }, options);
  }

  /** The expression's values at start, start + step … up to and including end. Same faults as `instant`. */
  range(
    expr: string | Expr,
    start: EpochMillis,
    end: EpochMillis,
    step: Millis,
    options: QueryOptions = {},
  ): Promise<QueryResult> {
    return this.run(expr, { start, end, step }, options);
  }

  private async run(
    expr: string | Expr,
    window: { start: EpochMillis; end: EpochMillis; step: Millis },
    options: QueryOptions,
  ): Promise<QueryResult> {
    const parsed = typeof expr === 'string' ? parseExpr(expr) : expr;
    return evaluate(parsed, window, { reader: this.reader, clock: this.clock, options: this.options, query: options });
  }
}
