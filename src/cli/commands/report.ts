import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { commandClock } from '../../base/clock';
import { parseDuration } from '../../base/duration';
import { BadInputError } from '../../base/errors';
import type { ScheduleStatus } from '../../reports';
import { postToStack, readFromStack, StackUnreachableError } from '../ask-stack';
import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';

interface ReportVerbOptions {
  readonly last: string;
  readonly from?: string;
  readonly to?: string;
  readonly compare: boolean;
  readonly sections?: string;
  readonly html?: string;
  readonly markdown?: boolean;
  readonly json?: boolean;
  readonly schedules?: boolean;
  readonly send?: string;
  readonly dryRun?: string;
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
      .option('--no-compare', 'leave out the period before')
      .option('--sections <list>', 'only these, with commas: changes,operations,tools,ledger,trends,resources,alerts')
      .option('--html <file>', 'write a page that stands alone')
      .option('--markdown', 'print Markdown')
      .option('--json', 'print JSON')
      .option('--schedules', 'list the reports that are sent by themselves, and how they stand')
      .option('--send <schedule>', 'send a scheduled report now')
      .option('--dry-run <schedule>', 'show what a scheduled report would say now and who would get it')
      .action(wrap((environment, options: ReportVerbOptions) => run(environment, options)));
  },
});

async function run(environment: CommandEnvironment, options: ReportVerbOptions): Promise<ExitCode> {
  if (options.schedules === true) return list(environment, options);
  const scheduled = options.send ?? options.dryRun;
  if (scheduled !== undefined) return send(environment, scheduled, options);
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
  const parameters = new URLSearchParams({ from: String(Math.round(start)), to: String(Math.round(end)), format });
  if (!options.compare) parameters.set('compare', 'false');
  if (options.sections !== undefined) parameters.set('sections', options.sections);
  const text = await readFromStack(environment, `/api/stack/reports?${parameters.toString()}`);
  if (options.html === undefined) environment.out(text);
  else {
    await writeFile(resolve(environment.cwd, options.html), text);
    environment.out(`written to ${options.html}\n`);
  }
  return EXIT.ok;
}

/** Exit code 1 where a schedule cannot be made or does not reach everyone. */
async function list(environment: CommandEnvironment, { json }: ReportVerbOptions): Promise<ExitCode> {
  const body: unknown = JSON.parse(await readFromStack(environment, '/api/stack/report-schedules'));
  if (!isList(body)) throw new StackUnreachableError(`${environment.stackUrl} does not tell its scheduled reports`);
  const { schedules } = body;
  const ailing = schedules.some(
    ({ error, faults, deliveries }) =>
      error !== null || faults.length > 0 || deliveries.some(({ state }) => state === 'failed'),
  );
  if (json === true) environment.out(`${JSON.stringify(schedules, null, 2)}\n`);
  else if (schedules.length === 0)
    environment.out('no report is sent by itself; see reports.schedules of the configuration\n');
  else environment.out(schedules.map(describe).join('\n'));
  return ailing ? EXIT.findings : EXIT.ok;
}

function describe({ name, channels, next, last, deliveries, error, retryAt, faults }: ScheduleStatus): string {
  const time = (at: number | null): string => (at === null ? 'never' : `${new Date(at).toISOString().slice(0, 16)}Z`);
  return [
    `${name}: next ${time(next)}, last ${time(last)}, to ${channels.join(', ') || 'nobody'}`,
    ...deliveries.map(
      ({ channel, state, error: why }) => `  ${channel} ${state}${why === undefined ? '' : `: ${why}`}`,
    ),
    ...(error === null ? [] : [`  could not be made: ${error}; tried again at ${time(retryAt)}`]),
    ...faults.map((fault) => `  ${fault}`),
    '',
  ].join('\n');
}

async function send(environment: CommandEnvironment, name: string, options: ReportVerbOptions): Promise<ExitCode> {
  const path = `/api/stack/report-schedules/${encodeURIComponent(name)}/send`;
  const body: unknown = JSON.parse(
    await postToStack(environment, options.send === undefined ? `${path}?dryRun=1` : path),
  );
  if (!isSent(body)) throw new StackUnreachableError(`${environment.stackUrl} did not send the report`);
  const { title, summary, channels, faults, sent, url } = body;
  if (options.json === true) environment.out(`${JSON.stringify(body, null, 2)}\n`);
  else
    environment.out(
      [
        `${sent ? 'on its way' : 'would go'} to ${channels.join(', ') || 'nobody'}`,
        ...faults,
        '',
        title,
        ...summary,
        url,
        '',
      ].join('\n'),
    );
  return faults.length > 0 ? EXIT.findings : EXIT.ok;
}

function isList(body: unknown): body is { readonly schedules: readonly ScheduleStatus[] } {
  return typeof body === 'object' && body !== null && 'schedules' in body && Array.isArray(body.schedules);
}

interface Sent {
  readonly title: string;
  readonly summary: readonly string[];
  readonly url: string;
  readonly channels: readonly string[];
  readonly faults: readonly string[];
  readonly sent: boolean;
}

function isSent(body: unknown): body is Sent {
  return typeof body === 'object' && body !== null && 'title' in body && 'channels' in body && 'sent' in body;
}

/** @throws BadInputError */
function instant(text: string): number {
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new BadInputError(`"${text}" is not a time; write for example 2026-11-24T20:00:00Z`);
  return parsed;
}
