import { isAbsolute, join } from 'node:path';
import { systemClock } from '../../base/clock';
import { formatDuration } from '../../base/duration';
import { NotFoundError } from '../../base/errors';
import { conditionOf, describeRule, loadRuleFiles } from '../../rules';
import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';
import { StackClient } from '../stack-client';
import type { WireGroup, WireRule } from '../stack-client';

interface ExplainOptions {
  readonly file?: string[];
  readonly json?: boolean;
}

/** `telltale explain`: what a rule does, how near it is to firing, and when it is looked at next. */
export const explain = defineCommand({
  name: 'explain',
  doc: 'tells what a rule does, its current values against the threshold, and its state',
  example: 'telltale explain SlowInference',
  build: (verb, wrap) => {
    verb
      .argument('<rule>', 'the name of an alert or record')
      .option('--file <file...>', 'read the rule from files instead of asking the running stack')
      .option('--json', 'print as JSON')
      .action(wrap((environment, rule: string, options: ExplainOptions) => runExplain(environment, rule, options)));
  },
});

async function runExplain(environment: CommandEnvironment, name: string, options: ExplainOptions): Promise<ExitCode> {
  if (options.file !== undefined) return explainFiles(environment, name, options.file, options.json === true);
  const client = new StackClient(environment.stackUrl, environment.signal);
  const found = (await client.rules()).flatMap((group) =>
    group.rules.filter((rule) => rule.name === name).map((rule) => ({ group, rule })),
  );
  if (found.length === 0) throw new NotFoundError(`no rule is named "${name}"`);
  const explained = await Promise.all(
    found.map(async ({ group, rule }) => ({ group, rule, current: await client.instant(rule.measured ?? rule.query) })),
  );
  if (options.json === true) {
    const rows = explained.map(({ group, rule, current }) => ({
      ...rule,
      group: group.name,
      nextEvaluation: group.nextEvaluation,
      current: current.map(({ labels, value }) => ({ labels: labels.toRecord(), value })),
    }));
    environment.out(`${JSON.stringify(rows, undefined, 2)}\n`);
    return EXIT.ok;
  }
  for (const { group, rule, current } of explained) {
    printRule(environment, rule, group);
    environment.out(current.length === 0 ? '  now        no result\n' : '  now\n');
    for (const { labels, value } of [...current].sort((a, b) => b.value - a.value).slice(0, 20)) {
      environment.out(
        `    ${labels.toString()}  ${value}${rule.threshold === undefined ? '' : `  (threshold ${rule.threshold})`}\n`,
      );
    }
  }
  return EXIT.ok;
}

function printRule(environment: CommandEnvironment, rule: WireRule, group: WireGroup): void {
  const now = systemClock.now();
  const line = (key: string, value: string): void => environment.out(`  ${key.padEnd(11)}${value}\n`);
  environment.out(`${rule.name}  (${rule.file}:${rule.line}, group ${group.name})\n`);
  line('meaning', rule.explanation);
  line('PromQL', rule.query);
  if (rule.threshold !== undefined) line('threshold', rule.threshold);
  line(
    'state',
    [rule.state ?? rule.health, ...(rule.lastError === undefined ? [] : [`last error: ${rule.lastError}`])].join(', '),
  );
  for (const alert of rule.alerts ?? []) {
    line(
      '',
      `${alert.state} for ${formatDuration(Math.max(0, Math.round((now - alert.activeAt) / 1000) * 1000))}, value ${alert.value}`,
    );
  }
  if (group.nextEvaluation !== undefined) {
    line('next', `in ${formatDuration(Math.max(0, Math.round(group.nextEvaluation - now)))}`);
  }
}

function explainFiles(
  environment: CommandEnvironment,
  name: string,
  files: readonly string[],
  json: boolean,
): ExitCode {
  const { files: read } = loadRuleFiles(files.map((file) => (isAbsolute(file) ? file : join(environment.cwd, file))));
  const rules = read.flatMap(({ file, groups }) =>
    groups.flatMap((group) => group.rules.filter((rule) => rule.name === name).map((rule) => ({ file, group, rule }))),
  );
  if (rules.length === 0) throw new NotFoundError(`no rule is named "${name}" in ${files.join(', ')}`);
  for (const { file, group, rule } of rules) {
    const condition = conditionOf(rule);
    const threshold =
      rule.kind?.threshold ?? (condition === undefined ? undefined : `${condition.operator} ${condition.threshold}`);
    const facts = {
      name,
      file,
      line: rule.at.line,
      group: group.name,
      explanation: describeRule(rule),
      query: rule.expr,
      threshold,
    };
    if (json) environment.out(`${JSON.stringify(facts)}\n`);
    else {
      environment.out(`${name}  (${file}:${rule.at.line}, group ${group.name})\n`);
      environment.out(`  meaning    ${facts.explanation}\n  PromQL     ${facts.query}\n`);
      if (threshold !== undefined) environment.out(`  threshold  ${threshold}\n`);
    }
  }
  return EXIT.ok;
}
