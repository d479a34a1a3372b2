import { stringify } from 'yaml';
import { formatDuration } from '../../base/duration';
import { functions, walkExpr } from '../../promql';
import { compareProblems } from '../problem';
import type { Problem } from '../problem';
import type { Rule, RuleFile, RuleGroup } from './rule-file';

/** A rule file as Prometheus reads it, and what of it does not carry over. */
export interface PrometheusExport {
  readonly yaml: string;
  readonly report: readonly Problem[];
}

/** Writes groups in Prometheus' format, the high-level kinds as the PromQL they stand for. */
export function exportPrometheus(files: readonly RuleFile[]): PrometheusExport {
  const report: Problem[] = [];
  const taken = new Set<string>();
  const groups = files.flatMap(({ groups: own }) =>
    own.map((group) => {
      const name = uniqueName(group.name, taken);
      if (name !== group.name)
        report.push(
          note(
            group,
            undefined,
            'renamed-group',
            `two files have a group "${group.name}"; this one is written as "${name}"`,
          ),
        );
      report.push(...group.rules.flatMap((rule) => notesOn(group, rule)));
      return toYamlGroup(group, name);
    }),
  );
  return {
    yaml: stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false }),
    report: report.sort(compareProblems),
  };
}

function toYamlGroup(group: RuleGroup, name: string): unknown {
  return {
    name,
    ...(group.interval === undefined ? {} : { interval: formatDuration(group.interval) }),
    ...(group.queryOffset === undefined ? {} : { query_offset: formatDuration(group.queryOffset) }),
    ...(group.limit === 0 ? {} : { limit: group.limit }),
    rules: group.rules.map(toYamlRule),
  };
}

function toYamlRule(rule: Rule): unknown {
  const labels = rule.labels.size === 0 ? {} : { labels: Object.fromEntries(rule.labels) };
  if (rule.type === 'recording') return { record: rule.name, expr: rule.expr, ...labels };
  const annotations = Object.fromEntries(
    rule.annotations.map(({ name, template }) => [name, carried(template.text, rule)]),
  );
  return {
    alert: rule.name,
    expr: rule.expr,
    ...(rule.holdFor === 0 ? {} : { for: formatDuration(rule.holdFor) }),
    ...(rule.keepFiringFor === 0 ? {} : { keep_firing_for: formatDuration(rule.keepFiringFor) }),
    ...labels,
    ...(rule.annotations.length === 0 ? {} : { annotations }),
  };
}

/** Our own template fields, as the texts they stand for. */
function carried(text: string, rule: Rule): string {
  return text
    .replace(/\{\{-?\s*\.Threshold\s*-?\}\}/g, rule.kind?.threshold ?? '')
    .replace(/\{\{-?\s*\.Expr\s*-?\}\}/g, () => `{{ ${JSON.stringify(rule.expr)} }}`);
}

function notesOn(group: RuleGroup, rule: Rule): Problem[] {
  const found: Problem[] = [];
  if (rule.kind !== undefined) {
    found.push(
      note(
        group,
        rule,
        'kind-compiled',
        `${rule.kind.name} is written as PromQL; thresholds in human units, contributors and traces stay here`,
      ),
    );
  }
  walkExpr(rule.ast, (node) => {
    if (node.kind === 'call' && functions.find(node.func)?.experimental === true) {
      found.push(
        note(
          group,
          rule,
          'experimental-function',
          `${node.func}() needs --enable-feature=promql-experimental-functions`,
        ),
      );
    }
  });
  if (rule.type === 'alerting' && rule.holdFor === 0 && rule.keepFiringFor === 0) {
    found.push(
      note(group, rule, 'push-evaluation', 'Prometheus evaluates it at its interval only, not as data come in'),
    );
  }
  if (rule.type === 'alerting') {
    for (const { name, template } of [...rule.labelTemplates, ...rule.annotations]) {
      if (/\.(?:Threshold|Expr)\b/.test(carried(template.text, rule))) {
        found.push(
          note(
            group,
            rule,
            'own-template-field',
            `${name} uses .Threshold or .Expr in a way that Prometheus cannot fill in`,
          ),
        );
      }
    }
  }
  return found;
}

function note(group: RuleGroup, rule: Rule | undefined, code: string, message: string): Problem {
  const at = rule?.at ?? group.at;
  return {
    severity: 'warning',
    code,
    file: group.file,
    line: at.line,
    column: at.column,
    message,
    group: group.name,
    ...(rule === undefined ? {} : { rule: rule.name }),
  };
}

function uniqueName(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let count = 2; taken.has(candidate); count++) candidate = `${name} ${count}`;
  taken.add(candidate);
  return candidate;
}
