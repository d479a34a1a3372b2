import type { EpochMillis, Millis } from '../../base/clock';
import type { AlertDetails } from '../../domain/alert';
import type { Labels } from '../../domain/labels';
import { Matcher } from '../../domain/matcher';
import { selectorsOf } from '../../promql';
import type { SeriesReader } from '../../storage';
import type { ActiveAlert } from '../evaluation/alerting-evaluator';
import { queryVector, withoutName } from '../evaluation/rule-query';
import type { RuleQueryEngine } from '../evaluation/rule-query';
import type { AlertingRule } from '../file/rule-file';
import { conditionOf } from '../words/condition';

/** At most so many contributors and traces are told. */
const CONTRIBUTORS = 5;
const TRACES = 3;
const EXEMPLAR_WINDOW: Millis = 600_000;

/** Finds what a person wants to know of an alert that begins to fire: what is behind it and traces that show it. */
export async function describeAlert(
  rule: AlertingRule,
  alert: ActiveAlert,
  at: EpochMillis,
  engine: RuleQueryEngine,
  series: Pick<SeriesReader, 'exemplars'>,
): Promise<AlertDetails> {
  const [contributors, traceIds] = await Promise.all([
    contributorsOf(rule, alert, at, engine).catch(() => []),
    tracesOf(rule, alert, at, series).catch(() => []),
  ]);
  return {
    ...alert.details,
    query: rule.expr,
    ...thresholdOf(rule),
    ...(contributors.length > 0 ? { contributors } : {}),
    ...(traceIds.length > 0 ? { traceIds } : {}),
  };
}

/** The threshold in the units it is written in; of PromQL the number it ends in. */
function thresholdOf(rule: AlertingRule): Pick<AlertDetails, 'threshold'> {
  if (rule.kind !== undefined) return rule.kind.threshold === undefined ? {} : { threshold: rule.kind.threshold };
  const condition = conditionOf(rule);
  return condition === undefined ? {} : { threshold: String(condition.threshold) };
}

/**
 * What the rule measures for an alert that has ended, without the comparison: the value it came down to. Undefined where the
 * rule does not end in a comparison with a number, or nothing is measured any more.
 */
export async function valueAtEnd(
  rule: AlertingRule,
  alert: Pick<ActiveAlert, 'labels'>,
  at: EpochMillis,
  engine: RuleQueryEngine,
): Promise<number | undefined> {
  const measured = rule.kind?.measured ?? conditionOf(rule)?.measured;
  if (measured === undefined) return undefined;
  try {
    const samples = await queryVector(engine, measured, at);
    const own = samples.filter(({ labels }) => isOf(withoutName(labels), alert.labels, rule.labels));
    return own.length === 1 ? own[0]?.value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a result's labels, where the rule leaves them as they are, are the alert's. */
function isOf(labels: Labels, alert: Labels, overridden: ReadonlyMap<string, string>): boolean {
  return [...labels].every(([name, value]) => overridden.has(name) || alert.get(name) === value);
}

async function contributorsOf(
  rule: AlertingRule,
  alert: ActiveAlert,
  at: EpochMillis,
  engine: RuleQueryEngine,
): Promise<NonNullable<AlertDetails['contributors']>> {
  const expr = rule.kind?.contributors;
  if (expr === undefined) return [];
  const samples = await queryVector(engine, expr, at);
  return samples
    .filter(({ labels, value }) => !Number.isNaN(value) && agrees(labels, alert.labels))
    .sort((a, b) => b.value - a.value)
    .slice(0, CONTRIBUTORS)
    .map(({ labels, value }) => ({ labels: withoutName(labels).toRecord(), value }));
}

/** Whether the labels that both sets have are equal. */
function agrees(a: Labels, b: Labels): boolean {
  return [...a].every(([name, value]) => !b.has(name) || b.get(name) === value);
}

async function tracesOf(
  rule: AlertingRule,
  alert: ActiveAlert,
  at: EpochMillis,
  series: Pick<SeriesReader, 'exemplars'>,
): Promise<string[]> {
  const selectors = selectorsOf(rule.ast).map(({ matchers }) => [
    ...matchers.filter((matcher) => matcher.name !== 'le'),
    ...[...alert.labels]
      .filter(([name]) => name !== 'alertname' && !rule.labels.has(name) && !matchers.some((m) => m.name === name))
      .map(([name, value]) => new Matcher(name, '=', value)),
  ]);
  if (selectors.length === 0) return [];
  const found = await series.exemplars(selectors, at - EXEMPLAR_WINDOW, at);
  const newest = found
    .flatMap(({ exemplars }) => exemplars)
    .sort((a, b) => b.value - a.value || b.t - a.t)
    .map(({ labels }) => labels.get('trace_id'))
    .filter((id) => id !== '');
  return [...new Set(newest)].slice(0, TRACES);
}
