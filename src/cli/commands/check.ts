import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';
import { problemsToSarif } from '../render/sarif';
import { rulePaths } from '../rule-paths';
import { compareProblems, formatProblem, lintRules, loadRuleFiles } from '../../rules';
import type { LoadedRules, Problem } from '../../rules';

interface CheckOptions {
  readonly errorsOnly?: boolean;
  readonly json?: boolean;
  readonly sarif?: boolean;
}

/** `telltale check`: whether rule files can be used, and what their authors may not have meant. */
export const check = defineCommand({
  name: 'check',
  doc: 'checks rule files: syntax, meaning, and what their author may not have meant',
  example: 'telltale check alerts/*.yml',
  build: (verb, wrap) => {
    verb
      .argument('<file...>', 'rule files, patterns of them, or folders')
      .option('--errors-only', 'only what keeps a file from being used')
      .option('--json', 'print the findings as JSON')
      .option('--sarif', 'print the findings as SARIF 2.1.0, for code scanning')
      .action(wrap((environment, files: string[], options: CheckOptions) => runCheck(environment, files, options)));
  },
});

function runCheck(environment: CommandEnvironment, files: readonly string[], options: CheckOptions): Promise<ExitCode> {
  const loaded = loadRuleFiles(rulePaths(environment.cwd, files, '.yml'));
  const all = [...loaded.problems, ...(options.errorsOnly === true ? [] : lintRules(loaded.files))]
    .filter(({ severity }) => options.errorsOnly !== true || severity === 'error')
    .sort(compareProblems);
  if (options.sarif === true) environment.out(`${JSON.stringify(problemsToSarif(all), undefined, 2)}\n`);
  else if (options.json === true) environment.out(`${JSON.stringify(toJson(loaded, all), undefined, 2)}\n`);
  else print(environment, loaded, all);
  return Promise.resolve(all.some(({ severity }) => severity === 'error') ? EXIT.findings : EXIT.ok);
}

function toJson(loaded: LoadedRules, problems: readonly Problem[]): unknown {
  return {
    files: loaded.files.map(({ file, groups, problems: own }) => ({
      file,
      groups: groups.length,
      rules: groups.reduce((sum, { rules }) => sum + rules.length, 0),
      usable: !own.some(({ severity }) => severity === 'error'),
    })),
    problems,
    usable: loaded.usable,
  };
}

function print(environment: CommandEnvironment, loaded: LoadedRules, problems: readonly Problem[]): void {
  for (const problem of problems) {
    environment.out(`${problem.severity}: ${formatProblem(problem)}\n`);
    if (problem.fix !== undefined) environment.out(`    ${problem.fix}\n`);
  }
  for (const { file, groups, problems: own } of loaded.files) {
    const count = groups.reduce((sum, { rules }) => sum + rules.length, 0);
    const errors = own.filter(({ severity }) => severity === 'error').length;
    environment.out(
      errors > 0
        ? `${file}: FAILED, ${errors} ${errors === 1 ? 'error' : 'errors'}\n`
        : `${file}: ${count} rules found\n`,
    );
  }
}
