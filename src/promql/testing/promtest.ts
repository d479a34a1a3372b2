import type { Clock } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Labels } from '../../domain/labels';
import { MemorySeriesStore } from '../../storage';
import type { Expr } from '../ast';
import { walkExpr } from '../ast';
import { PromqlEngine } from '../engine';
import { functions } from '../functions';
import { parseExpr } from '../parser';
import { printExpr } from '../printer';
import type { QueryResult } from '../query-result';
import { sampleMatches, sampleText } from './compare';
import type { ActualSample } from './compare';
import { parseScript } from './script';
import type { Command, EvalCommand, TextExpectation } from './script';

/** How a script is run. */
export interface PromtestOptions {
  /** Relative tolerance of values; default 1e-6, as upstream's runner has it. */
  readonly tolerance?: number;
  /** Also ask each instant query as a range query and with `@`, where the answer must be the same; default true. */
  readonly variants?: boolean;
}

/** What became of one command. */
export interface PromtestOutcome {
  readonly line: number;
  readonly what: string;
  /** Differences; empty when the command passed. */
  readonly faults: readonly string[];
}

/** Runs a promqltest script against a store of its own; one outcome per query, and per command that could not be run. */
export async function runPromtest(
  text: string,
  clock: Clock,
  options: PromtestOptions = {},
): Promise<PromtestOutcome[]> {
  let commands: Command[];
  try {
    commands = parseScript(text);
  } catch (error) {
    return [{ line: 0, what: 'script', faults: [messageOf(error)] }];
  }
  const runner = new Runner(clock, options);
  const outcomes: PromtestOutcome[] = [];
  for (const command of commands) {
    const outcome = await runner.run(command);
    if (outcome !== undefined) outcomes.push(outcome);
  }
  return outcomes;
}

class Runner {
  private engine: PromqlEngine;
  private store: MemorySeriesStore;
  private readonly tolerance: number;

  constructor(
    private readonly clock: Clock,
    private readonly options: PromtestOptions,
  ) {
    this.tolerance = options.tolerance ?? 1e-6;
    this.store = new MemorySeriesStore();
    this.engine = this.newEngine();
  }

  private newEngine(): PromqlEngine {
    return new PromqlEngine(this.store, this.clock, { delayedNameRemoval: true });
  }

  async run(command: Command): Promise<PromtestOutcome | undefined> {
    switch (command.kind) {
      case 'clear':
        this.store = new MemorySeriesStore();
        this.engine = this.newEngine();
        return undefined;
      case 'load': {
        const { refused, examples } = await this.store.append(command.samples);
        if (Object.keys(refused).length === 0) return undefined;
        return { line: command.line, what: 'load', faults: [`samples refused: ${JSON.stringify(examples)}`] };
      }
      case 'eval':
        return { line: command.line, what: command.expr, faults: await this.eval(command) };
    }
  }

  private async eval(command: EvalCommand): Promise<string[]> {
    let expr: Expr;
    try {
      expr = parseExpr(command.expr);
    } catch (error) {
      return checkFailure(command, messageOf(error));
    }
    if (command.step !== undefined) {
      const { start, end, step } = command;
      return this.attempt(command, 'range', () => this.engine.range(expr, start, end, step));
    }
    const faults = await this.attempt(command, 'instant', () => this.engine.instant(expr, command.start));
    if (faults.length > 0 || this.options.variants === false || command.expect.fail) return faults;
    for (const [text, at] of variantsOf(expr, command.start)) {
      faults.push(...(await this.attempt(command, `${text} at ${at}`, () => this.engine.instant(text, at))));
    }
    const contextual = /\b(?:start|end|range|step)\(\)/.test(command.expr);
    if (!contextual && !command.expect.ordered && command.rangeVector === undefined && command.string === undefined) {
      const at = command.start;
      const ask = async (): Promise<QueryResult> =>
        middleOf(await this.engine.range(expr, at - 60_000, at + 60_000, 60_000), at, command);
      faults.push(...(await this.attempt(command, 'as a range query', ask, false)));
    }
    return faults;
  }

  private async attempt(
    command: EvalCommand,
    how: string,
    ask: () => Promise<QueryResult>,
    withNotes = true,
  ): Promise<string[]> {
    let result: QueryResult;
    try {
      result = await ask();
    } catch (error) {
      if (command.expect.fail) return checkFailure(command, messageOf(error));
      return [`${how}: failed: ${messageOf(error)}`];
    }
    if (command.expect.fail) return [`${how}: expected to fail, but it did not`];
    const faults = withNotes ? checkNotes(command, result) : [];
    faults.push(...this.compare(command, result));
    return faults.map((fault) => `${how}: ${fault}`);
  }

  private compare(command: EvalCommand, { value }: QueryResult): string[] {
    switch (value.type) {
      case 'string':
        return value.value === command.string
          ? []
          : [`expected string ${command.string ?? '(none)'}, got ${value.value}`];
      case 'scalar': {
        if (command.scalar === undefined)
          return [`expected ${command.series.length} series, got scalar ${value.value}`];
        const expected = {
          omitted: false,
          value: command.scalar,
          histogram: undefined,
          stale: false,
          hintGiven: false,
        };
        const same = sampleMatches(expected, { t: 0, value: value.value, histogram: undefined }, this.tolerance);
        return same ? [] : [`expected scalar ${command.scalar}, got ${value.value}`];
      }
      case 'vector': {
        const samples = value.samples.map(({ labels, value: own, histogram }) => ({
          labels,
          samples: [{ t: value.samples[0]?.t ?? 0, value: own, histogram }],
        }));
        if (command.scalar !== undefined) return [`expected scalar ${command.scalar}, got a vector`];
        const faults = this.compareSeries(command, samples, undefined);
        if (faults.length === 0 && command.expect.ordered) {
          command.series.forEach(({ labels }, i) => {
            const found = samples[i]?.labels;
            if (found?.key !== labels.key)
              faults.push(
                `expected ${text(labels)} at place ${i + 1}, found ${found === undefined ? 'nothing' : text(found)}`,
              );
          });
        }
        return faults;
      }
      case 'matrix': {
        const series = value.series.map(({ labels, timestamps, values, histograms }) => ({
          labels,
          samples: Array.from(timestamps, (t, i) => ({ t, value: values[i] ?? NaN, histogram: histograms?.[i] })),
        }));
        const { start, end } = command.rangeVector ?? command;
        const step = command.rangeVector?.step ?? command.step ?? 0;
        return this.compareSeries(command, series, { start, end, step });
      }
    }
  }

  private compareSeries(
    command: EvalCommand,
    actual: readonly { labels: Labels; samples: readonly ActualSample[] }[],
    times: { start: number; end: number; step: number } | undefined,
  ): string[] {
    const faults: string[] = [];
    const found = new Map(actual.map((series) => [series.labels.key, series]));
    if (found.size < actual.length) faults.push('several series have the same labels');
    const wanted = new Map(command.series.map((series) => [series.labels.key, series]));
    for (const { labels, samples } of actual) {
      if (!wanted.has(labels.key)) faults.push(`unexpected ${text(labels)} ${samplesText(samples)}`);
    }
    for (const { labels, samples } of wanted.values()) {
      const own = found.get(labels.key);
      if (own === undefined) {
        faults.push(`missing ${text(labels)}`);
        continue;
      }
      const expected = samples
        .map((sample, i) => ({ sample, t: times === undefined ? undefined : times.start + i * times.step }))
        .filter(({ sample }) => !sample.omitted);
      const same =
        expected.length === own.samples.length &&
        expected.every(({ sample, t }, i) => {
          const other = own.samples[i];
          return (
            other !== undefined && (t === undefined || t === other.t) && sampleMatches(sample, other, this.tolerance)
          );
        });
      if (!same) {
        const list = samples.map((sample) => (sample.omitted ? '_' : sampleText(sample.value, sample.histogram)));
        faults.push(`${text(labels)}: expected ${list.join(' ')}, got ${samplesText(own.samples)}`);
      }
    }
    return faults;
  }
}

function text(labels: Labels): string {
  return labels.toString();
}

function samplesText(samples: readonly ActualSample[]): string {
  const shown = samples.slice(0, 20).map(({ t, value, histogram }) => `${sampleText(value, histogram)}@${t}`);
  return shown.join(' ') + (samples.length > shown.length ? ' …' : '');
}

function checkFailure({ expect }: EvalCommand, message: string): string[] {
  if (!expect.fail) return [`failed: ${message}`];
  if (expect.failText === undefined || expect.failText.matches(message)) return [];
  return [`expected to fail with ${expect.failText.kind} "${expect.failText.text}", but it failed with: ${message}`];
}

function checkNotes({ expect }: EvalCommand, { warnings, infos }: QueryResult): string[] {
  return [
    ...checkLevel('warning', expect.anyWarn, expect.noWarn, expect.warn, warnings),
    ...checkLevel('info', expect.anyInfo, expect.noInfo, expect.info, infos),
  ];
}

function checkLevel(
  level: string,
  any: boolean,
  none: boolean,
  wanted: readonly TextExpectation[],
  actual: readonly string[],
): string[] {
  if (none) return actual.map((note) => `unexpected ${level}: ${note}`);
  if (!any) return [];
  if (actual.length === 0) return [`expected a ${level}, got none`];
  if (wanted.length === 0) return [];
  return [
    ...wanted
      .filter((one) => !actual.some((note) => one.matches(note)))
      .map((one) => `no ${level} matches ${one.kind} "${one.text}"; got: ${actual.join(' | ')}`),
    ...actual.filter((note) => !wanted.some((one) => one.matches(note))).map((note) => `unexpected ${level}: ${note}`),
  ];
}

/** The same question with every selector pinned to the instant, to be asked at other times. */
function variantsOf(expr: Expr, at: number): [text: string, at: number][] {
  let varies = false;
  walkExpr(expr, (node) => {
    if (node.kind !== 'call') return;
    if (functions.find(node.func)?.varies === true || /^(?:start|end|range|step)$/.test(node.func)) varies = true;
  });
  if (varies) return [];
  const pinned = printExpr(pin(expr, at));
  const times = at === 0 ? [-1000, 0, 1000] : [-10 * at, 0, Math.trunc(at / 5), at, 10 * at];
  return times.map((t) => [pinned, t]);
}

function pin(expr: Expr, t: number): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'vector':
    case 'subquery':
      return expr.at === undefined ? { ...expr, at: { t } } : expr;
    case 'matrix':
      return expr.selector.at === undefined ? { ...expr, selector: { ...expr.selector, at: { t } } } : expr;
    case 'paren':
    case 'unary':
      return { ...expr, expr: pin(expr.expr, t) };
    case 'binary':
      return { ...expr, left: pin(expr.left, t), right: pin(expr.right, t) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => pin(arg, t)) };
    case 'aggregate': {
      const param = expr.param === undefined ? undefined : pin(expr.param, t);
      return { ...expr, expr: pin(expr.expr, t), param };
    }
  }
}

/** Of a range query's answer, what it says of one instant. */
function middleOf(result: QueryResult, at: number, command: EvalCommand): QueryResult {
  if (result.value.type !== 'matrix') return result;
  const samples = result.value.series.flatMap(({ labels, timestamps, values, histograms }) => {
    const i = timestamps.indexOf(at);
    if (i < 0) return [];
    const histogram = histograms?.[i];
    const value = values[i] ?? NaN;
    return [histogram === undefined ? { labels, t: at, value } : { labels, t: at, value, histogram }];
  });
  if (command.scalar !== undefined) {
    return { ...result, value: { type: 'scalar', t: at, value: samples[0]?.value ?? NaN } };
  }
  return { ...result, value: { type: 'vector', samples } };
}
