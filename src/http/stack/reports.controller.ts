import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { BadInputError } from '../../base/errors';
import { buildReport, REPORT_DATA, REPORT_FORMATS, renderReport } from '../../reports';
import type { ReportData, ReportFormat } from '../../reports';
import { instantParam, textParam } from './stack-params';
import type { StackQuery } from './stack-params';

const DAY = 86_400_000;
const CONTENT_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  terminal: 'text/plain; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** A report over a period against the period of equal length before it. */
@Controller('api/stack/reports')
export class ReportsController {
  constructor(
    @Inject(REPORT_DATA) private readonly data: ReportData,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `from` and `to` as instants (the last day without), `format` one of json, terminal, markdown, html. */
  @Get()
  async report(@Query() query: StackQuery, @Res() response: Response): Promise<void> {
    const end = instantParam(query, 'to') ?? this.clock.now();
    const start = instantParam(query, 'from') ?? end - DAY;
    if (start >= end) throw new BadInputError('`from` must be before `to`');
    const named = textParam(query, 'format') ?? 'json';
    const format = REPORT_FORMATS.find((each) => each === named);
    if (format === undefined)
      throw new BadInputError(`no report format "${named}"; known: ${REPORT_FORMATS.join(', ')}`);
    const report = await buildReport(this.data, { start, end }, { start: start - (end - start), end: start });
    response.setHeader('Content-Type', CONTENT_TYPES[format]);
    // The page holds its own styles and drawings, and no script.
    response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    response.send(renderReport(report, format));
  }
}
