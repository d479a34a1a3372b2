import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { commandClock } from '../../base/clock';
import { parseDuration } from '../../base/duration';
import { BadInputError } from '../../base/errors';
import { readFromStack } from '../ask-stack';
import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';

interface ReportVerbOptions {
  readonly last: string;
  readonly from?: string;
  readonly to?: string;
  readonly html?: string;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

/** `telltale report`: what was slow, what changed, what it cost. */
export const report = defineCommand({
  name: 'report',
  doc: 'reports what was slow, what changed since the period before, and what it cost',
  example: 'telltale report --last 7d --html report.html',
  build: (verb, wrap) => {
    verb
      .option('--last <duration>', 'the period that ends now', '1d')
      .option('--from <time>', 'start of the period (ISO 8601)')
      .option('--to <time>', 'end of the period (ISO 8601); now without')
      .option('--html <file>', 'write a page that stands alone')
      .option('--markdown', 'print Markdown')
      .option('--json', 'print JSON')
      .action(wrap((environment, options: ReportVerbOptions) => run(environment, options)));
  },
});

async function run(environment: CommandEnvironment, options: ReportVerbOptions): Promise<ExitCode> {
  const end = options.to === undefined ? commandClock.now() : instant(options.to);
  const start = options.from === undefined ? end - parseDuration(options.last) : instant(options.from);
  const format =
    options.html !== undefined
      ? 'html'
      : options.json === true
        ? 'json'
        : options.markdown === true
          ? 'markdown'
          : 'terminal';
  const path = `/api/stack/reports?from=${Math.round(start)}&to=${Math.round(end)}&format=${format}`;
  const text = await readFromStack(environment, path);
  if (options.html === undefined) environment.out(text);
  else {
    await writeFile(resolve(environment.cwd, options.html), text);
    environment.out(`written to ${options.html}\n`);
  }
  return EXIT.ok;
}

/** @throws BadInputError */
function instant(text: string): number {
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new BadInputError(`"${text}" is not a time; write for example 2026-11-24T20:00:00Z`);
  return parsed;
}
