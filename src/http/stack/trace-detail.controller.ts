import { Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import type { ContentShownBody, SpanContentBody, SpanDetailBody, TraceOutlineBody } from '../../contracts/trace-search';
import { eventNameOf } from '../../domain/content';
import type { Span } from '../../domain/span';
import { SPAN_STORE } from '../../storage';
import type { SpanReader } from '../../storage';
import { assembleTrace } from '../../traces';
import { contentOf, contentOfLog } from './content';
import { CONTENT_LOG } from './content-log';
import type { ContentLog } from './content-log';
import { loadSpan, loadTrace } from './load-trace';
import { toOutlineSpan, toSpanDetail } from './span-detail';
import type { UsagePrices } from './span-detail';
import { traceFacts } from './trace-facts';

/** Injection token of what prices a usage. */
export const USAGE_PRICES = Symbol('UsagePrices');

/** So many log records of a span are looked through for content. */
const MOST_LOGS = 1000;

/** A trace's structure first, a span's facts when it is opened, what was said in it on request, which is logged. */
@Controller('api/stack')
export class TraceDetailController {
  constructor(
    @Inject(SPAN_STORE) private readonly spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(USAGE_PRICES) private readonly prices: UsagePrices,
    @Inject(CONTENT_LOG) private readonly shown: ContentLog,
  ) {}

  /** Every span of a trace without its content; times as reported. */
  @Get('traces/:traceId/outline')
  async outline(@Param('traceId') traceId: string): Promise<TraceOutlineBody> {
    const spans = await loadTrace(this.spans, traceId);
    const tree = assembleTrace(spans, { adjustSkew: false });
    return {
      facts: traceFacts(tree.traceId, spans),
      missingParents: tree.missingParents,
      spans: tree.nodes.map(({ span, warnings }) => toOutlineSpan(span, warnings)),
    };
  }

  @Get('traces/:traceId/spans/:spanId/detail')
  async detail(@Param('traceId') traceId: string, @Param('spanId') spanId: string): Promise<SpanDetailBody> {
    return toSpanDetail(await loadSpan(this.spans, traceId, spanId), this.prices);
  }

  /** What was said and done in one span. That it was asked for is logged; what it is, is not. */
  @Post('traces/:traceId/spans/:spanId/content')
  @HttpCode(200)
  async content(
    @Param('traceId') traceId: string,
    @Param('spanId') spanId: string,
    @Req() request: Request,
  ): Promise<SpanContentBody> {
    const span = await loadSpan(this.spans, traceId, spanId);
    const attributes = { ...contentOf(span), ...(await this.contentOfLogs(span)) };
    this.shown.add({
      at: this.clock.now(),
      by: request.ip ?? '',
      traceId: span.traceId,
      spanId: span.spanId,
      keys: Object.keys(attributes),
    });
    return { attributes };
  }

  /** Who was shown content since the start, the newest first. */
  @Get('content-log')
  contentLog(): readonly ContentShownBody[] {
    return this.shown.list();
  }

  /** What log records that name the span hold, by the record's number and the attribute. */
  private async contentOfLogs({ traceId, spanId }: Span): Promise<Record<string, string>> {
    const records = await this.spans.logs({
      start: 0,
      end: Number.MAX_SAFE_INTEGER,
      traceId,
      spanId,
      limit: MOST_LOGS,
    });
    return Object.fromEntries(
      records
        .toReversed()
        .flatMap((record, index) =>
          Object.entries(contentOfLog(record)).map(([key, text]) => [
            `log ${index + 1} (${eventNameOf(record)}): ${key}`,
            text,
          ]),
        ),
    );
  }
}
