import { Controller, Get, Inject, Req, UseFilters } from '@nestjs/common';
import type { Request } from 'express';
import { BadInputError } from '../../base/errors';
import type { PrometheusSuccess, PrometheusTargets, PrometheusTsdbStatus } from '../../contracts/prometheus';
import { PrometheusErrorFilter } from './prometheus-error.filter';
import { RequestParams } from './request-params';
import { STATUS_SOURCE } from './status-source';
import type { StatusSource } from './status-source';

/** The release of Prometheus whose API this is: what clients such as Grafana go by. */
const API_VERSION = '3.5.0';

/** What the server tells about itself. */
@Controller('api/v1')
@UseFilters(PrometheusErrorFilter)
export class StatusController {
  constructor(@Inject(STATUS_SOURCE) private readonly status: StatusSource) {}

  @Get('status/buildinfo')
  buildInfo(): PrometheusSuccess<Readonly<Record<string, string>>> {
    return {
      status: 'success',
      data: {
        application: 'Telltale',
        applicationVersion: this.status.version,
        version: API_VERSION,
        revision: '',
        branch: '',
        buildUser: '',
        buildDate: '',
        goVersion: '',
      },
    };
  }

  @Get('status/runtimeinfo')
  runtimeInfo(): PrometheusSuccess<Readonly<Record<string, unknown>>> {
    const { startedAt, dataFolder, retention } = this.status;
    const started = new Date(startedAt).toISOString();
    return {
      status: 'success',
      data: {
        startTime: started,
        CWD: dataFolder,
        reloadConfigSuccess: true,
        lastConfigTime: started,
        corruptionCount: 0,
        goroutineCount: 0,
        GOMAXPROCS: 1,
        GOGC: '',
        GODEBUG: '',
        storageRetention: retention,
      },
    };
  }

  @Get('status/flags')
  flags(): PrometheusSuccess<Readonly<Record<string, string>>> {
    return { status: 'success', data: this.status.flags() };
  }

  @Get('status/tsdb')
  async tsdb(@Req() request: Request): Promise<PrometheusSuccess<PrometheusTsdbStatus>> {
    const params = new RequestParams(request);
    const limit = params.text('limit') === '' ? 10 : Number(params.text('limit'));
    if (!Number.isInteger(limit) || limit < 1) throw new BadInputError('limit must be a positive number');
    return { status: 'success', data: await this.status.tsdb(limit) };
  }

  @Get('targets')
  targets(@Req() request: Request): PrometheusSuccess<PrometheusTargets> {
    const params = new RequestParams(request);
    const state = params.text('state');
    const pool = params.text('scrapePool');
    const { activeTargets, droppedTargets, droppedTargetCounts } = this.status.targets();
    return {
      status: 'success',
      data: {
        activeTargets:
          state === 'dropped' ? [] : activeTargets.filter(({ scrapePool }) => pool === '' || scrapePool === pool),
        droppedTargets: state === 'active' ? [] : droppedTargets,
        droppedTargetCounts,
      },
    };
  }
}
