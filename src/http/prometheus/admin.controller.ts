import { Controller, HttpCode, Inject, Post, Put, Req, UseFilters } from '@nestjs/common';
import type { Request } from 'express';
import { BadInputError } from '../../base/errors';
import type { PrometheusSuccess } from '../../contracts/prometheus';
import type { SeriesAdmin } from '../../storage';
import { AdminDisabledError } from './errors';
import { PrometheusErrorFilter } from './prometheus-error.filter';
import { EVER, RequestParams } from './request-params';

/** The keeper's access to the store of series. */
export interface AdminAccess {
  /** Undefined where the configuration does not give it. */
  readonly admin: SeriesAdmin | undefined;
}

/** Injection token of the keeper's access. */
export const ADMIN_ACCESS = Symbol('AdminAccess');

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['', '0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Deletes, cleans up and copies; off unless `server.adminApi` is on. */
@Controller('api/v1/admin/tsdb')
@UseFilters(PrometheusErrorFilter)
export class AdminController {
  constructor(@Inject(ADMIN_ACCESS) private readonly access: AdminAccess) {}

  @Post('delete_series')
  @HttpCode(204)
  async deleteSeries(@Req() request: Request): Promise<void> {
    const admin = this.admin();
    const params = new RequestParams(request);
    if (params.all('match[]').length === 0) throw new BadInputError('no match[] parameter provided');
    const start = params.namedTime('start', -EVER);
    const end = params.namedTime('end', EVER);
    for (const matchers of params.selectors()) await admin.deleteSamples(matchers, start, end);
  }

  @Put('delete_series')
  @HttpCode(204)
  putDeleteSeries(@Req() request: Request): Promise<void> {
    return this.deleteSeries(request);
  }

  @Post('clean_tombstones')
  @HttpCode(204)
  async cleanTombstones(): Promise<void> {
    await this.admin().cleanDeleted();
  }

  @Put('clean_tombstones')
  @HttpCode(204)
  putCleanTombstones(): Promise<void> {
    return this.cleanTombstones();
  }

  @Post('snapshot')
  @HttpCode(200)
  async snapshot(@Req() request: Request): Promise<PrometheusSuccess<{ readonly name: string }>> {
    const admin = this.admin();
    const text = new RequestParams(request).text('skip_head');
    if (!TRUE.has(text) && !FALSE.has(text)) {
      throw new BadInputError(
        `invalid parameter "skip_head": unable to parse boolean: "${text}" is neither true nor false`,
      );
    }
    return { status: 'success', data: { name: await admin.copy(TRUE.has(text)) } };
  }

  @Put('snapshot')
  putSnapshot(@Req() request: Request): Promise<PrometheusSuccess<{ readonly name: string }>> {
    return this.snapshot(request);
  }

  /** @throws AdminDisabledError */
  private admin(): SeriesAdmin {
    const { admin } = this.access;
    if (admin === undefined) throw new AdminDisabledError('admin APIs disabled');
    return admin;
  }
}
