import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ALERTING, Alerting } from '../../alerting';
import { CodedError, OverloadedError } from '../../base/errors';
import { Labels } from '../../domain/labels';
import { InvalidShapeError, jsonBody, readAlerts, readFilter, readMatchers, readSilence } from './requests';
import { compareSilences, toAlertGroup, toGettableAlert, toGettableSilence } from './views';

type RawQuery = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Statuses of coded errors in this API; others are for the last filter. */
const STATUS_OF: Readonly<Record<string, number>> = {
  BAD_INPUT: 400,
  INVALID_SILENCE: 400,
  TIME_INTERVAL_SYNTAX: 400,
  REGEX_SYNTAX: 400,
  MATCHER_SYNTAX: 400,
  UNKNOWN_SILENCE: 404,
};

/** Alertmanager's API v2: what amtool, Grafana and Prometheus call. */
@Controller('api/v2')
export class AlertmanagerController {
  constructor(@Inject(ALERTING) private readonly alerting: Alerting) {}

  @Get('status')
  status(@Res() response: Response): Promise<void> {
    return this.answer(response, () => {
      const { startedAt, configuration, version, address } = this.alerting.status;
      return {
        // A cluster of one: clients wait for a peer before they take an Alertmanager for ready.
        cluster: { name: 'telltale', peers: [{ name: 'telltale', address }], status: 'ready' },
        config: { original: configuration },
        uptime: new Date(startedAt).toISOString(),
        versionInfo: { branch: '', buildDate: '', buildUser: '', goVersion: '', revision: 'telltale', version },
      };
    });
  }

  @Get('receivers')
  receivers(@Res() response: Response): Promise<void> {
    return this.answer(response, () => this.alerting.queries.receivers().map((name) => ({ name })));
  }

  @Get('alerts')
  alerts(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(response, () => this.alerting.queries.alerts(readFilter(query)).map(toGettableAlert));
  }

  @Get('alerts/groups')
  groups(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(response, () => this.alerting.queries.groups(readFilter(query)).map(toAlertGroup));
  }

  @Post('alerts')
  @HttpCode(200)
  postAlerts(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.answer(response, async () => {
      const { faults } = await this.alerting.post(readAlerts(await jsonBody(request)));
      if (faults.length > 0) response.status(400);
      return faults.length > 0 ? faults.join('; ') : undefined;
    });
  }

  @Get('silences')
  silences(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(response, () => {
      const matchers = readMatchers(query);
      return this.alerting.silences
        .all()
        .filter((silence) => {
          const named = Labels.of(silence.matchers.map(({ name, value }) => [name, value] as const));
          return matchers.every((matcher) => matcher.matches(named));
        })
        .map((silence) => toGettableSilence(silence, this.alerting.silences.stateOf(silence)))
        .sort(compareSilences);
    });
  }

  @Post('silences')
  @HttpCode(200)
  postSilence(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.answer(response, async () => ({
      silenceID: await this.alerting.silences.set(readSilence(await jsonBody(request))),
    }));
  }

  @Get('silence/:id')
  silence(@Param('id') id: string, @Res() response: Response): Promise<void> {
    return this.answer(response, () => {
      const silence = this.alerting.silences.get(checkId(id));
      if (silence !== undefined) return toGettableSilence(silence, this.alerting.silences.stateOf(silence));
      response.status(404);
      return undefined;
    });
  }

  @Delete('silence/:id')
  deleteSilence(@Param('id') id: string, @Res() response: Response): Promise<void> {
    return this.answer(response, async () => {
      await this.alerting.silences.expire(checkId(id));
      return undefined;
    });
  }

  /** This API's errors are JSON texts, or go-swagger's `{ code, message }` where the shape is wrong. */
  private async answer(response: Response, make: () => unknown): Promise<void> {
    try {
      const body = await make();
      if (body === undefined) response.end();
      else response.json(body);
    } catch (error) {
      if (error instanceof InvalidShapeError) {
        response.status(error.status).json({ code: error.swaggerCode, message: error.message });
        return;
      }
      if (error instanceof OverloadedError)
        response.setHeader('Retry-After', String(Math.ceil(error.retryAfter / 1000)));
      const status =
        error instanceof OverloadedError ? 503 : error instanceof CodedError ? STATUS_OF[error.code] : undefined;
      if (status === undefined || !(error instanceof CodedError)) throw error;
      response.status(status).json(error.message);
    }
  }
}

function checkId(id: string): string {
  if (!UUID.test(id))
    throw new InvalidShapeError(`silenceID in path must be of type uuid: ${JSON.stringify(id)}`, 422, 601);
  return id;
}
