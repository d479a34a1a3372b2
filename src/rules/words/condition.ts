import { printExpr, unwrapParens } from '../../promql';
import type { Expr } from '../../promql';

/** A comparison that decides whether an alert fires. */
export interface Condition {
  /** PromQL of what is compared. */
  readonly measured: string;
  /** The same where whatever else the rule asks for holds too (`… and …`, `… unless …`). */
  readonly guarded: string;
  /** As if the number stood on the right. */
  readonly operator: Comparison;
  readonly threshold: number;
}

/** How a value is compared with a threshold. */
export type Comparison = '>' | '<' | '>=' | '<=' | '==' | '!=';

/** The other way round, for a number on the left. */
const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
  '==': '==',
  '!=': '!=',
};

/** The comparison with a number that an expression ends in; undefined where it is built otherwise. */
export function conditionOf({ ast }: { readonly ast: Expr }): Condition | undefined {
  const found = comparisonIn(ast);
  if (found === undefined) return undefined;
  const { measured, guarded, operator, threshold } = found;
  return { measured: printExpr(measured), guarded: printExpr(guarded), operator, threshold };
}

function comparisonIn(
  ast: Expr,
): (Pick<Condition, 'operator' | 'threshold'> & { readonly measured: Expr; readonly guarded: Expr }) | undefined {
  const expr = unwrapParens(ast);
  if (expr.kind !== 'binary' || expr.bool) return undefined;
  if (expr.op === 'and' || expr.op === 'unless') {
    const inner = comparisonIn(expr.left);
    if (inner === undefined) return undefined;
    const { guarded } = inner;
    const left: Expr = guarded.kind === 'binary' ? { kind: 'paren', expr: guarded, ...placeOf(guarded) } : guarded;
    return { ...inner, guarded: { ...expr, left } };
  }
  const { op } = expr;
  if (!isComparison(op)) return undefined;
  const right = constantOf(expr.right);
  if (right !== undefined) return { measured: expr.left, guarded: expr.left, operator: op, threshold: right };
  const left = constantOf(expr.left);
  if (left === undefined) return undefined;
  return { measured: expr.right, guarded: expr.right, operator: MIRRORED[op], threshold: left };
}

function isComparison(op: string): op is Comparison {
  return op in MIRRORED;
}

function placeOf({ start, end }: Expr): { start: number; end: number } {
  return { start, end };
}

/** The value of an expression of numbers alone; undefined for any other. */
function constantOf(expr: Expr): number | undefined {
  switch (expr.kind) {
    case 'number':
      return expr.value;
    case 'paren':
      return constantOf(expr.expr);
    case 'unary': {
      const value = constantOf(expr.expr);
      return value === undefined || expr.op === '+' ? value : -value;
    }
    case 'binary': {
      const [left, right] = [constantOf(expr.left), constantOf(expr.right)];
      if (left === undefined || right === undefined) return undefined;
      switch (expr.op) {
        case '+':
          return left + right;
        case '-':
          return left - right;
        case '*':
          return left * right;
        case '/':
          return left / right;
        case '%':
          return left % right;
        case '^':
          return left ** right;
        default:
          return undefined;
      }
    }
    default:
      return undefined;
  }
}
