import { closest } from '../../base/closest';
import { METRIC_NAME } from '../../domain/labels';
import type { Millis } from '../../base/clock';
import { functions, typeOf, unwrapParens, walkExpr } from '../../promql';
import type { DurationExpr, Expr, VectorSelector } from '../../promql';
import type { Rule } from '../file/rule-file';
import type { Finding } from './finding';
import { OWN_PREFIXES, familyOf, knownMetrics } from './known-metrics';

/** Scrapes and pushes come at least so often. */
const SCRAPE_INTERVAL: Millis = 15_000;
const RATES = new Set(['rate', 'increase', 'irate', 'resets']);
const GAUGE_FUNCTIONS = new Set(['delta', 'idelta', 'deriv', 'predict_linear']);

/** What its author may not have meant in a rule's expression. */
export function expressionLints(rule: Rule, recorded: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  const { ast } = rule;
  const type = typeOf(ast);
  if (type === 'matrix' || type === 'string') {
    findings.push({
      code: 'result-type',
      message: `the expression gives a ${type === 'matrix' ? 'range vector' : 'string'}; every evaluation will fail`,
      fix: 'wrap it in a function such as rate(…) or max_over_time(…)',
    });
  }
  walkExpr(ast, (node) => {
    if (node.kind === 'vector') findings.push(...selectorLints(node, recorded));
    if (node.kind === 'call') findings.push(...callLints(node.func, node.args));
  });
  if (rule.type === 'alerting') findings.push(...conditionLints(ast));
  return findings;
}

function selectorLints(selector: VectorSelector, recorded: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  const name = nameOf(selector);
  const family = familyOf(name);
  if (
    name !== '' &&
    !knownMetrics.has(family) &&
    !recorded.has(name) &&
    OWN_PREFIXES.some((prefix) => name.startsWith(prefix))
  ) {
    const near = closest(name, [...knownMetrics.keys(), ...recorded]);
    findings.push({
      code: 'unknown-metric',
      message: `no metric is named ${name}`,
      fix: near === undefined ? 'the README of instrument lists the metrics' : `did you mean ${near}?`,
    });
  }
  const equal = selector.matchers.filter(({ operator }) => operator === '=');
  for (const matcher of selector.matchers) {
    const fixed = equal.find((other) => other !== matcher && other.name === matcher.name);
    if (fixed !== undefined && !matcher.matchesValue(fixed.value)) {
      findings.push({
        code: 'matcher-never-matches',
        message: `${matcher.toString()} and ${fixed.toString()} exclude each other: nothing is ever selected`,
        fix: `write one matcher, for example ${matcher.name}=~"${fixed.value}|${matcher.value}"`,
      });
      break;
    }
    if (matcher.operator === '=~' && !matcher.matchesEmpty && /^\(\?i\)$|^$/.test(matcher.value)) continue;
    if (matcher.operator === '=~' && /^\^|\$$/.test(matcher.value)) {
      findings.push({
        code: 'anchored-regex',
        message: `${matcher.toString()}: regular expressions are anchored at both ends anyway`,
        fix: 'leave ^ and $ out',
      });
    }
  }
  return findings;
}

function callLints(func: string, args: readonly Expr[]): Finding[] {
  const findings: Finding[] = [];
  if (functions.find(func)?.experimental === true) {
    findings.push({
      code: 'experimental-function',
      message: `${func}() is experimental: Prometheus refuses it unless it is switched on`,
      fix: 'start Prometheus with --enable-feature=promql-experimental-functions, or do without',
    });
  }
  for (const arg of args.map(unwrapParens)) {
    if (arg.kind !== 'matrix') continue;
    const name = nameOf(arg.selector);
    const type = typeOfName(name);
    if (RATES.has(func) && type === 'gauge') {
      findings.push({
        code: 'rate-over-gauge',
        message: `${func}() is for counters; ${name} is a gauge: every fall counts as a restart`,
        fix: func === 'increase' ? `write delta(${name}[…])` : `write deriv(${name}[…]) or delta(${name}[…])`,
      });
    }
    if (GAUGE_FUNCTIONS.has(func) && type === 'counter') {
      findings.push({
        code: 'delta-over-counter',
        message: `${func}() is for gauges; ${name} is a counter: a restart shows as a fall`,
        fix: func === 'delta' ? `write increase(${name}[…])` : `write rate(${name}[…])`,
      });
    }
    const range = millisOf(arg.range);
    if (RATES.has(func) && range !== undefined && range < 2 * SCRAPE_INTERVAL) {
      findings.push({
        code: 'short-window',
        message: `a window of ${range / 1000}s holds fewer than two samples where they come every 15s: ${func}() gives nothing`,
        fix: 'write at least four times the scrape interval, for example [1m]',
      });
    }
  }
  return findings;
}

/** Whether an alert's condition can be both true and false. */
function conditionLints(expr: Expr): Finding[] {
  const verdict = verdictOf(unwrapParens(expr));
  if (verdict === 'always') {
    return [
      {
        code: 'always-fires',
        message: 'the expression has a result whatever the values are: the alert always fires',
        fix: 'compare with a threshold: … > 0 (without bool)',
      },
    ];
  }
  if (verdict === 'never') {
    return [{ code: 'never-fires', message: 'the expression can never have a result: the alert never fires' }];
  }
  return [];
}

function verdictOf(expr: Expr): 'always' | 'never' | 'depends' {
  switch (expr.kind) {
    case 'number':
      return 'always';
    case 'vector':
      // ALERTS and their like are there only while something is wrong.
      return nameOf(expr) === 'ALERTS' || expr.matchers.length > 3 ? 'depends' : 'always';
    case 'paren':
    case 'unary':
      return verdictOf(expr.expr);
    case 'call':
      if (expr.func === 'vector' || expr.func === 'time') return 'always';
      if (expr.func.startsWith('absent') || expr.func.startsWith('label_') || expr.func.startsWith('sort'))
        return 'depends';
      return expr.args.length > 0 && expr.args.every((arg) => arg.kind === 'matrix' || arg.kind === 'number')
        ? 'always'
        : 'depends';
    case 'aggregate':
      return expr.op === 'topk' || expr.op === 'bottomk' ? 'depends' : verdictOf(unwrapParens(expr.expr));
    case 'binary':
      return binaryVerdict(expr);
    default:
      return 'depends';
  }
}

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);

function binaryVerdict(expr: Extract<Expr, { kind: 'binary' }>): 'always' | 'never' | 'depends' {
  const [left, right] = [unwrapParens(expr.left), unwrapParens(expr.right)];
  if (COMPARISONS.has(expr.op)) {
    // Between two numbers a comparison needs bool, and so gives 0 or 1: a result always.
    if (expr.bool) return 'always';
    const zero = right.kind === 'number' && right.value === 0;
    if (zero && expr.op === '==' && left.kind === 'aggregate' && left.op === 'count') return 'never';
    if (zero && (expr.op === '==' || expr.op === '<') && left.kind === 'call' && left.func.startsWith('absent'))
      return 'never';
    return 'depends';
  }
  if (expr.op === 'and' || expr.op === 'unless') return 'depends';
  if (expr.op === 'or') {
    const sides = [verdictOf(left), verdictOf(right)];
    return sides.includes('always') && left.kind !== 'vector' ? 'always' : 'depends';
  }
  return verdictOf(left) === 'always' && verdictOf(right) === 'always' ? 'always' : 'depends';
}

function typeOfName(name: string): 'counter' | 'gauge' | undefined {
  const known = knownMetrics.get(name);
  if (known === 'counter' || known === 'gauge') return known;
  if (/_(?:total|count|sum|bucket)$/.test(name)) return 'counter';
  return undefined;
}

function nameOf(selector: VectorSelector): string {
  return (
    selector.name ||
    (selector.matchers.find(({ name, operator }) => name === METRIC_NAME && operator === '=')?.value ?? '')
  );
}

function millisOf(duration: DurationExpr): Millis | undefined {
  return duration.op === 'literal' ? duration.millis : undefined;
}
