import type { Expr } from '../ast';
import { functions } from '../functions';
import { infoReference } from './info-reference';

const known = new WeakMap<Expr, boolean>();

/** Whether an expression has the same value at every step: it names its instants with `@`, or needs none. */
export function isStepInvariant(expr: Expr): boolean {
  let invariant = known.get(expr);
  if (invariant === undefined) {
    invariant = compute(expr);
    known.set(expr, invariant);
  }
  return invariant;
}

function compute(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'vector':
      return expr.at !== undefined;
    case 'matrix':
      return expr.selector.at !== undefined;
    case 'subquery':
      return expr.at !== undefined;
    case 'paren':
    case 'unary':
      return isStepInvariant(expr.expr);
    case 'aggregate':
      return isStepInvariant(expr.expr) && (expr.param === undefined || isStepInvariant(expr.param));
    case 'binary':
      return isStepInvariant(expr.left) && isStepInvariant(expr.right);
    case 'call': {
      if (expr.func === 'timestamp' || expr.func === 'start_timestamp') {
        // Of a selector it tells the samples' own times; of anything else, the instant of evaluation.
        const [arg] = expr.args;
        let inner = arg;
        while (inner?.kind === 'paren') inner = inner.expr;
        return inner?.kind === 'vector' && inner.at !== undefined;
      }
      if (expr.func === 'info') {
        const [arg] = expr.args;
        return arg !== undefined && isStepInvariant(arg) && infoReference(arg).uniform;
      }
      return functions.find(expr.func)?.varies !== true && expr.args.every(isStepInvariant);
    }
  }
}
