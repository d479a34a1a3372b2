import { Controller, Get, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { BadInputError, CodedError } from '../../base/errors';
import type { PrometheusAlerts, PrometheusRules } from '../../contracts/prometheus-rules';
import { InvalidRulesError, RULES_ENGINE } from '../../rules';
import type { Problem, ReloadPlan, RulesEngine, Transition } from '../../rules';
import { applyRulesFilter, readRulesFilter } from './rules-filter';
import type { QueryParameters } from './rules-filter';
import { toPrometheusAlert, toPrometheusGroup } from './rules-view';

interface Success<T> {
  readonly status: 'success';
  readonly data: T;
}

interface Failure {
  readonly status: 'error';
  readonly errorType: 'bad_data';
  readonly error: string;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly problems: readonly Problem[];
}

/** What of the rules engine this API uses. */
export type RulesApi = Pick<RulesEngine, 'groups' | 'alerts' | 'history' | 'plan' | 'reload'>;

const DAY = 86_400_000;
const MAX_ROWS = 10_000;

/** Rules and alerts in Prometheus' shapes; reload plans and the history of transitions in ours. */
@Controller()
export class RulesController {
  constructor(
    @Inject(RULES_ENGINE) private readonly rules: RulesApi,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('api/v1/rules')
  list(
    @Query() query: QueryParameters,
    @Res({ passthrough: true }) response: Response,
  ): Success<PrometheusRules> | Failure {
    try {
      const filter = readRulesFilter(query);
      const { groups, nextToken } = applyRulesFilter(this.rules.groups(), filter);
      return {
        status: 'success',
        data: {
          groups: groups.map((group) => toPrometheusGroup(group, filter.excludeAlerts)),
          ...(nextToken === undefined ? {} : { groupNextToken: nextToken }),
        },
      };
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      response.status(400);
      return { status: 'error', errorType: 'bad_data', error: error.message };
    }
  }

  @Get('api/v1/alerts')
  alerts(): Success<PrometheusAlerts> {
    const alerts = this.rules.alerts().flatMap((alert) => toPrometheusAlert(alert) ?? []);
    return { status: 'success', data: { alerts } };
  }

  /** Rules with what Prometheus does not tell: kind, place in the file, next evaluation. */
  @Get('api/stack/rules')
  details(): { groups: ReturnType<RulesApi['groups']> } {
    return { groups: this.rules.groups() };
  }

  @Get('api/stack/rules/history')
  async history(@Query() query: QueryParameters): Promise<{ transitions: Transition[] }> {
    const now = this.clock.now();
    const end = instantOf(query['to'], now);
    const start = instantOf(query['from'], end - DAY);
    const limit = Math.min(numberOf(query['limit'], 1000), MAX_ROWS);
    const rule = typeof query['rule'] === 'string' ? query['rule'] : undefined;
    const rows = await this.rules.history(start, end, rule === undefined ? limit : MAX_ROWS);
    return { transitions: rows.filter((row) => rule === undefined || row.rule === rule).slice(0, limit) };
  }

  /** What a reload would do, without doing it. */
  @Get('api/stack/rules/plan')
  plan(@Res({ passthrough: true }) response: Response): ReloadPlan | Refusal {
    try {
      return this.rules.plan();
    } catch (error) {
      return refuse(error, response);
    }
  }

  @Post('api/stack/rules/reload')
  @HttpCode(200)
  reload(@Res({ passthrough: true }) response: Response): Promise<ReloadPlan | Refusal> {
    return this.rules.reload().catch((error: unknown) => refuse(error, response));
  }
}

/** Rule files that cannot be used are the asker's to mend: every problem is told. */
function refuse(error: unknown, response: Response): Refusal {
  if (!(error instanceof InvalidRulesError)) throw error;
  response.status(422);
  return { code: error.code, message: error.message, problems: error.problems };
}

/** Unix seconds or RFC 3339. */
function instantOf(value: unknown, fallback: number): number {
  if (value === undefined || value === '') return fallback;
  const text = String(value);
  const at = /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(at)) throw new BadInputError(`"${text}" is not a time; write Unix seconds or RFC 3339`);
  return at;
}

function numberOf(value: unknown, fallback: number): number {
  if (value === undefined || value === '') return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number <= 0) throw new BadInputError(`"${String(value)}" is not a positive number`);
  return number;
}
