import { Controller, Get, Inject, Param } from '@nestjs/common';
import { NotFoundError } from '../../base/errors';

/** A dashboard as its file holds it; Grafana's JSON. */
export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
}

export const DASHBOARDS = Symbol('Dashboards');

/** The dashboards that our UI shows: the same files that Grafana imports. */
@Controller('api/stack/dashboards')
export class DashboardsController {
  constructor(@Inject(DASHBOARDS) private readonly dashboards: () => Promise<readonly DashboardFile[]>) {}

  @Get()
  async list(): Promise<{ uid: string; title: string; description: string }[]> {
    return (await this.dashboards()).map(({ uid, title, description = '' }) => ({ uid, title, description }));
  }

  @Get(':uid')
  async one(@Param('uid') uid: string): Promise<DashboardFile> {
    const found = (await this.dashboards()).find((dashboard) => dashboard.uid === uid);
    if (found === undefined) throw new NotFoundError(`no dashboard with uid "${uid}"`);
    return found;
  }
}
