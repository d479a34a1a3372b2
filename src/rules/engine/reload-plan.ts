import type { RuleGroup } from '../file/rule-file';
import type { ReloadPlan, RuleChange } from '../status';
import type { GroupRunner } from './group-runner';

/** What makes a group itself: equal texts mean that a reload leaves it alone. */
export function definitionOf(group: RuleGroup): string {
  return JSON.stringify([
    group.file,
    group.name,
    group.interval,
    group.queryOffset,
    group.limit,
    group.rules.map(ruleDefinitionOf),
  ]);
}

function ruleDefinitionOf(rule: RuleGroup['rules'][number]): unknown[] {
  const common = [rule.type, rule.name, rule.expr, [...rule.labels]];
  if (rule.type === 'recording') return common;
  const annotations = rule.annotations.map(({ name, template }) => [name, template.text]);
  return [...common, rule.holdFor, rule.keepFiringFor, annotations];
}

/** What replacing the running groups by `groups` does. */
export function planReload(runners: ReadonlyMap<string, GroupRunner>, groups: readonly RuleGroup[]): ReloadPlan {
  const added: RuleChange[] = [];
  const changed: RuleChange[] = [];
  const removed: RuleChange[] = [];
  let unchanged = 0;
  const kept = new Set<string>();
  for (const group of groups) {
    const key = `${group.file};${group.name}`;
    kept.add(key);
    const runner = runners.get(key);
    if (runner !== undefined && definitionOf(runner.group) === definitionOf(group)) {
      unchanged += group.rules.length;
      continue;
    }
    const old = [...(runner?.evaluator.rules ?? [])];
    for (const rule of group.rules) {
      const at = old.findIndex(({ evaluator }) => isSameRule(evaluator.rule, rule));
      const place = { file: group.file, group: group.name, rule: rule.name };
      if (at < 0) {
        added.push({ ...place, effect: '' });
        continue;
      }
      const [match] = old.splice(at, 1);
      if (match === undefined) continue;
      if (JSON.stringify(ruleDefinitionOf(match.evaluator.rule)) === JSON.stringify(ruleDefinitionOf(rule)))
        unchanged++;
      else changed.push({ ...place, effect: effectOf(match.evaluator, 'kept') });
    }
    for (const { evaluator } of old) {
      removed.push({
        file: group.file,
        group: group.name,
        rule: evaluator.rule.name,
        effect: effectOf(evaluator, 'resolved'),
      });
    }
  }
  for (const [key, runner] of runners) {
    if (kept.has(key)) continue;
    for (const { evaluator } of runner.evaluator.rules) {
      const { file, name: group } = runner.group;
      removed.push({ file, group, rule: evaluator.rule.name, effect: effectOf(evaluator, 'resolved') });
    }
  }
  return { added, changed, removed, unchanged };
}

/** Whether alerts pass from one rule to the other at a reload: by name and labels. */
export function isSameRule(a: RuleGroup['rules'][number], b: RuleGroup['rules'][number]): boolean {
  return (
    a.type === b.type &&
    a.name === b.name &&
    a.labels.size === b.labels.size &&
    [...a.labels].every(([name, value]) => b.labels.get(name) === value)
  );
}

function effectOf(
  evaluator: GroupRunner['evaluator']['rules'][number]['evaluator'],
  fate: 'kept' | 'resolved',
): string {
  if (!('alerts' in evaluator)) return '';
  const count = (state: string): number => evaluator.alerts.filter((alert) => alert.state === state).length;
  const parts: string[] = [];
  const [firing, pending] = [count('firing'), count('pending')];
  const verb = (n: number): string => (n === 1 ? 'is' : 'are');
  if (firing > 0) parts.push(`${firing} firing ${firing === 1 ? 'alert' : 'alerts'} ${verb(firing)} ${fate}`);
  if (pending > 0) {
    parts.push(
      `${pending} pending ${pending === 1 ? 'alert' : 'alerts'} ${verb(pending)} ${fate === 'kept' ? 'kept' : 'dropped'}`,
    );
  }
  return parts.join(', ');
}
