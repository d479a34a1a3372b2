import type { EpochMillis, Millis } from '../base/clock';
import type { Matcher } from '../domain/matcher';

/** The type of an expression's value. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** Where a node stands in its text: 0-based UTF-16 offsets, end exclusive. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** A number written in the text; `duration` when it was written as one (`5m`), for printing. */
export interface NumberLiteral extends Place {
  readonly kind: 'number';
  readonly value: number;
  readonly duration: boolean;
}

/** A quoted text. */
export interface StringLiteral extends Place {
  readonly kind: 'string';
  readonly value: string;
}

/** The instant of an `@` modifier. */
export type AtModifier = { readonly t: EpochMillis } | 'start' | 'end';

/** A duration computed from others; `step` and `range` are the query's own. Those read from a text know their place. */
export type DurationExpr = Partial<Place> &
  (
    | { readonly op: 'literal'; readonly millis: Millis; readonly text: string }
    | { readonly op: 'step' | 'range' }
    | { readonly op: 'neg' | 'pos' | 'paren'; readonly inner: DurationExpr }
    | {
        readonly op: '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of';
        readonly left: DurationExpr;
        readonly right: DurationExpr;
      }
  );

/** What `offset` and `@` shift. */
export interface Shift {
  /** Positive looks back. */
  readonly offset: DurationExpr | undefined;
  readonly at: AtModifier | undefined;
}

/** Series by name and labels: the newest sample of each. */
export interface VectorSelector extends Place, Shift {
  readonly kind: 'vector';
  /** As written before the braces; empty when given within them or not at all. */
  readonly name: string;
  /** Includes the matcher of the name. */
  readonly matchers: readonly Matcher[];
  /** Boundary handling of rates and lookups. */
  readonly boundary?: 'anchored' | 'smoothed';
}

/** Series by name and labels: all samples of a window. */
export interface MatrixSelector extends Place {
  readonly kind: 'matrix';
  readonly selector: VectorSelector;
  readonly range: DurationExpr;
}

/** An expression evaluated over a window at a step. */
export interface Subquery extends Place, Shift {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly range: DurationExpr;
  readonly step: DurationExpr | undefined;
}

/** A parenthesised expression; kept for printing. */
export interface Paren extends Place {
  readonly kind: 'paren';
  readonly expr: Expr;
}

/** `-x` or `+x`. */
export interface Unary extends Place {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
}

/** Operators between two expressions; `</` and `>/` trim histograms. */
export const BINARY_OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  'atan2',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  '</',
  '>/',
  'and',
  'or',
  'unless',
] as const;
export type BinaryOperator = (typeof BINARY_OPERATORS)[number];

/** How the two sides of a vector operation find each other. */
export interface VectorMatching {
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** `on` compares only `labels`, `ignoring` all but them. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels that `group_left` or `group_right` takes from the one side. */
  readonly include: readonly string[];
  /** Value for a missing partner. */
  readonly fillLeft?: number;
  readonly fillRight?: number;
}

/** `left op right`. */
export interface Binary extends Place {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  readonly bool: boolean;
  /** Where the operator stands. */
  readonly operatorStart?: number;
  /** Set when both sides are vectors. */
  readonly matching: VectorMatching | undefined;
}

/** A function's call. */
export interface Call extends Place {
  readonly kind: 'call';
  readonly func: string;
  readonly args: readonly Expr[];
}

/** Aggregation operators. */
export const AGGREGATORS = [
  'avg',
  'bottomk',
  'count',
  'count_values',
  'group',
  'limit_ratio',
  'limitk',
  'max',
  'min',
  'quantile',
  'stddev',
  'stdvar',
  'sum',
  'topk',
] as const;
export type Aggregator = (typeof AGGREGATORS)[number];

/** Groups of series made one. */
export interface Aggregate extends Place {
  readonly kind: 'aggregate';
  readonly op: Aggregator;
  readonly expr: Expr;
  readonly param: Expr | undefined;
  /** Names of `by` or `without`. */
  readonly grouping: readonly string[];
  readonly without: boolean;
}

/** A PromQL expression. Nodes are immutable and may serve as keys of caches. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Paren
  | Unary
  | Binary
  | Call
  | Aggregate;

/** The direct sub-expressions, left to right. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vector':
      return [];
    case 'matrix':
      return [expr.selector];
    case 'subquery':
    case 'paren':
    case 'unary':
      return [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
  }
}

/** Calls `visit` on every node, parents first; `path` holds the ancestors, outermost first. */
export function walkExpr(
  expr: Expr,
  visit: (node: Expr, path: readonly Expr[]) => void,
  path: readonly Expr[] = [],
): void {
  visit(expr, path);
  const below = [...path, expr];
  for (const child of childrenOf(expr)) walkExpr(child, visit, below);
}

/** All selectors of an expression, in order of appearance. */
export function selectorsOf(expr: Expr): VectorSelector[] {
  const found: VectorSelector[] = [];
  walkExpr(expr, (node) => {
    if (node.kind === 'vector') found.push(node);
  });
  return found;
}

/** The expression without the parentheses around it. */
export function unwrapParens(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrapParens(expr.expr) : expr;
}
