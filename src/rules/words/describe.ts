import { formatDuration } from '../../base/duration';
import { METRIC_NAME } from '../../domain/labels';
import type { DurationExpr, Expr, VectorSelector } from '../../promql';
import type { AlertingRule, Rule } from '../file/rule-file';

/** What a rule does, in plain words. */
export function describeRule(rule: Rule): string {
  if (rule.kind !== undefined) return rule.kind.explanation + holding(rule);
  const what = describeExpr(rule.ast);
  if (rule.type === 'recording') return `Keeps ${what} as the series ${rule.name}.`;
  return `Fires for every result of: ${what}.${holding(rule)}`;
}

function holding(rule: Rule): string {
  if (rule.type === 'recording') return '';
  const { holdFor, keepFiringFor } = rule as AlertingRule;
  return [
    ...(holdFor > 0 ? [` It must hold for ${formatDuration(holdFor)}.`] : []),
    ...(keepFiringFor > 0 ? [` It goes on for ${formatDuration(keepFiringFor)} after the condition has ended.`] : []),
  ].join('');
}

const OPERATORS: Readonly<Record<string, string>> = {
  '>': 'above',
  '<': 'below',
  '>=': 'at least',
  '<=': 'at most',
  '==': 'equal to',
  '!=': 'other than',
  '+': 'plus',
  '-': 'minus',
  '*': 'times',
  '/': 'divided by',
  '%': 'modulo',
  '^': 'to the power of',
};

const FUNCTIONS: Readonly<Record<string, string>> = {
  rate: 'the rate per second of',
  irate: 'the momentary rate per second of',
  increase: 'the increase of',
  delta: 'the change of',
  deriv: 'the slope per second of',
  absent: 'the absence of',
  absent_over_time: 'the absence of',
  avg_over_time: 'the average of',
  max_over_time: 'the largest value of',
  min_over_time: 'the smallest value of',
  sum_over_time: 'the sum of all values of',
  count_over_time: 'the number of samples of',
  last_over_time: 'the last value of',
  changes: 'the number of changes of',
  resets: 'the number of restarts of',
  abs: 'the size of',
  ceil: 'the rounded-up value of',
  floor: 'the rounded-down value of',
};

const AGGREGATES: Readonly<Record<string, string>> = {
  sum: 'the sum of',
  avg: 'the average of',
  max: 'the largest of',
  min: 'the smallest of',
  count: 'the number of series of',
  group: 'the groups of',
  stddev: 'the standard deviation of',
  stdvar: 'the variance of',
};

/** An expression in plain words. */
export function describeExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return String(expr.value);
    case 'string':
      return JSON.stringify(expr.value);
    case 'paren':
      return describeExpr(expr.expr);
    case 'unary':
      return expr.op === '-' ? `minus ${describeExpr(expr.expr)}` : describeExpr(expr.expr);
    case 'vector':
      return describeSelector(expr);
    case 'matrix':
      return `${describeSelector(expr.selector)} over ${durationWords(expr.range)}`;
    case 'subquery':
      return `${describeExpr(expr.expr)} over ${durationWords(expr.range)}`;
    case 'call':
      return describeCall(expr.func, expr.args);
    case 'aggregate': {
      const grouping =
        expr.grouping.length === 0 ? '' : `${expr.without ? ', ignoring ' : ', per '}${expr.grouping.join(' and ')}`;
      const param = expr.param === undefined ? '' : describeExpr(expr.param);
      const head =
        expr.op === 'topk' || expr.op === 'bottomk'
          ? `the ${param} ${expr.op === 'topk' ? 'largest' : 'smallest'} of`
          : expr.op === 'quantile'
            ? `the ${param} quantile of`
            : (AGGREGATES[expr.op] ?? `${expr.op} of`);
      return `${head} ${describeExpr(expr.expr)}${grouping}`;
    }
    case 'binary': {
      const [left, right] = [describeExpr(expr.left), describeExpr(expr.right)];
      if (expr.op === 'and') return `${left}, where there is also ${right}`;
      if (expr.op === 'or') return `${left}, or else ${right}`;
      if (expr.op === 'unless') return `${left}, unless there is ${right}`;
      return `${left} ${OPERATORS[expr.op] ?? expr.op} ${right}`;
    }
  }
}

function describeCall(func: string, args: readonly Expr[]): string {
  const [first, second] = args;
  if (func === 'histogram_quantile' && first !== undefined && second !== undefined) {
    const quantile =
      first.kind === 'number'
        ? `p${Number((first.value * 100).toPrecision(6))}`
        : `the ${describeExpr(first)} quantile`;
    return `${quantile} of ${describeExpr(second)}`;
  }
  if (func === 'predict_linear' && first !== undefined && second !== undefined) {
    const ahead = second.kind === 'number' ? formatDuration(second.value * 1000) : describeExpr(second);
    return `the value in ${ahead}, by its trend, of ${describeExpr(first)}`;
  }
  if (func === 'time') return 'the time';
  if (func === 'vector' && first !== undefined) return describeExpr(first);
  const words = FUNCTIONS[func];
  if (words !== undefined && first !== undefined) return `${words} ${describeExpr(first)}`;
  return args.length === 0 ? func : `${func} of ${args.map(describeExpr).join(' and ')}`;
}

function describeSelector(selector: VectorSelector): string {
  const conditions = selector.matchers
    .filter(({ name }) => name !== METRIC_NAME)
    .map(({ name, operator, value }) => {
      const verb = { '=': 'is', '!=': 'is not', '=~': 'matches', '!~': 'does not match' }[operator];
      return `${name} ${verb} ${value === '' ? 'empty' : value}`;
    });
  const name =
    selector.name || (selector.matchers.find((matcher) => matcher.name === METRIC_NAME)?.value ?? 'all series');
  const { offset } = selector;
  const back =
    offset === undefined || (offset.op === 'literal' && offset.millis === 0) ? '' : ` ${durationWords(offset)} earlier`;
  return `${name}${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''}${back}`;
}

function durationWords(duration: DurationExpr): string {
  return duration.op === 'literal' ? formatDuration(duration.millis) : 'a computed time';
}
