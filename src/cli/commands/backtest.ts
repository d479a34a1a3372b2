import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { systemClock } from '../../base/clock';
import type { EpochMillis, Millis } from '../../base/clock';
import { formatDuration, parseDuration } from '../../base/duration';
import { BadInputError, NotFoundError } from '../../base/errors';
import { InvalidRulesError, backtestRule, figuresOf, loadRuleFiles, proposePatch } from '../../rules';
import type { AlertingRule, Backtest, HistoryWindow, RuleGroup } from '../../rules';
import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';
import { sparkline } from '../render/sparkline';
import { StackClient } from '../stack-client';

interface BacktestOptions {
  readonly file: string[];
  readonly from: string;
  readonly to: string;
  readonly step?: string;
  readonly threshold?: string;
  readonly for?: string;
  readonly sweep?: boolean;
  readonly alertsPerWeek: string;
  readonly json?: boolean;
}

const WEEK = 604_800_000;

/** `telltale backtest`: when an alert would have fired. */
export const backtest = defineCommand({
  name: 'backtest',
  doc: 'replays an alert over history: every time it would have fired',
  example: 'telltale backtest InferenceSlow --file alerts/latency.yml --from 7d --sweep',
  build: (verb, wrap) => {
    verb
      .argument('<rule>', 'the name of an alert')
      .requiredOption('--file <file...>', 'rule files that hold it')
      .option('--from <time>', 'RFC 3339, Unix seconds, or how long ago', '1d')
      .option('--to <time>', 'RFC 3339, Unix seconds, or how long ago', '0')
      .option('--step <duration>', "spacing of evaluations; the group's interval by default")
      .option('--threshold <number>', 'replay with another threshold, in the unit of the expression')
      .option('--for <duration>', 'replay with another hold')
      .option('--sweep', 'try other thresholds and holds, and propose one')
      .option('--alerts-per-week <number>', 'how many alerts a proposal may give', '3')
      .option('--json', 'print as JSON')
      .action(wrap((environment, rule: string, options: BacktestOptions) => run(environment, rule, options)));
  },
});

async function run(environment: CommandEnvironment, name: string, options: BacktestOptions): Promise<ExitCode> {
  const now = systemClock.now();
  const found = findRule(environment, name, options.file);
  const step = options.step === undefined ? (found.group.interval ?? 60_000) : parseDuration(options.step);
  if (!(step > 0)) throw new BadInputError('--step must be longer than nothing');
  const start = Math.floor(instantOf('--from', options.from, now) / step) * step;
  const window: HistoryWindow = { start, end: instantOf('--to', options.to, now), step };
  if (!(window.end > window.start)) throw new BadInputError('--from must lie before --to');
  const client = new StackClient(environment.stackUrl, environment.signal);
  const result = await backtestRule(
    found.rule,
    {
      window,
      threshold: options.threshold === undefined ? undefined : numberOf('--threshold', options.threshold),
      holdFor: options.for === undefined ? undefined : parseDuration(options.for),
      sweep:
        options.sweep === true ? { alertsPerWeek: numberOf('--alerts-per-week', options.alertsPerWeek) } : undefined,
    },
    (expr, range) => client.range(expr, range),
  );
  const patch = patchOf(environment, found, result);
  if (options.json === true) {
    const told = result.firings.map(({ labels, values: _values, ...rest }) => ({ ...rest, labels: labels.toRecord() }));
    const swept = result.sweep === undefined ? undefined : { ...result.sweep, patch };
    environment.out(`${JSON.stringify({ rule: name, window, firings: told, sweep: swept }, undefined, 2)}\n`);
    return EXIT.ok;
  }
  printFirings(environment, found.rule, result, window);
  if (result.sweep !== undefined) printSweep(environment, found.rule, result.sweep, patch);
  return EXIT.ok;
}

interface FoundRule {
  readonly path: string;
  readonly group: RuleGroup;
  readonly rule: AlertingRule;
}

function findRule(environment: CommandEnvironment, name: string, files: readonly string[]): FoundRule {
  const paths = files.map((file) => (isAbsolute(file) ? file : join(environment.cwd, file)));
  const loaded = loadRuleFiles(paths);
  if (!loaded.usable) throw new InvalidRulesError(loaded.problems.filter(({ severity }) => severity === 'error'));
  const alerts = loaded.files.flatMap(({ file, groups }) =>
    groups.flatMap((group) =>
      group.rules.flatMap((rule): FoundRule[] => (rule.type === 'alerting' ? [{ path: file, group, rule }] : [])),
    ),
  );
  const found = alerts.find(({ rule }) => rule.name === name);
  if (found !== undefined) return found;
  const known = [...new Set(alerts.map(({ rule }) => rule.name))].sort();
  throw new NotFoundError(
    `no alert is named "${name}" in ${files.join(', ')}; there are ${known.length === 0 ? 'none' : known.join(', ')}`,
  );
}

function patchOf(environment: CommandEnvironment, { path, rule }: FoundRule, { sweep }: Backtest): string | undefined {
  if (sweep?.proposal === undefined) return undefined;
  return proposePatch(relative(environment.cwd, path), readFileSync(path, 'utf8'), rule, sweep.proposal);
}

function printFirings(
  environment: CommandEnvironment,
  rule: AlertingRule,
  { firings, condition, measured, threshold, timing }: Backtest,
  window: HistoryWindow,
): void {
  const { firings: count, delay, firingTime } = figuresOf(firings, window);
  const weeks = (window.end - window.start) / WEEK;
  // Of a short window, a rate per week would only mislead.
  const rate = weeks >= 1 / 7 ? `${(count / weeks).toFixed(1)} a week, ` : '';
  const span = `${new Date(window.start).toISOString()} to ${new Date(window.end).toISOString()}, every ${formatDuration(window.step)}`;
  const where = [
    ...(condition === undefined ? [] : [`${condition.operator} ${threshold}`]),
    `for ${formatDuration(timing.holdFor)}`,
  ].join(' ');
  environment.out(`${rule.name} (${where}), ${span}\n`);
  if (condition !== undefined && measured.length === 0) {
    environment.out('  no data: the expression has no result in this window\n');
    return;
  }
  environment.out(
    count === 0
      ? '  would not have fired\n'
      : `  ${count} ${count === 1 ? 'firing' : 'firings'}, ${rate}` +
          `${formatDuration(Math.round(delay ?? 0))} after the condition began on average, ${formatDuration(firingTime)} in all\n`,
  );
  for (const { labels, activeAt, firedAt, resolvedAt, peak, values } of firings) {
    const end = resolvedAt === undefined ? 'still firing' : `for ${formatDuration(resolvedAt - firedAt)}`;
    environment.out(
      `  ${new Date(firedAt).toISOString()}  ${end.padEnd(16)} peak ${Number(peak.toPrecision(4))}  ${sparkline(values)}\n`,
    );
    environment.out(`    since ${new Date(activeAt).toISOString()}  ${labels.toString()}\n`);
  }
}

function printSweep(
  environment: CommandEnvironment,
  rule: AlertingRule,
  { rows, proposal }: NonNullable<Backtest['sweep']>,
  patch: string | undefined,
): void {
  environment.out('\n  threshold      for   firings   delay       firing\n');
  for (const { threshold, holdFor, firings, delay, firingTime } of rows) {
    const cells = [
      String(threshold).padStart(11),
      formatDuration(holdFor).padStart(9),
      String(firings).padStart(10),
      (delay === undefined ? '-' : formatDuration(Math.round(delay))).padStart(8),
      formatDuration(firingTime).padStart(13),
    ];
    environment.out(`${cells.join('')}\n`);
  }
  if (proposal === undefined) {
    const quiet = rows.every(({ firings }) => firings === 0);
    environment.out(
      quiet
        ? '\nNo combination fires: there is nothing to trade.\n'
        : '\nNo combination is quiet enough: raise --alerts-per-week, or look at a longer window.\n',
    );
    return;
  }
  const words = `threshold ${proposal.threshold}, for ${formatDuration(proposal.holdFor)}`;
  if (patch !== undefined) environment.out(`\nProposed: ${words}\n\n${patch}`);
  else environment.out(`\nProposed: ${words} (${rule.name}, line ${rule.at.line})\n`);
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw new BadInputError(`${option} is "${text}": expecting a number`);
  return number;
}

function instantOf(option: string, text: string, now: EpochMillis): EpochMillis {
  if (/^\d{6,}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^(?:0|(?:\d+(?:y|w|d|h|ms|m|s))+)$/.test(text)) return now - durationOf(text);
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    throw new BadInputError(
      `${option} is "${text}", which is not a time; write RFC 3339, Unix seconds, or a duration such as 7d`,
    );
  }
  return at;
}

function durationOf(text: string): Millis {
  return text === '0' ? 0 : parseDuration(text);
}
