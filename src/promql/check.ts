import { METRIC_NAME } from '../domain/labels';
import type { Binary, Call, Expr, Place, ValueType } from './ast';
import { functions } from './functions';
import { quote } from './syntax/strings';

/** Something in an expression that makes no sense; the place is a 0-based offset into its text. */
export interface ExprProblem extends Place {
  readonly message: string;
}

const DOCUMENTED: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** The type of an expression's value. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vector':
    case 'aggregate':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return functions.find(expr.func)?.returns ?? 'vector';
  }
}

/** Every problem of an expression, outermost first as Prometheus reports them. */
export function checkExpr(expr: Expr): ExprProblem[] {
  const problems: ExprProblem[] = [];
  new Checker(problems).check(expr);
  return problems;
}

class Checker {
  constructor(private readonly problems: ExprProblem[]) {}

  check(expr: Expr): void {
    switch (expr.kind) {
      case 'number':
      case 'string':
        return;
      case 'paren':
        this.check(expr.expr);
        return;
      case 'matrix':
        this.check(expr.selector);
        return;
      case 'vector':
        this.selector(expr);
        return;
      case 'subquery':
        this.check(expr.expr);
        if (typeOf(expr.expr) !== 'vector') {
          this.report(expr, `subquery is only allowed on instant vector, got ${typeOf(expr.expr)} instead`);
        }
        return;
      case 'unary': {
        this.check(expr.expr);
        const type = typeOf(expr.expr);
        if (type !== 'scalar' && type !== 'vector') {
          this.report(
            expr,
            `unary expression only allowed on expressions of type scalar or instant vector, got "${DOCUMENTED[type]}"`,
          );
        }
        return;
      }
      case 'aggregate':
        this.expect(expr.expr, 'vector', 'aggregation expression');
        if (expr.param !== undefined) {
          this.expect(expr.param, expr.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
        }
        return;
      case 'binary':
        this.binary(expr);
        return;
      case 'call':
        this.call(expr);
        return;
    }
  }

  private report({ start, end }: Place, message: string): void {
    this.problems.push({ message, start, end });
  }

  private expect(expr: Expr, wanted: ValueType, context: string): void {
    this.check(expr);
    const type = typeOf(expr);
    if (type !== wanted) {
      this.report(expr, `expected type ${DOCUMENTED[wanted]} in ${context}, got ${DOCUMENTED[type]}`);
    }
  }

  private selector(expr: Extract<Expr, { kind: 'vector' }>): void {
    if (expr.name !== '') {
      const again = expr.matchers.slice(0, -1).find(({ name }) => name === METRIC_NAME);
      if (again !== undefined) {
        this.report(expr, `metric name must not be set twice: ${quote(expr.name)} or ${quote(again.value)}`);
      }
      return;
    }
    if (expr.matchers.every(({ matchesEmpty }) => matchesEmpty)) {
      this.report(expr, 'vector selector must contain at least one non-empty matcher');
    }
  }

  private binary(expr: Binary): void {
    this.check(expr.left);
    this.check(expr.right);
    const left = typeOf(expr.left);
    const right = typeOf(expr.right);
    const comparison = isComparison(expr.op);
    const operatorPlace = { start: expr.operatorStart ?? expr.left.end, end: expr.right.start };
    const setOperator = expr.op === 'and' || expr.op === 'or' || expr.op === 'unless';
    if (expr.bool && !comparison) {
      this.report(operatorPlace, 'bool modifier can only be used on comparison operators');
    }
    if (comparison && !expr.bool && left === 'scalar' && right === 'scalar') {
      this.report(operatorPlace, 'comparisons between scalars must use BOOL modifier');
    }
    const { matching } = expr;
    if (matching?.on === true) {
      for (const label of matching.labels.filter((name) => matching.include.includes(name))) {
        this.report(operatorPlace, `label ${quote(label)} must not occur in ON and GROUP clause at once`);
      }
    }
    for (const side of [expr.left, expr.right]) {
      const type = typeOf(side);
      if (type !== 'scalar' && type !== 'vector') {
        this.report(side, 'binary expression must contain only scalar and instant vector types');
      }
    }
    const filled = matching?.fillLeft !== undefined || matching?.fillRight !== undefined;
    if (matching !== undefined && (left !== 'vector' || right !== 'vector')) {
      if (matching.labels.length > 0) this.report(expr, 'vector matching only allowed between instant vectors');
      if (filled) this.report(expr, 'filling in missing series only allowed between instant vectors');
    } else if (setOperator && matching !== undefined) {
      if (matching.cardinality !== 'many-to-many') {
        this.report(expr, `no grouping allowed for "${expr.op}" operation`);
      }
      if (filled) this.report(expr, 'filling in missing series not allowed for set operators');
    }
    if (setOperator && (left === 'scalar' || right === 'scalar')) {
      this.report(expr, `set operator "${expr.op}" not allowed in binary scalar expression`);
    }
  }

  private call(expr: Call): void {
    const definition = functions.find(expr.func);
    if (definition === undefined) {
      this.report(expr, `unknown function with name "${expr.func}"`);
      return;
    }
    const { args: types, variadic, name } = definition;
    const count = expr.args.length;
    if (variadic === 0) {
      if (count !== types.length) {
        this.report(expr, `expected ${types.length} argument(s) in call to "${name}", got ${count}`);
      }
    } else {
      const least = types.length - 1;
      const most = variadic < 0 ? Infinity : least + variadic;
      if (count < least) this.report(expr, `expected at least ${least} argument(s) in call to "${name}", got ${count}`);
      if (count > most) this.report(expr, `expected at most ${most} argument(s) in call to "${name}", got ${count}`);
    }
    const selectorOnly = name === 'info' ? expr.args[1] : undefined;
    if (selectorOnly !== undefined) {
      if (selectorOnly.kind !== 'vector') this.report(selectorOnly, 'expected label selectors only');
      else if (selectorOnly.name !== '') {
        this.report(selectorOnly, 'expected label selectors only, got vector selector instead');
      }
    }
    expr.args.forEach((arg, i) => {
      const wanted = types[Math.min(i, types.length - 1)];
      if (wanted === undefined || (i >= types.length && variadic === 0)) return;
      if (arg === selectorOnly && arg.kind === 'vector') return;
      this.check(arg);
      const type = typeOf(arg);
      if (type !== wanted) {
        this.report(arg, `expected type ${DOCUMENTED[wanted]} in call to function "${name}", got ${DOCUMENTED[type]}`);
      }
    });
  }
}

/** Whether an operator compares. */
export function isComparison(op: Binary['op']): boolean {
  return op === '==' || op === '!=' || op === '<' || op === '>' || op === '<=' || op === '>=';
}
