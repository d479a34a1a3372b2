import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import type { StackLog } from '../../contracts/stack';
import { attributeToText } from '../../domain/attributes';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import { SPAN_STORE } from '../../storage';
import type { LogSearch, SpanReader } from '../../storage';
import { instantParam, limitParam, textParam } from './stack-params';
import type { StackQuery } from './stack-params';

const HOUR = 3_600_000;
/** Where emitters put the session. */
const SESSION_KEYS = ['session.id', 'conversation.id', 'gen_ai.conversation.id'];

/** Log records and events, tied to traces and sessions. */
@Controller('api/stack')
export class LogsController {
  constructor(
    @Inject(SPAN_STORE) private readonly spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('logs')
  async logs(@Query() query: StackQuery): Promise<StackLog[]> {
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
      ...(text === undefined ? {} : { text }),
    };
    if (session === undefined) return (await this.spans.logs(search)).map(toLogBody);
    const found = await Promise.all(
      SESSION_KEYS.map((key) => this.spans.logs({ ...search, attributes: { [key]: session } })),
    );
    return found
      .flat()
      .map(toLogBody)
      .sort((a, b) => b.at - a.at)
      .slice(0, limit);
  }
}

function toLogBody(record: LogRecord): StackLog {
  const nano = record.timeUnixNano === 0n ? record.observedUnixNano : record.timeUnixNano;
  const at = Number(nano / 1_000_000n);
  return {
    at,
    time: new Date(at).toISOString(),
    severity: record.severityNumber,
    severityText: record.severityText,
    service: serviceNameOf(record.resource),
    eventName: record.eventName,
    body: attributeToText(record.body),
    attributes: Object.fromEntries(
      Object.entries(record.attributes).map(([key, value]) => [key, attributeToText(value)]),
    ),
    traceId: record.traceId,
    spanId: record.spanId,
  };
}
