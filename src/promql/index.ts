export { AGGREGATORS, BINARY_OPERATORS, childrenOf, selectorsOf, unwrapParens, walkExpr } from './ast';
export type {
  Aggregate,
  Aggregator,
  AtModifier,
  Binary,
  BinaryOperator,
  Call,
  DurationExpr,
  Expr,
  MatrixSelector,
  NumberLiteral,
  Paren,
  Place,
  Shift,
  StringLiteral,
  Subquery,
  Unary,
  ValueType,
  VectorMatching,
  VectorSelector,
} from './ast';
export {
  InvalidQueryError,
  PromqlExecutionError,
  PromqlSyntaxError,
  PromqlTypeError,
  QueryCanceledError,
  QueryLimitError,
  QueryTimeoutError,
} from './errors';
export type { MatrixSeries, QueryResult, QueryStats, QueryValue, VectorSample } from './query-result';
export { parseExpr, parseSelector } from './parser';
export { checkExpr, typeOf } from './check';
export type { ExprProblem } from './check';
export { prettyExpr, printDuration, printExpr, printLabelName } from './printer';
export { formatFloat, formatG, formatSample } from './eval/format';
export { histogramBuckets, histogramExpression, histogramText } from './histogram/text';
export { runPromtest } from './testing/promtest';
export type { PromtestOptions, PromtestOutcome } from './testing/promtest';
export { parseNotedSamples, parseNotedSeries } from './testing/series-notation';
export type { NotedSample, NotedSeries } from './testing/series-notation';
export { functions } from './functions';
export type { FunctionBody, FunctionDefinition } from './functions/function';
export { defineFunction, defineMathFunction, defineRangeFunction } from './functions/function';
export { PROMQL_ENGINE, PromqlEngine } from './engine';
export type { EngineOptions, QueryOptions } from './engine';
export { promqlConfig } from './promql.config';
export type { PromqlConfig } from './promql.config';
