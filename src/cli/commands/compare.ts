import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { commandClock } from '../../base/clock';
import { parseDuration } from '../../base/duration';
import { BadInputError } from '../../base/errors';
import { compareSides, DEFAULT_SETTINGS, readMeasurements, renderComparison } from '../../reports';
import type { Comparison } from '../../reports';
import { readFromStack, StackUnreachableError } from '../ask-stack';
import { defineCommand, EXIT } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';

interface CompareOptions {
  readonly baseline: string;
  readonly candidate: string;
  readonly last: string;
  readonly alpha: string;
  readonly minEffect: string;
  readonly json?: boolean;
}

/** `telltale compare`: is the candidate worse than the baseline? Exit code 1 when it is. */
export const compare = defineCommand({
  name: 'compare',
  doc: 'judges whether one version, commit, model or time range is worse than another',
  example: 'telltale compare --baseline version:1.4.0 --candidate version:1.5.0',
  build: (verb, wrap) => {
    verb
      .requiredOption(
        '--baseline <side>',
        'version:X, commit:X, model:X, a time range from..to (ISO 8601 or back from now: 2d..1d), or a file of measurements',
      )
      .requiredOption('--candidate <side>', 'the same for what is judged')
      .option('--last <duration>', 'where to look for versions, commits and models', '7d')
      .option('--alpha <share>', 'share of false verdicts among those given', String(DEFAULT_SETTINGS.alpha))
      .option('--min-effect <share>', 'smaller relative changes are no matter', String(DEFAULT_SETTINGS.minEffect))
      .option('--json', 'print JSON')
      .addHelpText(
        'after',
        '\nExit codes: 0 no regression, 1 a regression, 2 wrong use.\nFiles hold a JSON array or a line each: a number, or {"value": 12.5, "name": …, "measure": …, "t": …, "traceId": …}.',
      )
      .action(wrap((environment, options: CompareOptions) => run(environment, options)));
  },
});

async function run(environment: CommandEnvironment, options: CompareOptions): Promise<ExitCode> {
  const files = [options.baseline, options.candidate].map((side) => resolve(environment.cwd, side));
  const there = files.map((path) => existsSync(path));
  if (there[0] !== there[1])
    throw new BadInputError('a file can be compared with a file only: give two files, or two sides of what is stored');
  const comparison = there[0] === true ? await compareFiles(files, options) : await compareStored(environment, options);
  environment.out(options.json === true ? `${JSON.stringify(comparison, null, 2)}\n` : renderComparison(comparison));
  return comparison.verdict === 'regression' ? EXIT.findings : EXIT.ok;
}

async function compareFiles(
  [before = '', after = '']: readonly string[],
  options: CompareOptions,
): Promise<Comparison> {
  return compareSides(
    readMeasurements(await readFile(before, 'utf8'), options.baseline),
    readMeasurements(await readFile(after, 'utf8'), options.candidate),
    { alpha: share('--alpha', options.alpha), minEffect: share('--min-effect', options.minEffect) },
  );
}

async function compareStored(environment: CommandEnvironment, options: CompareOptions): Promise<Comparison> {
  const end = commandClock.now();
  const parameters = new URLSearchParams({
    baseline: options.baseline,
    candidate: options.candidate,
    from: String(end - parseDuration(options.last)),
    to: String(end),
    alpha: String(share('--alpha', options.alpha)),
    minEffect: String(share('--min-effect', options.minEffect)),
  });
  const path = `/api/stack/reports/compare?${parameters.toString()}`;
  const body: unknown = JSON.parse(await readFromStack(environment, path));
  if (!isComparison(body)) throw new StackUnreachableError(`${environment.stackUrl} gave no comparison`);
  return body;
}

function isComparison(body: unknown): body is Comparison {
  return typeof body === 'object' && body !== null && 'verdict' in body && 'findings' in body;
}

/** @throws BadInputError */
function share(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new BadInputError(`${option} is "${text}": expecting a number between 0 and 1`);
  return value;
}
