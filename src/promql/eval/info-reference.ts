import { childrenOf } from '../ast';
import type { AtModifier, DurationExpr, Expr } from '../ast';
import { typeOf } from '../check';
import { printDuration } from '../printer';

/** When the series of an expression are looked at: an instant, or offsets from the evaluation's. */
export interface InfoReference {
  readonly at: AtModifier | undefined;
  /** To be added up. */
  readonly offsets: readonly DurationExpr[];
  /** All selectors of the expression have the same reference. */
  readonly uniform: boolean;
}

const NO_REFERENCE: InfoReference = { at: undefined, offsets: [], uniform: false };

/**
 * The reference that all selectors of an expression share, if they do.
 * @param fixedAt the instant, in ms, that a reference with `@` comes to; without it references are compared as written.
 */
export function infoReference(
  expr: Expr,
  fixedAt?: (at: AtModifier, offsets: readonly DurationExpr[]) => number,
): InfoReference {
  const found: { at: AtModifier | undefined; offsets: DurationExpr[] }[] = [];
  let referenceFree = false;
  const inspect = (node: Expr, path: readonly Expr[]): boolean => {
    const type = typeOf(node);
    if (type !== 'vector' && type !== 'matrix') return false;
    if (node.kind === 'vector') {
      let { at } = node;
      const offsets = node.offset === undefined ? [] : [node.offset];
      for (let i = path.length - 1; at === undefined && i >= 0; i--) {
        const outer = path[i];
        if (outer?.kind !== 'subquery') continue;
        if (outer.offset !== undefined) offsets.push(outer.offset);
        ({ at } = outer);
      }
      found.push({ at, offsets });
      return true;
    }
    const children = node.kind === 'call' && node.func === 'info' ? node.args.slice(0, 1) : childrenOf(node);
    let hasSelector = false;
    for (const child of children) if (inspect(child, [...path, node])) hasSelector = true;
    if (!hasSelector) referenceFree = true;
    return hasSelector;
  };
  inspect(expr, []);
  const [first] = found;
  if (first === undefined) return NO_REFERENCE;
  // Different modifiers that come to one instant are the same reference.
  const keyOf = ({ at, offsets }: (typeof found)[number]): string =>
    at !== undefined && fixedAt !== undefined
      ? `@ ${fixedAt(at, offsets)}`
      : JSON.stringify([at, offsets.map(printDuration)]);
  const uniform = !referenceFree && found.every((other) => keyOf(other) === keyOf(first));
  return uniform ? { ...first, uniform } : NO_REFERENCE;
}
