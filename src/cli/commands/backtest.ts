import { isAbsolute, join } from 'node:path';
import { systemClock } from '../../base/clock';
import type { EpochMillis, Millis } from '../../base/clock';
import { formatDuration, parseDuration } from '../../base/duration';
import { BadInputError, NotFoundError } from '../../base/errors';
import { conditionOf, loadRuleFiles, propose, replay, sweep } from '../../rules';
import type { AlertingRule, Firing, HistoryWindow, SweepRow } from '../../rules';
import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';
import { sparkline } from '../render/sparkline';
import { StackClient } from '../stack-client';

interface BacktestOptions {
  readonly file: string[];
  readonly from: string;
  readonly to: string;
  readonly step?: string;
  readonly sweep?: boolean;
  readonly alertsPerWeek: string;
  readonly json?: boolean;
}

/** `telltale backtest`: when an alert would have fired. */
export const backtest = defineCommand({
  name: 'backtest',
  doc: 'replays an alert over history: every time it would have fired',
  example: 'telltale backtest SlowInference --file alerts/latency.yml --from 7d --sweep',
  build: (verb, wrap) => {
    verb
      .argument('<rule>', 'the name of an alert')
      .requiredOption('--file <file...>', 'rule files that hold it')
      .option('--from <time>', 'RFC 3339, Unix seconds, or how long ago', '1d')
      .option('--to <time>', 'RFC 3339, Unix seconds, or how long ago', '0')
      .option('--step <duration>', "spacing of evaluations; the group's interval by default")
      .option('--sweep', 'try other thresholds and holds, and propose one')
      .option('--alerts-per-week <number>', 'how many alerts a proposal may give', '3')
      .option('--json', 'print as JSON')
      .action(wrap((environment, rule: string, options: BacktestOptions) => run(environment, rule, options)));
  },
});

async function run(environment: CommandEnvironment, name: string, options: BacktestOptions): Promise<ExitCode> {
  const now = systemClock.now();
  const { rule, interval } = findRule(environment, name, options.file);
  const step = options.step === undefined ? interval : parseDuration(options.step);
  const start = Math.floor(instantOf(options.from, now) / step) * step;
  const window: HistoryWindow = { start, end: instantOf(options.to, now), step };
  if (!(window.end > window.start)) throw new BadInputError('--from must lie before --to');
  const client = new StackClient(environment.stackUrl, environment.signal);
  const condition = conditionOf(rule);
  const rows = await client.range(rule.expr, window);
  const firings = replay(rows, window, rule, condition?.operator.startsWith('<') === true);
  const swept =
    options.sweep === true ? await sweepRule(rule, window, client, Number(options.alertsPerWeek)) : undefined;
  if (options.json === true) {
    const told = firings.map(({ labels, values: _values, ...rest }) => ({ ...rest, labels: labels.toRecord() }));
    environment.out(`${JSON.stringify({ rule: name, window, firings: told, sweep: swept }, undefined, 2)}\n`);
    return EXIT.ok;
  }
  printFirings(environment, name, firings, window);
  if (swept !== undefined) printSweep(environment, rule, swept);
  return EXIT.ok;
}

function findRule(
  environment: CommandEnvironment,
  name: string,
  files: readonly string[],
): { rule: AlertingRule; interval: Millis } {
  const paths = files.map((file) => (isAbsolute(file) ? file : join(environment.cwd, file)));
  for (const { groups } of loadRuleFiles(paths).files) {
    for (const group of groups) {
      for (const rule of group.rules) {
        if (rule.type === 'alerting' && rule.name === name) return { rule, interval: group.interval ?? 60_000 };
      }
    }
  }
  throw new NotFoundError(`no alert is named "${name}" in ${files.join(', ')}`);
}

interface Sweep {
  readonly rows: readonly SweepRow[];
  readonly proposal: SweepRow | undefined;
}

async function sweepRule(
  rule: AlertingRule,
  window: HistoryWindow,
  client: StackClient,
  alertsPerWeek: number,
): Promise<Sweep> {
  const condition = conditionOf(rule);
  if (condition === undefined) {
    throw new BadInputError(`${rule.name} does not end in a comparison with a number; --sweep has nothing to vary`);
  }
  const measured = await client.range(condition.measured, window);
  const compare = {
    '>': (a: number, b: number) => a > b,
    '>=': (a: number, b: number) => a >= b,
    '<': (a: number, b: number) => a < b,
    '<=': (a: number, b: number) => a <= b,
    '==': (a: number, b: number) => a === b,
  }[condition.operator];
  if (compare === undefined)
    throw new BadInputError(`--sweep cannot vary a threshold compared by ${condition.operator}`);
  const thresholds = [0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2].map((factor) =>
    Number((condition.threshold * factor).toPrecision(6)),
  );
  const holds = [...new Set([0, 60_000, 120_000, 300_000, 600_000, 900_000, rule.holdFor])].sort((a, b) => a - b);
  const rows = sweep(measured, window, compare, [...new Set(thresholds)], holds, rule.keepFiringFor);
  return { rows, proposal: propose(rows, window, alertsPerWeek) };
}

function printFirings(
  environment: CommandEnvironment,
  name: string,
  firings: readonly Firing[],
  window: HistoryWindow,
): void {
  const weeks = (window.end - window.start) / 604_800_000;
  environment.out(
    `${name}: ${firings.length} ${firings.length === 1 ? 'firing' : 'firings'}, ${(firings.length / weeks).toFixed(1)} a week\n`,
  );
  for (const { labels, activeAt, firedAt, resolvedAt, peak, values } of firings) {
    const end = resolvedAt === undefined ? 'still firing' : `for ${formatDuration(resolvedAt - firedAt)}`;
    environment.out(
      `  ${new Date(firedAt).toISOString()}  ${end.padEnd(16)} peak ${Number(peak.toPrecision(4))}  ${sparkline(values)}\n`,
    );
    environment.out(`    since ${new Date(activeAt).toISOString()}  ${labels.toString()}\n`);
  }
}

function printSweep(environment: CommandEnvironment, rule: AlertingRule, { rows, proposal }: Sweep): void {
  environment.out('\n  threshold      for   firings   delay       firing\n');
  for (const { threshold, holdFor, firings, delay, firingTime } of rows) {
    const cells = [
      String(threshold).padStart(11),
      formatDuration(holdFor).padStart(9),
      String(firings).padStart(10),
      (delay === undefined ? '-' : formatDuration(delay)).padStart(8),
      formatDuration(firingTime).padStart(13),
    ];
    environment.out(`${cells.join('')}\n`);
  }
  const condition = conditionOf(rule);
  if (proposal === undefined || condition === undefined) {
    environment.out('\nNo combination is quiet enough.\n');
    return;
  }
  environment.out(`\nProposed, ${rule.name} at line ${rule.at.line}:\n`);
  if (proposal.threshold !== condition.threshold) {
    environment.out(
      `-   … ${condition.operator} ${condition.threshold}\n+   … ${condition.operator} ${proposal.threshold}\n`,
    );
  }
  if (proposal.holdFor !== rule.holdFor) {
    environment.out(`-   for: ${formatDuration(rule.holdFor)}\n+   for: ${formatDuration(proposal.holdFor)}\n`);
  }
}

function instantOf(text: string, now: EpochMillis): EpochMillis {
  if (/^\d{6,}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^(?:0|(?:\d+(?:y|w|d|h|ms|m|s))+)$/.test(text)) return now - parseDuration(text);
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new BadInputError(`"${text}" is not a time; write RFC 3339, Unix seconds, or a duration such as 7d`);
  return at;
}
