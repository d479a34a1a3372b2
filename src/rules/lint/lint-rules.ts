import type { Rule, RuleFile, RuleGroup } from '../file/rule-file';
import type { Problem } from '../problem';
import { expressionLints } from './expression-lints';
import type { Finding } from './finding';
import { canHave, outputLabels } from './output-labels';

/** Series older than this do not count as current. */
const LOOKBACK = 300_000;

/** What the authors of usable rules may not have meant; all warnings. */
export function lintRules(files: readonly RuleFile[]): Problem[] {
  const recorded = new Set(
    files.flatMap(({ groups }) =>
      groups.flatMap(({ rules }) => rules.flatMap((rule) => (rule.type === 'recording' ? [rule.name] : []))),
    ),
  );
  const seen = new Map<string, string>();
  return files.flatMap(({ groups }) =>
    groups.flatMap((group) => [
      ...groupFindings(group).map((finding) => toProblem(finding, group)),
      ...group.rules.flatMap((rule) =>
        [
          ...expressionLints(rule, recorded),
          ...(rule.type === 'alerting' ? alertLints(rule) : []),
          ...duplicateLints(rule, group, seen),
        ].map((finding) => toProblem(finding, group, rule)),
      ),
    ]),
  );
}

function groupFindings(group: RuleGroup): Finding[] {
  const records = group.rules.some(({ type }) => type === 'recording');
  if (group.interval === undefined || group.interval <= LOOKBACK || !records) return [];
  return [
    {
      code: 'long-interval',
      message: 'the interval is longer than 5m: between evaluations, recorded series are taken for gone',
      fix: 'write an interval of at most 2m',
    },
  ];
}

function alertLints(rule: Extract<Rule, { type: 'alerting' }>): Finding[] {
  const findings: Finding[] = [];
  const watchdog = rule.name === 'Watchdog' || rule.expr.trim() === 'vector(1)';
  if (rule.holdFor === 0 && rule.kind === undefined && !watchdog) {
    findings.push({
      code: 'missing-for',
      message: 'without for: the alert fires at the first evaluation that finds something',
      fix: 'write for: 2m, or for: 0s with keep_firing_for: 5m if that is what you want',
    });
  }
  if (!rule.labels.has('severity')) {
    findings.push({
      code: 'missing-severity',
      message: 'the alert has no severity label',
      fix: 'write labels: {severity: warning}',
    });
  }
  if (!rule.annotations.some(({ name }) => name === 'summary' || name === 'message' || name === 'title')) {
    findings.push({
      code: 'missing-summary',
      message: 'the alert has no summary: whoever is woken by it sees only labels',
      fix: 'write annotations: {summary: …}',
    });
  }
  const labels = outputLabels(rule.ast);
  for (const { name, template } of [...rule.labelTemplates, ...rule.annotations]) {
    for (const [, label = ''] of template.text.matchAll(/(?:\$labels|\.Labels)\.([a-zA-Z_]\w*)/g)) {
      if (canHave(labels, label) || label === '__name__' || rule.kind !== undefined) continue;
      // Of query results, .Labels means something else.
      if (/\bquery\b/.test(template.text) && !template.text.includes(`$labels.${label}`)) continue;
      findings.push({
        code: 'label-never-present',
        message: `${name} uses $labels.${label}, but the expression's results never have that label`,
        fix: `add ${label} to by (…) in the expression, or leave it out of the text`,
      });
    }
  }
  return findings;
}

function duplicateLints(rule: Rule, group: RuleGroup, seen: Map<string, string>): Finding[] {
  const key = JSON.stringify([rule.type, rule.name, [...rule.labels].sort(), rule.expr]);
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, `${group.file}:${rule.at.line}`);
    return [];
  }
  return [{ code: 'duplicate-rule', message: `the same rule stands at ${first} already`, fix: 'remove one of them' }];
}

function toProblem(finding: Finding, group: RuleGroup, rule?: Rule): Problem {
  const at = rule === undefined ? group.at : finding.code.startsWith('missing') ? rule.at : rule.exprAt;
  return {
    severity: 'warning',
    file: group.file,
    line: at.line,
    column: at.column,
    group: group.name,
    ...(rule === undefined ? {} : { rule: rule.name }),
    ...finding,
  };
}
