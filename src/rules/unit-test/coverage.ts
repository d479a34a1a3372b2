import { ALERT_NAME } from '../../domain/alert';
import { METRIC_NAME } from '../../domain/labels';
import type { Matcher } from '../../domain/matcher';
import { parseExpr, selectorsOf } from '../../promql';
import type { LoadedRules } from '../file/load-rule-files';
import type { Rule } from '../file/rule-file';
import type { TestGroup } from './test-file';

/** Which rules the tests look at. */
export interface RuleCoverage {
  readonly covered: number;
  readonly total: number;
  readonly untested: readonly {
    readonly file: string;
    readonly group: string;
    readonly rule: string;
    readonly type: Rule['type'];
  }[];
}

/**
 * Counts the rules that some test asserts on: an alert by an alert_rule_test of its name or a selector of its ALERTS, a
 * recording rule by a selector of its series; an alert also by a notification_test that expects it.
 */
export function coverageOf(
  runs: readonly { readonly rules: LoadedRules; readonly tests: readonly TestGroup[] }[],
): RuleCoverage {
  const seen = new Map<string, { covered: boolean; file: string; group: string; rule: string; type: Rule['type'] }>();
  for (const { rules, tests } of runs) {
    const alerts = new Set(tests.flatMap(alertsOf));
    const selectors = tests.flatMap(({ promqlExprTests }) => promqlExprTests.flatMap(({ expr }) => selectorsIn(expr)));
    for (const { file, groups } of rules.files) {
      for (const { name: group, rules: list } of groups) {
        for (const rule of list) {
          const labels = JSON.stringify([...rule.labels]);
          const key = JSON.stringify([file, group, rule.type, rule.name, labels, rule.expr]);
          const covered =
            rule.type === 'alerting'
              ? alerts.has(rule.name) || selectors.some((matchers) => selectsAlert(rule, matchers))
              : selectors.some((matchers) => selectsSeries(rule, matchers));
          const known = seen.get(key);
          seen.set(key, { covered: covered || known?.covered === true, file, group, rule: rule.name, type: rule.type });
        }
      }
    }
  }
  const all = [...seen.values()];
  return {
    covered: all.filter(({ covered }) => covered).length,
    total: all.length,
    untested: all.filter(({ covered }) => !covered).map(({ file, group, rule, type }) => ({ file, group, rule, type })),
  };
}

function alertsOf({ alertRuleTests, notificationTests }: TestGroup): string[] {
  const told = notificationTests.flatMap(({ expected }) => expected.flatMap(({ alerts }) => alerts ?? []));
  return [
    ...alertRuleTests.map(({ alertname }) => alertname),
    ...told.flatMap(({ labels }) => labels[ALERT_NAME] ?? []),
  ];
}

function selectorsIn(expr: string): (readonly Matcher[])[] {
  try {
    return selectorsOf(parseExpr(expr)).map(({ matchers }) => matchers);
  } catch {
    return [];
  }
}

function selectsSeries(rule: Rule, matchers: readonly Matcher[]): boolean {
  const name = matchers.find((matcher) => matcher.name === METRIC_NAME);
  return name !== undefined && name.matchesValue(rule.name) && compatible(rule, matchers);
}

function selectsAlert(rule: Rule, matchers: readonly Matcher[]): boolean {
  const name = matchers.find((matcher) => matcher.name === METRIC_NAME);
  if (name === undefined || !(name.matchesValue('ALERTS') || name.matchesValue('ALERTS_FOR_STATE'))) return false;
  const alertname = matchers.find((matcher) => matcher.name === 'alertname');
  return alertname !== undefined && alertname.matchesValue(rule.name) && compatible(rule, matchers);
}

function compatible(rule: Rule, matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => {
    const value = rule.labels.get(matcher.name);
    return matcher.name === METRIC_NAME || value === undefined || matcher.matchesValue(value);
  });
}
