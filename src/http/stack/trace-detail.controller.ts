import { Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import type { ContentShownBody, SpanContentBody, SpanDetailBody, TraceOutlineBody } from '../../contracts/trace-search';
import { SPAN_STORE } from '../../storage';
import type { SpanReader } from '../../storage';
import { assembleTrace } from '../../traces';
import { loadSpan, loadTrace } from './load-trace';
import { contentOf, toOutlineSpan, toSpanDetail } from './span-detail';
import type { UsagePrices } from './span-detail';
import { traceFacts } from './trace-facts';

/** Injection token of what prices a usage. */
export const USAGE_PRICES = Symbol('UsagePrices');

/** Injection token of who is told that content was shown: `(shown) => void`. */
export const CONTENT_SHOWN = Symbol('ContentShown');

/** So many of the last are kept to be shown. */
const REMEMBERED = 500;

/** A trace's structure first, a span's facts when it is opened, what was said in it on request, which is logged. */
@Controller('api/stack')
export class TraceDetailController {
  private readonly shown: ContentShownBody[] = [];

  constructor(
    @Inject(SPAN_STORE) private readonly spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(USAGE_PRICES) private readonly prices: UsagePrices,
    @Inject(CONTENT_SHOWN) private readonly log: (shown: ContentShownBody) => void,
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
    const attributes = contentOf(span);
    const entry: ContentShownBody = {
      at: this.clock.now(),
      by: request.ip ?? '',
      traceId: span.traceId,
      spanId: span.spanId,
      keys: Object.keys(attributes),
    };
    this.shown.unshift(entry);
    this.shown.length = Math.min(this.shown.length, REMEMBERED);
    this.log(entry);
    return { attributes };
  }

  /** Who was shown content since the start, the newest first. */
  @Get('content-log')
  contentLog(): readonly ContentShownBody[] {
    return this.shown;
  }
}
