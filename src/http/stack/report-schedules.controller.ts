import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { REPORT_SCHEDULER, ReportScheduler } from '../../reports';
import type { ScheduleStatus } from '../../reports';
import { flagParam } from './stack-params';
import type { StackQuery } from './stack-params';

/** A report that was made by hand. */
interface SentBody {
  readonly title: string;
  readonly summary: readonly string[];
  readonly text: string;
  readonly url: string;
  readonly channels: readonly string[];
  readonly faults: readonly string[];
  readonly sent: boolean;
}

/** Reports that are sent by themselves: how they stand, and sending one by hand. */
@Controller('api/stack/report-schedules')
export class ReportSchedulesController {
  constructor(@Inject(REPORT_SCHEDULER) private readonly scheduler: ReportScheduler) {}

  @Get()
  async list(): Promise<{ schedules: ScheduleStatus[] }> {
    return { schedules: await this.scheduler.status() };
  }

  /** Makes the report as if it were due now and sends it; with `dryRun` it is only shown. */
  @Post(':name/send')
  @HttpCode(200)
  async send(@Param('name') name: string, @Query() query: StackQuery): Promise<SentBody> {
    const dryRun = flagParam(query, 'dryRun');
    const { message, channels, faults } = await this.scheduler.send(name, { dryRun });
    const { title, summary, text, url } = message;
    return { title, summary, text, url, channels, faults, sent: !dryRun };
  }
}
