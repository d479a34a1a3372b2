import { CodedError } from '../base/errors';

/** The text is not PromQL. `offset` is 0-based, in UTF-16 units. */
export class PromqlSyntaxError extends CodedError {
  readonly code = 'PROMQL_SYNTAX';
  /** 1-based line of the fault. */
  readonly line: number;
  /** 1-based column of the fault. */
  readonly column: number;
  /** What is wrong, without the place. */
  readonly reason: string;

  constructor(
    reason: string,
    text: string,
    readonly offset: number,
    readonly expected: readonly string[] = [],
  ) {
    const { line, column } = placeOf(text, offset);
    super(
      `${line}:${column}: parse error: ${reason}${expected.length > 0 ? `; expected ${expected.join(' or ')}` : ''}`,
    );
    this.line = line;
    this.column = column;
    this.reason = reason;
  }
}

/** The text is PromQL but makes no sense: wrong types, arity, labels. `offset` is 0-based, in UTF-16 units. */
export class PromqlTypeError extends CodedError {
  readonly code = 'PROMQL_TYPE';
  /** 1-based line of the fault. */
  readonly line: number;
  /** 1-based column of the fault. */
  readonly column: number;

  constructor(
    readonly reason: string,
    text: string,
    readonly offset: number,
  ) {
    const { line, column } = placeOf(text, offset);
    super(`${line}:${column}: parse error: ${reason}`);
    this.line = line;
    this.column = column;
  }
}

/** The expression is well formed but cannot be evaluated over this data. */
export class PromqlExecutionError extends CodedError {
  readonly code = 'PROMQL_EXECUTION';
}

/** The expression makes sense, but not as the query it was asked as: a range query of a range vector, a duration of zero. */
export class InvalidQueryError extends CodedError {
  readonly code = 'PROMQL_QUERY';
}

/** The query ran longer than it may. */
export class QueryTimeoutError extends CodedError {
  readonly code = 'QUERY_TIMEOUT';
}

/** The caller gave the query up. */
export class QueryCanceledError extends CodedError {
  readonly code = 'QUERY_CANCELED';
}

/** The query needs more than its limits grant; the message names the limit and the need. */
export class QueryLimitError extends CodedError {
  readonly code = 'QUERY_LIMIT';
}

/** Line and column, 1-based, of an offset. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}
