import { formatDuration } from '../../base/duration';
import type { Matcher } from '../../domain/matcher';
import { functions, printDuration } from '../../promql';
import type { DurationExpr, Expr, Shift } from '../../promql';

/** A node of `parse_query`: its kind and what belongs to it. */
export type ExprView = Readonly<Record<string, unknown>>;

/** An expression as the tree that Prometheus' API gives. */
export function exprView(expr: Expr): ExprView {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: expr.duration ? formatDuration(expr.value * 1000) : String(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'paren':
      return { type: 'parenExpr', expr: exprView(expr.expr) };
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: exprView(expr.expr) };
    case 'vector':
      return { type: 'vectorSelector', ...selectorView(expr), ...boundaryView(expr.boundary) };
    case 'matrix':
      return {
        type: 'matrixSelector',
        ...selectorView(expr.selector),
        range: millisOf(expr.range),
        ...boundaryView(expr.selector.boundary),
      };
    case 'subquery':
      return {
        type: 'subquery',
        expr: exprView(expr.expr),
        range: millisOf(expr.range),
        step: expr.step === undefined ? 0 : millisOf(expr.step),
        ...shiftView(expr),
      };
    case 'binary': {
      const { matching } = expr;
      const grouping =
        matching === undefined
          ? null
          : {
              card: matching.cardinality,
              labels: matching.labels,
              on: matching.on,
              include: matching.include,
              fillValues: { lhs: matching.fillLeft ?? null, rhs: matching.fillRight ?? null },
            };
      return {
        type: 'binaryExpr',
        op: expr.op,
        lhs: exprView(expr.left),
        rhs: exprView(expr.right),
        matching: grouping,
        bool: expr.bool,
      };
    }
    case 'call': {
      const definition = functions.get(expr.func);
      return {
        type: 'call',
        func: {
          name: definition.name,
          argTypes: definition.args,
          variadic: definition.variadic,
          returnType: definition.returns,
        },
        args: expr.args.map(exprView),
      };
    }
    case 'aggregate':
      return {
        type: 'aggregation',
        op: expr.op,
        expr: exprView(expr.expr),
        param: expr.param === undefined ? null : exprView(expr.param),
        grouping: expr.grouping,
        without: expr.without,
      };
  }
}

function selectorView(selector: Shift & { readonly name: string; readonly matchers: readonly Matcher[] }): ExprView {
  return {
    name: selector.name,
    matchers: selector.matchers.map(({ name, operator, value }) => ({ name, value, type: operator })),
    ...shiftView(selector),
  };
}

function shiftView({ offset, at }: Shift): ExprView {
  return {
    offset: offset === undefined ? 0 : millisOf(offset),
    timestamp: typeof at === 'object' ? at.t : null,
    startOrEnd: typeof at === 'string' ? at : null,
  };
}

function boundaryView(boundary: 'anchored' | 'smoothed' | undefined): ExprView {
  return { anchored: boundary === 'anchored', smoothed: boundary === 'smoothed' };
}

/** Milliseconds of a literal; the text of a duration that depends on the query. */
function millisOf(duration: DurationExpr): number | string {
  return duration.op === 'literal' ? duration.millis : printDuration(duration);
}
