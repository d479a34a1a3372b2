import { unwrapParens } from '../ast';
import type { Expr } from '../ast';

/** The text of a string argument, parentheses aside; empty when there is none. */
export function stringArgument(expr: Expr | undefined): string {
  const inner = expr === undefined ? undefined : unwrapParens(expr);
  return inner?.kind === 'string' ? inner.value : '';
}
