import { Controller, Get, Inject, Req, UseFilters } from '@nestjs/common';
import type { Request } from 'express';
import { BadInputError } from '../../base/errors';
import type {
  PrometheusAlertmanagers,
  PrometheusNotification,
  PrometheusSuccess,
  PrometheusTargetMetadata,
  PrometheusTargets,
  PrometheusTsdbStatus,
  PrometheusWalReplay,
} from '../../contracts/prometheus';
import { compareCodePoints } from '../../domain/labels';
import { matchesAll } from '../../domain/matcher';
import { parseSelector } from '../../promql';
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
    const { startedAt, hostname, dataFolder, retention } = this.status;
    const { at, successful } = this.status.reloaded();
    return {
      status: 'success',
      data: {
        startTime: new Date(startedAt).toISOString(),
        CWD: dataFolder,
        hostname,
        serverTime: new Date(this.status.now()).toISOString(),
        reloadConfigSuccess: successful,
        lastConfigTime: new Date(at).toISOString(),
        corruptionCount: 0,
        goroutineCount: 0,
        GOMAXPROCS: 1,
        GOMEMLIMIT: 0,
        GOGC: '',
        GODEBUG: '',
        storageRetention: retention,
      },
    };
  }

  @Get('status/config')
  config(): PrometheusSuccess<{ readonly yaml: string }> {
    return { status: 'success', data: { yaml: this.status.configText() } };
  }

  /** Nothing is answered before the log has been read back: the last segment is the current one. */
  @Get('status/walreplay')
  walReplay(): PrometheusSuccess<PrometheusWalReplay> {
    return { status: 'success', data: this.status.walReplay() };
  }

  /** What Prometheus' pages show on top. */
  @Get('notifications')
  notifications(): PrometheusSuccess<readonly PrometheusNotification[]> {
    const { at, successful } = this.status.reloaded();
    const failed = { text: 'Configuration reload has failed.', date: new Date(at).toISOString(), active: true };
    return { status: 'success', data: successful ? [] : [failed] };
  }

  @Get('alertmanagers')
  alertmanagers(): PrometheusSuccess<PrometheusAlertmanagers> {
    const activeAlertmanagers = this.status.alertmanagers().map((url) => ({ url }));
    return { status: 'success', data: { activeAlertmanagers, droppedAlertmanagers: [] } };
  }

  @Get('scrape_pools')
  scrapePools(): PrometheusSuccess<{ readonly scrapePools: readonly string[] }> {
    return { status: 'success', data: { scrapePools: [...this.status.scrapePools()].sort(compareCodePoints) } };
  }

  @Get('targets/metadata')
  targetMetadata(@Req() request: Request): PrometheusSuccess<readonly PrometheusTargetMetadata[]> {
    const params = new RequestParams(request);
    const limit = params.text('limit') === '' ? -1 : Number(params.text('limit'));
    if (!Number.isInteger(limit)) throw new BadInputError('limit must be a number');
    const selector = params.text('match_target');
    const matchers = selector === '' ? [] : params.reading('match_target', () => parseSelector(selector));
    const wanted = params.text('metric');
    const data: PrometheusTargetMetadata[] = [];
    for (const { labels, metadata } of this.status.targetMetadata()) {
      // As in Prometheus: the limit is looked at between targets, one target's metrics are never parted.
      if (limit >= 0 && data.length >= limit) break;
      if (!matchesAll(matchers, labels)) continue;
      const target = labels.toRecord();
      if (wanted === '') {
        for (const [metric, { type, help, unit }] of metadata) data.push({ target, metric, type, help, unit });
        continue;
      }
      const known = metadata.get(wanted);
      if (known !== undefined) data.push({ target, type: known.type, help: known.help, unit: known.unit });
    }
    return { status: 'success', data };
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
