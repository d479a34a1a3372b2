import type { EpochMillis } from '../../base/clock';
import { METRIC_NAME } from '../../domain/labels';
import type { Labels } from '../../domain/labels';
import { printExpr, selectorsOf, typeOf, unwrapParens } from '../../promql';
import type { Binary, Expr, QueryOptions, QueryResult, VectorSample } from '../../promql';
import type { RuleQueryEngine } from './rule-query';

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

/** An answer of this slot. */
interface Answer {
  readonly result: Promise<QueryResult>;
  /** Metric names it read; undefined where a selector has none. */
  readonly reads: ReadonlySet<string> | undefined;
}

/**
 * Computes what several rules of a group have in common once per slot: whole expressions, and what stands on the left of
 * a comparison with a number or on either side of `and`. An answer is forgotten when a rule writes series that it read.
 */
export class SharedQueries implements RuleQueryEngine {
  private readonly shared = new Set<string>();
  private readonly texts = new Map<Expr, string>();
  private answers = new Map<string, Answer>();
  private at: EpochMillis | undefined;

  constructor(
    private readonly engine: RuleQueryEngine,
    expressions: readonly Expr[],
  ) {
    const counts = new Map<string, number>();
    for (const expr of expressions) {
      for (const part of partsOf(expr)) {
        const text = printExpr(part);
        this.texts.set(part, text);
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
    }
    for (const [text, count] of counts) if (count > 1) this.shared.add(text);
  }

  async instant(expr: string | Expr, at: EpochMillis, options: QueryOptions = {}): Promise<QueryResult> {
    if (typeof expr === 'string' || this.shared.size === 0) return this.engine.instant(expr, at, options);
    if (this.at !== at) this.forget();
    this.at = at;
    return (await this.composed(expr, at, options)) ?? this.engine.instant(expr, at, options);
  }

  /** Forgets all answers: others may have written since. */
  forget(): void {
    this.answers = new Map();
  }

  /** Tells that series were written. */
  wrote(series: Iterable<Labels>): void {
    if (this.answers.size === 0) return;
    const names = new Set([...series].map(({ metricName }) => metricName));
    for (const [text, { reads }] of this.answers) {
      if (reads === undefined || [...reads].some((name) => names.has(name))) this.answers.delete(text);
    }
  }

  /** The result put together from shared parts; undefined where there are none. */
  private async composed(expr: Expr, at: EpochMillis, options: QueryOptions): Promise<QueryResult | undefined> {
    const text = this.texts.get(expr);
    if (text !== undefined && this.shared.has(text)) return this.answer(expr, text, at, options);
    const inner = unwrapParens(expr);
    if (inner.kind !== 'binary') return undefined;
    if (inner.op === 'and') return this.intersection(inner, at, options);
    return this.comparison(inner, at, options);
  }

  private async comparison(expr: Binary, at: EpochMillis, options: QueryOptions): Promise<QueryResult | undefined> {
    const compare = COMPARE[expr.op];
    const right = unwrapParens(expr.right);
    if (compare === undefined || expr.bool || right.kind !== 'number' || typeOf(expr.left) !== 'vector')
      return undefined;
    const left = await this.composed(expr.left, at, options);
    if (left?.value.type !== 'vector') return undefined;
    const { samples } = left.value;
    if (samples.some(({ histogram }) => histogram !== undefined)) return undefined;
    return withSamples(
      left,
      samples.filter(({ value }) => compare(value, right.value)),
    );
  }

  private async intersection(expr: Binary, at: EpochMillis, options: QueryOptions): Promise<QueryResult | undefined> {
    const [left, right] = [await this.composed(expr.left, at, options), await this.composed(expr.right, at, options)];
    if (left === undefined && right === undefined) return undefined;
    const [a, b] = [
      left ?? (await this.engine.instant(expr.left, at, options)),
      right ?? (await this.engine.instant(expr.right, at, options)),
    ];
    if (a.value.type !== 'vector' || b.value.type !== 'vector') return undefined;
    const { on = false, labels = [] } = expr.matching ?? {};
    const signature = ({ labels: own }: VectorSample): string =>
      (on ? own.only(...labels) : own.without(METRIC_NAME, ...labels)).key;
    const present = new Set(b.value.samples.map(signature));
    return withSamples(
      a,
      a.value.samples.filter((sample) => present.has(signature(sample))),
    );
  }

  private answer(expr: Expr, text: string, at: EpochMillis, options: QueryOptions): Promise<QueryResult> {
    const known = this.answers.get(text);
    if (known !== undefined) return known.result;
    const names = selectorsOf(expr).map(({ matchers }) =>
      matchers.find(({ name, operator }) => name === METRIC_NAME && operator === '='),
    );
    const reads = names.includes(undefined) ? undefined : new Set(names.flatMap((matcher) => matcher?.value ?? []));
    const result = this.engine.instant(expr, at, options);
    // Whoever waits hears of a failure; the memory must not make it an unhandled one.
    result.catch(() => this.answers.delete(text));
    this.answers.set(text, { result, reads });
    return result;
  }
}

/** The expression and the parts of it that can be computed apart. */
function partsOf(expr: Expr): Expr[] {
  const inner = unwrapParens(expr);
  if (typeOf(inner) !== 'vector' || inner.kind === 'vector') return [];
  const own = inner === expr ? [expr] : [expr, inner];
  if (inner.kind !== 'binary') return own;
  if (inner.op === 'and') return [...own, ...partsOf(inner.left), ...partsOf(inner.right)];
  return COMPARE[inner.op] !== undefined && unwrapParens(inner.right).kind === 'number'
    ? [...own, ...partsOf(inner.left)]
    : own;
}

function withSamples(result: QueryResult, samples: readonly VectorSample[]): QueryResult {
  return { ...result, value: { type: 'vector', samples } };
}
