import { Controller, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import type { StackLog } from '../../contracts/stack';
import { attributeToText } from '../../domain/attributes';
import { isContentBody } from '../../domain/content';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import { SPAN_STORE } from '../../storage';
import type { LogSearch, SpanReader } from '../../storage';
import { contentOfLog, withoutContent } from './content';
import { CONTENT_LOG } from './content-log';
import type { ContentLog } from './content-log';
import { instantParam, limitParam, textParam } from './stack-params';
import type { StackQuery } from './stack-params';

const HOUR = 3_600_000;
/** Where emitters put the session. */
const SESSION_KEYS = ['session.id', 'conversation.id', 'gen_ai.conversation.id'];

/** Log records and events, tied to traces and sessions; what was said in them on request, which is logged. */
@Controller('api/stack')
export class LogsController {
  constructor(
    @Inject(SPAN_STORE) private readonly spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONTENT_LOG) private readonly shown: ContentLog,
  ) {}

  @Get('logs')
  async logs(@Query() query: StackQuery): Promise<StackLog[]> {
    return (await this.find(query, { withContent: false })).map(toLogBody);
  }

  /** The same records with what was said and done in them; `text` is looked for there, too. */
  @Post('logs/content')
  @HttpCode(200)
  async content(@Query() query: StackQuery, @Req() request: Request): Promise<StackLog[]> {
    const records = await this.find(query, { withContent: true });
    const contents = records.map(contentOfLog);
    this.shown.add({
      at: this.clock.now(),
      by: request.ip ?? '',
      traceId: textParam(query, 'trace', 'traceId') ?? '',
      spanId: textParam(query, 'span', 'spanId') ?? '',
      keys: [...new Set(contents.flatMap((content) => Object.keys(content)))],
    });
    return records.map((record, index) => {
      const body = toLogBody(record);
      const { body: said, ...attributes } = contents[index] ?? {};
      return { ...body, body: said ?? body.body, attributes: { ...body.attributes, ...attributes }, withheld: [] };
    });
  }

  private async find(query: StackQuery, { withContent }: Pick<LogSearch, 'withContent'>): Promise<LogRecord[]> {
    const session = textParam(query, 'session');
    const traceId = textParam(query, 'trace', 'traceId');
    const end = instantParam(query, 'to') ?? this.clock.now() + HOUR;
    // A trace or session is asked for as a whole; else the last hour.
    const start = instantParam(query, 'from') ?? ((session ?? traceId) === undefined ? end - 2 * HOUR : 0);
    const spanId = textParam(query, 'span', 'spanId');
    const service = textParam(query, 'service');
    const eventName = textParam(query, 'event');
    const severity = textParam(query, 'severity');
    const text = textParam(query, 'text');
    const limit = limitParam(query, 200, 10_000);
    const search: LogSearch = {
      start,
      end,
      limit,
      ...(traceId === undefined ? {} : { traceId }),
      ...(spanId === undefined ? {} : { spanId }),
      ...(service === undefined ? {} : { service }),
      ...(eventName === undefined ? {} : { eventName }),
      ...(severity === undefined ? {} : { minSeverityNumber: Number(severity) }),
      ...(text === undefined ? {} : { text, withContent: withContent === true }),
    };
    if (session === undefined) return this.spans.logs(search);
    const found = await Promise.all(
      SESSION_KEYS.map((key) => this.spans.logs({ ...search, attributes: { [key]: session } })),
    );
    return found
      .flat()
      .sort((a, b) => toMillis(b) - toMillis(a))
      .slice(0, limit);
  }
}

function toLogBody(record: LogRecord): StackLog {
  const at = toMillis(record);
  return {
    at,
    time: new Date(at).toISOString(),
    severity: record.severityNumber,
    severityText: record.severityText,
    service: serviceNameOf(record.resource),
    eventName: record.eventName,
    body: isContentBody(record) ? '' : attributeToText(record.body),
    attributes: withoutContent(record.attributes),
    withheld: Object.keys(contentOfLog(record)),
    traceId: record.traceId,
    spanId: record.spanId,
  };
}

function toMillis({ timeUnixNano, observedUnixNano }: LogRecord): number {
  return Number((timeUnixNano === 0n ? observedUnixNano : timeUnixNano) / 1_000_000n);
}
