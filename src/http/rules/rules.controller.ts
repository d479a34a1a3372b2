import { Controller, Get, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { CodedError } from '../../base/errors';
import type { PrometheusAlerts, PrometheusRules } from '../../contracts/prometheus-rules';
import { InvalidRulesError, RULES_ENGINE } from '../../rules';
import type { Problem, ReloadPlan, RulesEngine } from '../../rules';
import { instantParam, limitParam, textParam } from '../stack/stack-params';
import { applyRulesFilter, readRulesFilter } from './rules-filter';
import type { QueryParameters } from './rules-filter';
import { toPrometheusAlert, toPrometheusGroup } from './rules-view';
import { transitionPage } from './transition-pages';
import type { TransitionPage } from './transition-pages';

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

  /** Every change of state of every alert, newest first, in pages. */
  @Get('api/stack/rules/history')
  history(@Query() query: QueryParameters): Promise<TransitionPage> {
    const end = instantParam(query, 'to') ?? this.clock.now();
    const start = instantParam(query, 'from') ?? end - DAY;
    const filter = {
      rule: textParam(query, 'rule'),
      group: textParam(query, 'group'),
      state: textParam(query, 'state'),
    };
    return transitionPage(this.rules, start, end, limitParam(query, 1000, MAX_ROWS), filter, textParam(query, 'after'));
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
