import type { Millis } from '../../base/clock';
import { parseDuration } from '../../base/duration';
import { messageOf } from '../../base/errors';
import type { DurationExpr } from '../ast';
import { InvalidQueryError, PromqlSyntaxError, PromqlTypeError } from '../errors';
import type { Cursor } from './cursor';
import type { Token } from './lexer';

/** Beyond this a duration does not fit the nanoseconds of Prometheus. */
const MAX_SECONDS = 2 ** 63 / 1e9;

const LEVELS: readonly (readonly string[])[] = [
  ['+', '-'],
  ['*', '/', '%'],
];

/** The value of a number token. @throws PromqlSyntaxError */
export function numberOf(cursor: Cursor, token: Token): number {
  if (token.kind === 'duration') return secondsOf(cursor, token);
  const text = token.text.replaceAll('_', '').toLowerCase();
  if (text === 'inf') return Infinity;
  if (text === 'nan') return NaN;
  return /^0[0-7]+$/.test(text) ? parseInt(text, 8) : Number(text);
}

function secondsOf(cursor: Cursor, token: Token): number {
  try {
    return parseDuration(token.text) / 1000;
  } catch (error) {
    throw new PromqlSyntaxError(messageOf(error), cursor.text, token.start);
  }
}

function literal(cursor: Cursor, token: Token): DurationExpr {
  const seconds = numberOf(cursor, token);
  if (!(Math.abs(seconds) < MAX_SECONDS)) throw new PromqlTypeError('duration out of range', cursor.text, token.start);
  const text = token.kind === 'duration' ? '' : token.text;
  return {
    op: 'literal',
    millis: Math.trunc(Math.round(seconds * 1e9) / 1e6),
    text,
    start: token.start,
    end: token.end,
  };
}

/** The duration between brackets: any arithmetic; a literal must be positive. @throws PromqlSyntaxError, PromqlTypeError */
export function parseRange(cursor: Cursor, context: string): DurationExpr {
  const { start } = cursor.peek();
  const range = binary(cursor, 0, context);
  if (range.op === 'literal' && range.millis <= 0) {
    throw new PromqlTypeError('duration must be greater than 0', cursor.text, start);
  }
  return range;
}

/** The duration after `offset`: one term, or arithmetic in parentheses. @throws PromqlSyntaxError, PromqlTypeError */
export function parseOffset(cursor: Cursor): DurationExpr {
  const parenthesised = cursor.isOp('(');
  const offset = unary(cursor, 'offset');
  return parenthesised ? binary(cursor, 0, 'offset', offset) : offset;
}

function binary(cursor: Cursor, level: number, context: string, first?: DurationExpr): DurationExpr {
  return cursor.nested(() => {
    const operators = LEVELS[level];
    if (operators === undefined) return power(cursor, context, first);
    let left = binary(cursor, level + 1, context, first);
    for (;;) {
      const { kind, text } = cursor.peek();
      const op = kind === 'op' ? operators.find((known) => known === text) : undefined;
      if (!isArithmetic(op)) return left;
      cursor.next();
      left = spanning(cursor, { op, left, right: binary(cursor, level + 1, context) }, left.start);
    }
  });
}

function isArithmetic(op: string | undefined): op is '+' | '-' | '*' | '/' | '%' {
  return op !== undefined;
}

function power(cursor: Cursor, context: string, first?: DurationExpr): DurationExpr {
  const left = first ?? unary(cursor, context);
  if (!cursor.takeOp('^')) return left;
  return spanning(cursor, { op: '^', left, right: cursor.nested(() => power(cursor, context)) }, left.start);
}

/** With its place: from `start` to the last token. */
function spanning(cursor: Cursor, expr: DurationExpr, start: number | undefined): DurationExpr {
  return start === undefined ? expr : { ...expr, start, end: cursor.lastEnd };
}

function unary(cursor: Cursor, context: string): DurationExpr {
  const { start } = cursor.peek();
  const negative = cursor.isOp('-');
  if (!negative && !cursor.isOp('+')) return primary(cursor, context);
  cursor.next();
  const inner = cursor.nested(() => (context === 'offset' ? unary(cursor, context) : power(cursor, context)));
  if (inner.op === 'literal') {
    if (!negative) return inner;
    return spanning(
      cursor,
      { op: 'literal', millis: -inner.millis, text: inner.text === '' ? '' : `-${inner.text}` },
      start,
    );
  }
  return spanning(cursor, { op: negative ? 'neg' : 'pos', inner }, start);
}

function primary(cursor: Cursor, context: string): DurationExpr {
  const token = cursor.peek();
  if (token.kind === 'number' || token.kind === 'duration') return literal(cursor, cursor.next());
  if (cursor.takeOp('(')) {
    // Within parentheses a sign binds weaker than a power, in an offset too: `offset (-2 ^ 2)` is four seconds ahead.
    const inner = cursor.nested(() => binary(cursor, 0, 'duration expression'));
    cursor.expectOp(')', 'duration expression');
    return inner.start === undefined
      ? { op: 'paren', inner }
      : { op: 'paren', inner, start: inner.start, end: inner.end ?? inner.start };
  }
  for (const op of ['step', 'range'] as const) {
    if (cursor.isWord(op) && cursor.isOp('(', 1)) {
      cursor.next();
      cursor.next();
      cursor.expectOp(')', 'duration expression');
      return spanning(cursor, { op }, token.start);
    }
  }
  for (const op of ['min_of', 'max_of'] as const) {
    if (cursor.isWord(op) && cursor.isOp('(', 1)) {
      cursor.next();
      cursor.next();
      const left = cursor.nested(() => binary(cursor, 0, context));
      cursor.expectOp(',', 'duration expression');
      const right = cursor.nested(() => binary(cursor, 0, context));
      cursor.expectOp(')', 'duration expression');
      return spanning(cursor, { op, left, right }, token.start);
    }
  }
  throw cursor.unexpected(context, ['number', 'duration', 'step()', 'range()']);
}

/** A duration in milliseconds, given the query's own. @throws InvalidQueryError with the place in the text. */
export function durationMillis(
  expr: DurationExpr,
  query: { readonly step: Millis; readonly range: Millis },
  allowNegative: boolean,
): Millis {
  if (expr.op === 'literal') return expr.millis;
  const seconds = secondsIn(expr, query);
  if (!Number.isFinite(seconds)) throw fault(expr, 'duration is NaN or infinite');
  if (seconds <= 0 && !allowNegative) throw fault(expr, 'duration must be greater than 0');
  if (Math.abs(seconds) > MAX_SECONDS) throw fault(expr, 'duration is out of range');
  return Math.trunc(seconds * 1000);
}

function fault({ start = 0, end = 0 }: DurationExpr, reason: string): InvalidQueryError {
  return new InvalidQueryError(`${start}:${end}: ${reason}`);
}

function secondsIn(expr: DurationExpr, query: { readonly step: Millis; readonly range: Millis }): number {
  switch (expr.op) {
    case 'literal':
      return expr.millis / 1000;
    case 'step':
      return query.step / 1000;
    case 'range':
      return query.range / 1000;
    case 'neg':
      return -secondsIn(expr.inner, query);
    case 'pos':
    case 'paren':
      return secondsIn(expr.inner, query);
  }
  const left = secondsIn(expr.left, query);
  const right = secondsIn(expr.right, query);
  switch (expr.op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) throw fault(expr, 'division by zero');
      return left / right;
    case '%':
      if (right === 0) throw fault(expr, 'modulo by zero');
      return left % right;
    case '^':
      return left ** right;
    case 'min_of':
      return Math.min(left, right);
    case 'max_of':
      return Math.max(left, right);
  }
}
