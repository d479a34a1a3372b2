import type { CounterResetHint, NativeHistogram } from '../../domain/histogram';
import { walkExpr } from '../ast';
import type { Expr } from '../ast';
import { readonlyForm } from '../histogram/float-histogram';
import { isReset } from '../histogram/resets';

const BUCKETLESS_CALLS: ReadonlySet<string> = new Set([
  'histogram_count',
  'histogram_sum',
  'histogram_avg',
  'timestamp',
  'start_timestamp',
  'absent',
]);
const BUCKET_CALLS: ReadonlySet<string> = new Set([
  'histogram_quantile',
  'histogram_quantiles',
  'histogram_fraction',
  'histogram_stddev',
  'histogram_stdvar',
  'changes',
]);

const known = new WeakMap<Expr, ReadonlySet<Expr>>();

/**
 * The selectors of whose histograms only count and sum are used. Prometheus then reads no buckets, which shows: it tells
 * resets while reading, and remarks on buckets do not come up.
 */
export function bucketlessSelectors(root: Expr): ReadonlySet<Expr> {
  let found = known.get(root);
  if (found === undefined) {
    const selectors = new Set<Expr>();
    walkExpr(root, (node, path) => {
      if (node.kind === 'vector' && needsNoBuckets(path)) selectors.add(node);
    });
    found = selectors;
    known.set(root, found);
  }
  return found;
}

function needsNoBuckets(path: readonly Expr[]): boolean {
  let bucketless = false;
  for (let i = path.length - 1; i >= 0; i--) {
    const node = path[i];
    if (node?.kind === 'subquery') return false;
    if (node?.kind === 'call') {
      if (BUCKETLESS_CALLS.has(node.func)) bucketless = true;
      else if (BUCKET_CALLS.has(node.func)) return false;
    }
    if (node?.kind === 'aggregate' && node.op === 'count_values') return false;
    if (node?.kind === 'binary' && /^(?:<\/|>\/|==|!=)$/.test(node.op)) return false;
  }
  return bucketless;
}

/** Only count and sum; the reset hint found out from the histogram before, if that was read. */
export function withoutBuckets(histogram: NativeHistogram, before: NativeHistogram | undefined): NativeHistogram {
  return {
    schema: histogram.schema,
    zeroThreshold: 0,
    zeroCount: 0,
    count: histogram.count,
    sum: histogram.sum,
    positiveSpans: [],
    positiveBuckets: [],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
    counterResetHint: hintOf(histogram, before),
  };
}

function hintOf(histogram: NativeHistogram, before: NativeHistogram | undefined): CounterResetHint {
  if (histogram.counterResetHint !== 'unknown' || before === undefined) return histogram.counterResetHint;
  return isReset(readonlyForm(histogram), readonlyForm(before)) ? 'reset' : 'not_reset';
}
