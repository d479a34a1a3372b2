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
  PromqlExecutionError,
  PromqlSyntaxError,
  PromqlTypeError,
  QueryCanceledError,
  QueryLimitError,
  QueryTimeoutError,
} from './errors';
export type { MatrixSeries, QueryResult, QueryStats, QueryValue, VectorSample } from './query-result';
export { parseExpr } from './parser';
export { checkExpr, typeOf } from './check';
export { printExpr } from './printer';
export { functions } from './functions';
export type { FunctionDefinition } from './functions/function';
export { PROMQL_ENGINE, PromqlEngine } from './engine';
export type { EngineOptions, QueryOptions } from './engine';
export { promqlConfig } from './promql.config';
export type { PromqlConfig } from './promql.config';
