import { METRIC_NAME } from '../../domain/labels';
import { unwrapParens } from '../../promql';
import type { Expr } from '../../promql';

/** Which labels an expression's results can have: exactly some, or any but some. */
export type OutputLabels = { readonly only: ReadonlySet<string> } | { readonly anyBut: ReadonlySet<string> };

const ANY: OutputLabels = { anyBut: new Set() };

/** The labels that results of an expression can have. */
export function outputLabels(expr: Expr): OutputLabels {
  const inner = unwrapParens(expr);
  switch (inner.kind) {
    case 'number':
    case 'string':
      return { only: new Set() };
    case 'aggregate': {
      if (['topk', 'bottomk', 'limitk', 'limit_ratio'].includes(inner.op)) return outputLabels(inner.expr);
      const added = inner.op === 'count_values' && inner.param?.kind === 'string' ? [inner.param.value] : [];
      if (!inner.without) return { only: new Set([...inner.grouping, ...added]) };
      return without(outputLabels(inner.expr), [...inner.grouping, METRIC_NAME]);
    }
    case 'call':
      if (['label_replace', 'label_join', 'absent', 'absent_over_time', 'info'].includes(inner.func)) return ANY;
      if (['vector', 'scalar', 'time', 'pi'].includes(inner.func)) return { only: new Set() };
      if (inner.func.startsWith('histogram_quantile')) {
        const buckets = inner.args[1];
        return buckets === undefined ? ANY : without(outputLabels(buckets), ['le', METRIC_NAME]);
      }
      return inner.args.length === 1 && inner.args[0] !== undefined ? outputLabels(inner.args[0]) : ANY;
    case 'unary':
    case 'subquery':
      return outputLabels(inner.expr);
    case 'binary': {
      const [left, right] = [outputLabels(inner.left), outputLabels(inner.right)];
      if (inner.matching === undefined) {
        return inner.left.kind === 'number' || isEmpty(left) ? right : left;
      }
      if (inner.op === 'and' || inner.op === 'unless') return left;
      if (inner.op === 'or') return union(left, right);
      const { cardinality, on, labels, include } = inner.matching;
      if (cardinality === 'many-to-one') return include.length > 0 ? add(left, include) : left;
      if (cardinality === 'one-to-many') return include.length > 0 ? add(right, include) : right;
      return on ? { only: new Set(labels) } : without(left, labels);
    }
    default:
      return ANY;
  }
}

/** Whether results can have the label. */
export function canHave(labels: OutputLabels, name: string): boolean {
  return 'only' in labels ? labels.only.has(name) : !labels.anyBut.has(name);
}

function isEmpty(labels: OutputLabels): boolean {
  return 'only' in labels && labels.only.size === 0;
}

function without(labels: OutputLabels, names: readonly string[]): OutputLabels {
  if ('only' in labels) return { only: new Set([...labels.only].filter((name) => !names.includes(name))) };
  return { anyBut: new Set([...labels.anyBut, ...names]) };
}

function add(labels: OutputLabels, names: readonly string[]): OutputLabels {
  if ('only' in labels) return { only: new Set([...labels.only, ...names]) };
  return { anyBut: new Set([...labels.anyBut].filter((name) => !names.includes(name))) };
}

function union(a: OutputLabels, b: OutputLabels): OutputLabels {
  if ('only' in a && 'only' in b) return { only: new Set([...a.only, ...b.only]) };
  if ('anyBut' in a && 'anyBut' in b) return { anyBut: new Set([...a.anyBut].filter((name) => b.anyBut.has(name))) };
  const [only, any] = 'only' in a ? [a, b] : [b, a];
  const known = 'only' in only ? only.only : new Set<string>();
  return { anyBut: new Set('anyBut' in any ? [...any.anyBut].filter((name) => !known.has(name)) : []) };
}
