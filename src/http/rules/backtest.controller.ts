import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { CLOCK } from '../../base/clock';
import type { Clock, Millis } from '../../base/clock';
import { formatDuration, parseDuration } from '../../base/duration';
import { BadInputError, NotFoundError } from '../../base/errors';
import type { BacktestBody } from '../../contracts/backtest';
import { PROMQL_ENGINE } from '../../promql';
import type { PromqlEngine } from '../../promql';
import { RULES_ENGINE, backtestRule, historyOf, readRuleFile } from '../../rules';
import type { AlertingRule, BacktestRequest, RuleGroup, RulesEngine } from '../../rules';
import { flagParam, instantParam, textParam } from '../stack/stack-params';
import type { StackQuery } from '../stack/stack-params';
import { toBacktestBody } from './backtest-body';
import { InvalidRulesError } from '../../rules';

const DAY = 86_400_000;
/** Windows with more steps get a coarser one unless the request insists. */
const EASY_STEPS = 44_000;
const MAX_STEPS = 200_000;
const DEFAULT_INTERVAL: Millis = 60_000;

/** What of the rules engine a backtest uses. */
export type BacktestedRules = Pick<RulesEngine, 'definitions' | 'textOf'>;

/** When alerts would have fired, with their own thresholds and with others. */
@Controller('api/stack/rules')
export class BacktestController {
  constructor(
    @Inject(RULES_ENGINE) private readonly rules: BacktestedRules,
    @Inject(PROMQL_ENGINE) private readonly engine: Pick<PromqlEngine, 'range'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get(':group/:rule/backtest')
  backtest(
    @Param('group') group: string,
    @Param('rule') name: string,
    @Query() query: StackQuery,
  ): Promise<BacktestBody> {
    const file = textParam(query, 'file');
    const groups = this.rules.definitions().filter((one) => one.name === group && (file ?? one.file) === one.file);
    if (groups.length === 0) throw new NotFoundError(`no group of rules is named "${group}"`);
    const found = findAlert(groups, name);
    return this.replay(found, this.rules.textOf(found.group.file), query);
  }

  /** For rules that are not loaded: an editor's. */
  @Post('backtest')
  @HttpCode(200)
  draft(@Body() body: unknown): Promise<BacktestBody> {
    const query = toQuery(body);
    const text = textParam(query, 'rules');
    const name = textParam(query, 'rule');
    if (text === undefined || name === undefined) {
      throw new BadInputError(
        '"rules" (the text of a rule file) and "rule" (the name of an alert in it) must be given',
      );
    }
    const { groups, problems } = readRuleFile('draft.yml', text);
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new BadInputError(new InvalidRulesError(errors).message);
    return this.replay(findAlert(groups, name), text, query);
  }

  private async replay(
    found: { readonly group: RuleGroup; readonly rule: AlertingRule },
    text: string | undefined,
    query: StackQuery,
  ): Promise<BacktestBody> {
    const notes: string[] = [];
    const request = this.requestOf(query, found.group.interval ?? DEFAULT_INTERVAL, notes);
    const backtest = await backtestRule(found.rule, request, historyOf(this.engine));
    if (backtest.condition !== undefined && backtest.measured.length === 0) {
      notes.push('the expression has no result in this window: there may be no data for it');
    }
    return toBacktestBody({ ...found, text }, request.window, backtest, notes);
  }

  private requestOf(query: StackQuery, interval: Millis, notes: string[]): BacktestRequest {
    const end = instantParam(query, 'to') ?? this.clock.now();
    const from = instantParam(query, 'from') ?? end - DAY;
    if (!(from < end)) throw new BadInputError('"from" must lie before "to"');
    const wanted = durationParam(query, 'step');
    let step = wanted ?? interval;
    if (wanted === undefined && (end - from) / step > EASY_STEPS) {
      step = interval * Math.ceil((end - from) / interval / EASY_STEPS);
      notes.push(`evaluated every ${formatDuration(step)}, not every ${formatDuration(interval)}: the window is long`);
    }
    if (!(step > 0)) throw new BadInputError('"step" must be longer than nothing');
    if ((end - from) / step > MAX_STEPS) {
      throw new BadInputError(`a backtest has at most ${MAX_STEPS} steps: ask for a longer "step" or a shorter window`);
    }
    return {
      window: { start: Math.floor(from / step) * step, end, step },
      threshold: numberParam(query, 'threshold'),
      holdFor: durationParam(query, 'for'),
      keepFiringFor: durationParam(query, 'keep_firing_for'),
      sweep: flagParam(query, 'sweep')
        ? {
            thresholds: listParam(query, 'thresholds')?.map((item) => toNumber('thresholds', item)),
            holds: listParam(query, 'fors')?.map((item) => parseDuration(item)),
            alertsPerWeek: numberParam(query, 'alerts_per_week') ?? 3,
          }
        : undefined,
    };
  }
}

function findAlert(
  groups: readonly RuleGroup[],
  name: string,
): { readonly group: RuleGroup; readonly rule: AlertingRule } {
  for (const group of groups) {
    for (const rule of group.rules) if (rule.type === 'alerting' && rule.name === name) return { group, rule };
  }
  throw new NotFoundError(`no alert is named "${name}" in ${groups.map((group) => `"${group.name}"`).join(', ')}`);
}

/** A JSON body as if its keys were parameters. */
function toQuery(body: unknown): StackQuery {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadInputError('the body must be a JSON object with "rules" and "rule"');
  }
  return Object.fromEntries(
    Object.entries(body).map(([key, value]: [string, unknown]) => [
      key,
      Array.isArray(value) ? value.join(',') : typeof value === 'object' ? '' : String(value),
    ]),
  );
}

function numberParam(query: StackQuery, name: string): number | undefined {
  const text = textParam(query, name);
  return text === undefined ? undefined : toNumber(name, text);
}

function toNumber(name: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw new BadInputError(`"${name}" is "${text}": expecting a number`);
  return number;
}

function durationParam(query: StackQuery, name: string): Millis | undefined {
  const text = textParam(query, name);
  return text === undefined ? undefined : parseDuration(text);
}

function listParam(query: StackQuery, name: string): string[] | undefined {
  return textParam(query, name)
    ?.split(',')
    .map((item) => item.trim());
}
