import { writeFileSync } from 'node:fs';
import { systemClock } from '../../base/clock';
import { BadInputError, messageOf } from '../../base/errors';
import { coverageOf, readTestFile, runTestFile, unreadable } from '../../rules';
import type { RuleCoverage, TestFile, TestFileOutcome } from '../../rules';
import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';
import { PlayedNotificationTester } from '../notification-tester';
import { testsToJunit } from '../render/junit';
import { rulePaths } from '../rule-paths';

interface TestOptions {
  readonly run?: string[];
  readonly junit?: string;
  readonly json?: boolean;
  readonly coverage?: boolean;
  readonly coverageThreshold?: string;
  readonly updateSnapshots?: boolean;
}

/** `telltale test`: runs unit tests of rules in promtool's format, and of what becomes of their alerts. */
export const test = defineCommand({
  name: 'test',
  doc: "runs unit tests of rules, in promtool's format",
  example: 'telltale test alerts/tests/*.test.yml --coverage',
  build: (verb, wrap) => {
    verb
      .argument('<file...>', 'test files, patterns of them, or folders')
      .option('--run <pattern...>', 'only tests whose name matches')
      .option('--junit <file>', 'write the outcome as JUnit XML')
      .option('--json', 'print the outcome as JSON')
      .option('--coverage', 'tell which rules no test looks at')
      .option('--coverage-threshold <percent>', 'fail below this share of covered rules')
      .option('--update-snapshots', 'write the payload snapshots of notification tests anew')
      .action(wrap((environment, files: string[], options: TestOptions) => runTests(environment, files, options)));
  },
});

async function runTests(
  environment: CommandEnvironment,
  patterns: readonly string[],
  options: TestOptions,
): Promise<ExitCode> {
  const threshold = options.coverageThreshold === undefined ? 0 : Number(options.coverageThreshold);
  if (!(threshold >= 0 && threshold <= 100)) throw new BadInputError('--coverage-threshold must be between 0 and 100');
  const chosen = (options.run ?? []).map((pattern) => new RegExp(pattern));
  const isChosen = (name: string): boolean => chosen.length === 0 || chosen.some((pattern) => pattern.test(name));
  const files = rulePaths(environment.cwd, patterns, '.test.yml');
  const read = files.map(readOrExplain);
  const outcomes: TestFileOutcome[] = [];
  const updateSnapshots = options.updateSnapshots === true;
  const notifications = new PlayedNotificationTester({ cwd: environment.cwd, updateSnapshots });
  for (const file of read) {
    const outcome = await runTestFile(file, { clock: systemClock, notifications }, isChosen);
    outcomes.push(outcome);
    if (options.json !== true) print(environment, file, outcome);
  }
  const coverage = coverageOf(
    outcomes.map(({ rules }, index) => ({
      rules,
      tests: (read[index]?.tests ?? []).filter(({ name }) => isChosen(name)),
    })),
  );
  const percent = coverage.total === 0 ? 100 : (coverage.covered / coverage.total) * 100;
  if (options.json === true) environment.out(`${JSON.stringify(toJson(outcomes, coverage), undefined, 2)}\n`);
  else if (options.coverage === true || threshold > 0) printCoverage(environment, coverage, percent);
  if (options.junit !== undefined) writeFileSync(options.junit, testsToJunit(outcomes));
  return outcomes.every(({ passed }) => passed) && percent >= threshold ? EXIT.ok : EXIT.findings;
}

function readOrExplain(file: string): TestFile {
  try {
    return readTestFile(file);
  } catch (error) {
    const problems = [unreadable(file, messageOf(error))];
    return {
      file,
      ruleFiles: [],
      evaluationInterval: 0,
      groupEvalOrder: [],
      fuzzyCompare: false,
      tests: [],
      problems,
    };
  }
}

function print(environment: CommandEnvironment, file: TestFile, outcome: TestFileOutcome): void {
  environment.out(`Unit Testing:  ${outcome.file}\n`);
  for (const { severity, message } of file.problems)
    if (severity === 'warning') environment.err(`  WARNING: ${message}\n`);
  if (outcome.passed) {
    environment.out(`  SUCCESS\n\n`);
    return;
  }
  environment.out('  FAILED:\n');
  for (const problem of outcome.problems) environment.out(`    ${problem}\n`);
  for (const { name, failures } of outcome.tests) {
    for (const failure of failures) environment.out(`    name: ${name}, ${failure.replaceAll('\n', '\n    ')}\n\n`);
  }
}

function toJson(outcomes: readonly TestFileOutcome[], coverage: RuleCoverage): unknown {
  return {
    files: outcomes.map(({ file, passed, problems, tests }) => ({ file, passed, problems, tests })),
    coverage,
    passed: outcomes.every(({ passed }) => passed),
  };
}

function printCoverage(environment: CommandEnvironment, coverage: RuleCoverage, percent: number): void {
  environment.out(`Rule test coverage: ${coverage.covered}/${coverage.total} covered (${percent.toFixed(1)}%)\n`);
  for (const { file, group, type, rule } of coverage.untested) {
    environment.out(`  untested: ${file} group "${group}" ${type === 'alerting' ? 'alert' : 'record'}: ${rule}\n`);
  }
}
