import { writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { exportPrometheus, formatProblem, loadRuleFiles } from '../../rules';
import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode, Wrap } from '../command';
import { rulePaths } from '../rule-paths';
import type { Command } from 'commander';

interface ExportOptions {
  readonly output?: string;
}

/** Declares one target of `telltale export`. */
export type ExportTarget = (verb: Command, wrap: Wrap) => void;

/** `telltale export prometheus`: rule groups that Prometheus reads and evaluates the same. */
export const exportPrometheusTarget: ExportTarget = (verb, wrap) => {
  verb
    .command('prometheus')
    .description("rule files in Prometheus' format; what does not carry over goes to standard error")
    .argument('<file...>', 'rule files, or patterns of them')
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .action(wrap((environment, files: string[], options: ExportOptions) => runPrometheus(environment, files, options)));
};

/** `telltale export`, with the given targets. */
export const exportWith = (targets: readonly ExportTarget[]): ReturnType<typeof defineCommand> =>
  defineCommand({
    name: 'export',
    doc: 'writes rules or routing in the format of Prometheus or Alertmanager',
    example: 'telltale export prometheus alerts/*.yml -o prometheus-rules.yml',
    build: (verb, wrap) => {
      for (const target of targets) target(verb, wrap);
    },
  });

function runPrometheus(
  environment: CommandEnvironment,
  files: readonly string[],
  options: ExportOptions,
): Promise<ExitCode> {
  const loaded = loadRuleFiles(rulePaths(environment.cwd, files, '.yml'));
  const errors = loaded.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    for (const error of errors) environment.err(`${formatProblem(error)}\n`);
    return Promise.resolve(EXIT.findings);
  }
  const { yaml, report } = exportPrometheus(loaded.files);
  for (const problem of report) environment.err(`${formatProblem(problem)}\n`);
  if (options.output === undefined) environment.out(yaml);
  else writeFileSync(isAbsolute(options.output) ? options.output : join(environment.cwd, options.output), yaml);
  return Promise.resolve(EXIT.ok);
}
