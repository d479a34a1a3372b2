import { messageOf } from '../base/errors';
import { METRIC_NAME } from '../domain/labels';
import { Matcher } from '../domain/matcher';
import type { MatchOperator } from '../domain/matcher';
import { AGGREGATORS, BINARY_OPERATORS } from './ast';
import type { Aggregator, AtModifier, BinaryOperator, Expr, VectorMatching, VectorSelector } from './ast';
import { checkExpr } from './check';
import { PromqlSyntaxError, PromqlTypeError } from './errors';
import { functions } from './functions';
import { Cursor } from './syntax/cursor';
import { numberOf, parseOffset, parseRange } from './syntax/durations';
import { tokenize } from './syntax/lexer';
import type { Token } from './syntax/lexer';
import { rememberText } from './syntax/texts';

/** Binding power, low to high; `^` alone binds to the right. */
const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '>': 3,
  '<=': 3,
  '>=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
/** Between multiplication and power: `-a * b` is `(-a) * b`, `-a ^ b` is `-(a ^ b)`. */
const UNARY_OPERAND = 6;

/** Words that cannot be a metric's name. */
const RESERVED = new Set(['bool', 'on', 'ignoring', 'group_left', 'group_right', 'atan2']);

/**
 * Reads and checks an expression.
 * @throws PromqlSyntaxError, PromqlTypeError; with the place of the first fault.
 */
export function parseExpr(text: string): Expr {
  const expr = parseSyntax(text);
  const [problem] = checkExpr(expr);
  if (problem !== undefined) throw new PromqlTypeError(problem.message, text, problem.start);
  return expr;
}

/** Reads an expression without asking whether it makes sense. @throws PromqlSyntaxError */
export function parseSyntax(text: string): Expr {
  const cursor = new Cursor(text, tokenize(text));
  if (cursor.peek().kind === 'end')
    throw new PromqlSyntaxError('no expression found in input', text, 0, ['an expression']);
  const expr = new Parser(cursor).expression();
  if (cursor.peek().kind !== 'end') throw cursor.unexpected('', ['an operator', 'end of input']);
  rememberText(expr, text);
  return expr;
}

/** Reads one series selector, for `match[]` parameters. @throws PromqlSyntaxError, PromqlTypeError */
export function parseSelector(text: string): readonly Matcher[] {
  const expr = parseExpr(text);
  if (expr.kind !== 'vector' || expr.offset !== undefined || expr.at !== undefined) {
    throw new PromqlTypeError('expected a series selector such as up{job="api"}', text, expr.start);
  }
  return expr.matchers;
}

class Parser {
  constructor(private readonly cursor: Cursor) {}

  expression(minimum = 0): Expr {
    return this.cursor.nested(() => {
      let left = this.unary();
      for (;;) {
        const op = this.operatorAhead();
        if (op === undefined || PRECEDENCE[op] < minimum || PRECEDENCE[op] === 0) return left;
        const operatorStart = this.cursor.next().start;
        const { bool, matching } = this.binaryModifiers(op);
        const right = this.expression(op === '^' ? PRECEDENCE[op] : PRECEDENCE[op] + 1);
        left = { kind: 'binary', op, left, right, bool, operatorStart, matching, start: left.start, end: right.end };
      }
    });
  }

  private operatorAhead(): BinaryOperator | undefined {
    const { kind, text } = this.cursor.peek();
    if (kind !== 'op' && kind !== 'identifier') return undefined;
    const word = text.toLowerCase();
    return BINARY_OPERATORS.find((known) => known === word);
  }

  private unary(): Expr {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind !== 'op' || (token.text !== '-' && token.text !== '+')) return this.postfix(this.primary());
    cursor.next();
    const operand = this.expression(UNARY_OPERAND);
    if (operand.kind === 'number') {
      return { ...operand, value: token.text === '-' ? -operand.value : operand.value, start: token.start };
    }
    return { kind: 'unary', op: token.text, expr: operand, start: token.start, end: operand.end };
  }

  private primary(): Expr {
    const { cursor } = this;
    const token = cursor.peek();
    switch (token.kind) {
      case 'number':
      case 'duration':
        cursor.next();
        return {
          kind: 'number',
          value: numberOf(cursor, token),
          duration: token.kind === 'duration',
          start: token.start,
          end: token.end,
        };
      case 'string':
        cursor.next();
        return { kind: 'string', value: cursor.stringValue(token), start: token.start, end: token.end };
      case 'identifier':
        return this.named(token);
      case 'op':
        if (token.text === '(') {
          cursor.next();
          const expr = this.expression();
          const { end } = cursor.expectOp(')', 'parenthesised expression', 'an operator', '")"');
          return { kind: 'paren', expr, start: token.start, end };
        }
        if (token.text === '{') return this.selector(undefined);
    }
    throw cursor.unexpected('', ['an expression']);
  }

  /** An aggregation, a call or a selector. */
  private named(token: Token): Expr {
    const { cursor } = this;
    const word = token.text.toLowerCase();
    const aggregator = AGGREGATORS.find((known) => known === word);
    if (aggregator !== undefined && (cursor.isOp('(', 1) || cursor.isWord('by', 1) || cursor.isWord('without', 1))) {
      return this.aggregate(token, aggregator);
    }
    if (cursor.isOp('(', 1)) {
      const name = functions.find(token.text) === undefined && functions.find(word) !== undefined ? word : token.text;
      if (functions.find(name) === undefined) {
        throw new PromqlSyntaxError(`unknown function with name "${token.text}"`, cursor.text, token.start);
      }
      cursor.next();
      const args = this.argumentList();
      return { kind: 'call', func: name, args, start: token.start, end: cursor.lastEnd };
    }
    if (RESERVED.has(word)) throw cursor.unexpected('', ['an expression']);
    return this.selector(cursor.next());
  }

  private argumentList(): Expr[] {
    const { cursor } = this;
    cursor.expectOp('(', 'function call');
    const args: Expr[] = [];
    if (cursor.takeOp(')')) return args;
    for (;;) {
      args.push(this.expression());
      if (cursor.takeOp(')')) return args;
      cursor.expectOp(',', 'arguments of a function', '","', '")"');
      if (cursor.isOp(')')) throw cursor.unexpected('arguments of a function', ['an expression']);
    }
  }

  private aggregate(token: Token, op: Aggregator): Expr {
    const { cursor } = this;
    cursor.next();
    let grouping = this.groupingClause();
    const args = this.argumentList();
    const { lastEnd } = cursor;
    grouping ??= this.groupingClause();
    const wanted = TAKES_PARAMETER.has(op) ? 2 : 1;
    if (args.length === 0) {
      throw new PromqlTypeError('no arguments for aggregate expression provided', cursor.text, token.start);
    }
    if (args.length !== wanted) {
      throw new PromqlTypeError(
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
        cursor.text,
        token.start,
      );
    }
    const [first, second] = args;
    if (first === undefined) throw cursor.unexpected('aggregation');
    return {
      kind: 'aggregate',
      op,
      expr: second ?? first,
      param: second === undefined ? undefined : first,
      grouping: grouping?.labels ?? [],
      without: grouping?.without ?? false,
      start: token.start,
      end: Math.max(lastEnd, cursor.lastEnd),
    };
  }

  private groupingClause(): { labels: string[]; without: boolean } | undefined {
    const { cursor } = this;
    const without = cursor.isWord('without');
    if (!without && !cursor.isWord('by')) return undefined;
    cursor.next();
    return { labels: this.labelList(), without };
  }

  private labelList(): string[] {
    const { cursor } = this;
    cursor.expectOp('(', 'grouping opts');
    const labels: string[] = [];
    while (!cursor.takeOp(')')) {
      const token = cursor.peek();
      if (token.kind === 'string') labels.push(cursor.stringValue(token));
      else if (token.kind === 'identifier' || (token.kind === 'number' && /^[a-z]+$/i.test(token.text))) {
        if (token.text.includes(':')) throw cursor.unexpected('grouping opts', ['label']);
        labels.push(token.text);
      } else throw cursor.unexpected('grouping opts', ['label', '")"']);
      cursor.next();
      if (!cursor.isOp(')')) cursor.expectOp(',', 'grouping opts', '","', '")"');
    }
    return labels;
  }

  private binaryModifiers(op: BinaryOperator): { bool: boolean; matching: VectorMatching | undefined } {
    const { cursor } = this;
    const bool = cursor.takeWord('bool');
    let on = false;
    let labels: string[] = [];
    let include: string[] = [];
    let cardinality: VectorMatching['cardinality'] =
      op === 'and' || op === 'or' || op === 'unless' ? 'many-to-many' : 'one-to-one';
    if (cursor.isWord('on') || cursor.isWord('ignoring')) {
      on = cursor.next().text.toLowerCase() === 'on';
      labels = this.labelList();
      for (const [word, kind] of [
        ['group_left', 'many-to-one'],
        ['group_right', 'one-to-many'],
      ] as const) {
        if (!cursor.takeWord(word)) continue;
        cardinality = kind;
        if (cursor.isOp('(')) include = this.labelList();
        break;
      }
    }
    const fill: { fillLeft?: number; fillRight?: number } = {};
    for (const [word, sides] of [
      ['fill', ['fillLeft', 'fillRight']],
      ['fill_left', ['fillLeft']],
      ['fill_right', ['fillRight']],
      ['fill_left', ['fillLeft']],
    ] as const) {
      if (!cursor.isWord(word) || !cursor.isOp('(', 1)) continue;
      cursor.next();
      cursor.next();
      const value = this.signedNumber('fill modifier');
      cursor.expectOp(')', 'fill modifier');
      for (const side of sides) fill[side] = value;
      if (word === 'fill') break;
    }
    return { bool, matching: { cardinality, on, labels, include, ...fill } };
  }

  private signedNumber(context: string): number {
    const { cursor } = this;
    const negative = cursor.isOp('-');
    if (negative || cursor.isOp('+')) cursor.next();
    const token = cursor.peek();
    if (token.kind !== 'number' && token.kind !== 'duration') throw cursor.unexpected(context, ['number']);
    cursor.next();
    const value = numberOf(cursor, token);
    return negative ? -value : value;
  }

  private selector(nameToken: Token | undefined): VectorSelector {
    const { cursor } = this;
    const start = nameToken?.start ?? cursor.peek().start;
    const matchers: Matcher[] = [];
    if (cursor.takeOp('{')) {
      while (!cursor.takeOp('}')) {
        matchers.push(this.labelMatcher());
        if (!cursor.isOp('}')) cursor.expectOp(',', 'label matching', '","', '"}"');
      }
    }
    const name = nameToken?.text ?? '';
    if (name !== '') matchers.push(new Matcher(METRIC_NAME, '=', name));
    return { kind: 'vector', name, matchers, offset: undefined, at: undefined, start, end: cursor.lastEnd };
  }

  private labelMatcher(): Matcher {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind !== 'identifier' && token.kind !== 'string') {
      throw cursor.unexpected('label matching', ['identifier', '"}"']);
    }
    cursor.next();
    const label = token.kind === 'string' ? cursor.stringValue(token) : token.text;
    if (token.kind === 'string' && (cursor.isOp(',') || cursor.isOp('}'))) return new Matcher(METRIC_NAME, '=', label);
    const operator = cursor.peek().text;
    if (cursor.peek().kind !== 'op' || !isMatchOperator(operator)) {
      throw cursor.unexpected('label matching', ['"="', '"!="', '"=~"', '"!~"']);
    }
    cursor.next();
    const value = cursor.expectKind('string', 'label matching', 'string');
    try {
      return new Matcher(label, operator, cursor.stringValue(value));
    } catch (error) {
      if (error instanceof PromqlSyntaxError) throw error;
      throw new PromqlSyntaxError(messageOf(error), cursor.text, token.start);
    }
  }

  /** Ranges, subqueries, `offset`, `@`, `anchored` and `smoothed` behind a term. */
  private postfix(first: Expr): Expr {
    const { cursor } = this;
    let expr = first;
    for (;;) {
      if (cursor.isOp('[')) expr = this.brackets(expr);
      else if (cursor.isWord('offset')) expr = this.offset(expr);
      else if (cursor.isOp('@')) expr = this.at(expr);
      else if (cursor.isWord('anchored') || cursor.isWord('smoothed')) expr = this.boundary(expr);
      else return expr;
    }
  }

  private brackets(expr: Expr): Expr {
    const { cursor } = this;
    const open = cursor.next();
    const range = parseRange(cursor, 'subquery or range selector');
    if (cursor.takeOp(':')) {
      const step = cursor.isOp(']') ? undefined : parseRange(cursor, 'subquery selector');
      const { end } = cursor.expectOp(']', 'subquery selector');
      return { kind: 'subquery', expr, range, step, offset: undefined, at: undefined, start: expr.start, end };
    }
    const { end } = cursor.expectOp(']', 'subquery or range', '":"', '"]"');
    const fault = (reason: string): PromqlTypeError => new PromqlTypeError(reason, cursor.text, open.start);
    if (expr.kind !== 'vector') throw fault('ranges only allowed for vector selectors');
    if (expr.offset !== undefined) throw fault('no offset modifiers allowed before range');
    if (expr.at !== undefined) throw fault('no @ modifiers allowed before range');
    return { kind: 'matrix', selector: expr, range, start: expr.start, end };
  }

  private offset(expr: Expr): Expr {
    const { cursor } = this;
    cursor.next();
    const offset = parseOffset(cursor);
    const target = expr.kind === 'matrix' ? expr.selector : expr;
    if (target.kind !== 'vector' && target.kind !== 'subquery') {
      throw new PromqlTypeError(
        'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
        cursor.text,
        expr.start,
      );
    }
    if (target.offset !== undefined) {
      throw new PromqlTypeError('offset may not be set multiple times', cursor.text, expr.start);
    }
    const isZero = offset.op === 'literal' && offset.millis === 0;
    return this.shifted(expr, isZero ? {} : { offset });
  }

  private at(expr: Expr): Expr {
    const { cursor } = this;
    cursor.next();
    let at: AtModifier;
    if ((cursor.isWord('start') || cursor.isWord('end')) && cursor.isOp('(', 1)) {
      at = cursor.next().text.toLowerCase() === 'start' ? 'start' : 'end';
      cursor.next();
      cursor.expectOp(')', '@');
    } else {
      const { start } = cursor.peek();
      const seconds = this.signedNumber('@');
      if (!(Math.abs(seconds) < 2 ** 63)) {
        throw new PromqlTypeError('timestamp out of bounds for @ modifier', cursor.text, start);
      }
      at = { t: Math.round(seconds * 1000) };
    }
    const target = expr.kind === 'matrix' ? expr.selector : expr;
    if (target.kind !== 'vector' && target.kind !== 'subquery') {
      throw new PromqlTypeError(
        '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
        cursor.text,
        expr.start,
      );
    }
    if (target.at !== undefined) {
      throw new PromqlTypeError('@ <timestamp> may not be set multiple times', cursor.text, expr.start);
    }
    return this.shifted(expr, { at });
  }

  private boundary(expr: Expr): Expr {
    const { cursor } = this;
    const word = cursor.next().text.toLowerCase() === 'anchored' ? 'anchored' : 'smoothed';
    const fault = (reason: string): PromqlTypeError => new PromqlTypeError(reason, cursor.text, expr.start);
    const target = expr.kind === 'matrix' ? expr.selector : expr;
    if (target.kind === 'subquery') throw fault(`${word} modifier is not supported for subqueries`);
    if (target.kind !== 'vector') throw fault(`${word} modifier not implemented`);
    if (target.boundary !== undefined && target.boundary !== word) {
      throw fault('anchored and smoothed modifiers cannot be used together');
    }
    return this.shifted(expr, { boundary: word });
  }

  private shifted(expr: Expr, changes: Partial<Pick<VectorSelector, 'offset' | 'at' | 'boundary'>>): Expr {
    const end = this.cursor.lastEnd;
    if (expr.kind === 'matrix') return { ...expr, selector: { ...expr.selector, ...changes }, end };
    if (expr.kind === 'vector') return { ...expr, ...changes, end };
    if (expr.kind === 'subquery') {
      return { ...expr, offset: changes.offset ?? expr.offset, at: changes.at ?? expr.at, end };
    }
    return expr;
  }
}

const TAKES_PARAMETER: ReadonlySet<Aggregator> = new Set<Aggregator>([
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
]);

function isMatchOperator(text: string): text is MatchOperator {
  return text === '=' || text === '!=' || text === '=~' || text === '!~';
}
