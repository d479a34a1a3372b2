import type { Expr } from '../ast';

const texts = new WeakMap<Expr, string>();

/** Keeps the text that an expression was read from, for the places in annotations. */
export function rememberText(expr: Expr, text: string): void {
  texts.set(expr, text);
}

/** The text that an expression was read from; empty when it was built by hand. */
export function textOf(expr: Expr): string {
  return texts.get(expr) ?? '';
}
