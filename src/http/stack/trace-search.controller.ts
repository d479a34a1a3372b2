import { Controller, Get, Headers, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { BadInputError, OverloadedError } from '../../base/errors';
import type { TraceSearchBody } from '../../contracts/trace-search';
import { SPAN_STORE } from '../../storage';
import type { SpanReader } from '../../storage';
import { parseGoDuration } from '../jaeger/query-params';
import { CONTENT_LOG } from './content-log';
import type { ContentLog } from './content-log';
import { LiveTraces } from './live-traces';
import { flagParam, instantParam, limitParam, textParam } from './stack-params';
import type { StackQuery } from './stack-params';
import { contentAskedFor, parseConditions } from './trace-conditions';
import { TraceSearcher } from './trace-search';
import type { Range, TraceQuestion } from './trace-search';

const HOUR = 3_600_000;

/** Searches over whole traces, once and as they come in. */
@Controller('api/stack/traces')
export class TraceSearchController implements OnModuleDestroy {
  private readonly searcher: TraceSearcher;
  private readonly live: LiveTraces;

  constructor(
    @Inject(SPAN_STORE) spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONTENT_LOG) private readonly shown: ContentLog,
  ) {
    this.searcher = new TraceSearcher(spans);
    this.live = new LiveTraces(this.searcher, clock);
  }

  onModuleDestroy(): void {
    this.live.stop();
  }

  /** The last hour without `from`; conditions in `q`. */
  @Get()
  search(@Query() query: StackQuery): Promise<TraceSearchBody> {
    return this.find(query, withoutContent(toQuestion(query)));
  }

  /** The same search, also by what was said and done in spans, which is logged. */
  @Post()
  @HttpCode(200)
  searchContent(@Query() query: StackQuery, @Req() request: Request): Promise<TraceSearchBody> {
    const question = toQuestion(query);
    const keys = contentAskedFor(question.conditions);
    if (keys.length > 0) this.shown.add({ at: this.clock.now(), by: request.ip ?? '', traceId: '', spanId: '', keys });
    return this.find(query, question);
  }

  /** Server-sent events; a client that comes back goes on where it was by its Last-Event-ID. */
  @Get('live')
  follow(
    @Query() query: StackQuery,
    @Headers('last-event-id') lastEvent: string | undefined,
    @Res() response: Response,
  ): void {
    const question = withoutContent(toQuestion(query));
    const since = instantParam({ since: lastEvent ?? query['since'] }, 'since') ?? this.clock.now();
    const begin = (): void => {
      response.status(200);
      response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('X-Accel-Buffering', 'no');
      response.flushHeaders();
    };
    let begun = false;
    const stop = this.live.follow(question, since, {
      write: (text) => {
        if (!begun) begin();
        begun = true;
        response.write(text);
      },
      end: () => response.end(),
    });
    if (stop === undefined)
      throw new OverloadedError('too many live views are open: close one or try again later', 10_000);
    response.on('close', stop);
  }

  private find(query: StackQuery, question: Omit<TraceQuestion, 'start' | 'end'>): Promise<TraceSearchBody> {
    const end = instantParam(query, 'to') ?? this.clock.now();
    return this.searcher.search({ ...question, start: instantParam(query, 'from') ?? end - HOUR, end });
  }
}

/** @throws BadInputError when content is asked for: the answer would tell what it holds. */
function withoutContent<T extends Pick<TraceQuestion, 'conditions'>>(question: T): T {
  const [key] = contentAskedFor(question.conditions);
  if (key === undefined) return question;
  throw new BadInputError(`${key} is withheld: POST the search to look into what was said, which is logged`);
}

function toQuestion(query: StackQuery): Omit<TraceQuestion, 'start' | 'end'> {
  const service = textParam(query, 'service');
  const operation = textParam(query, 'operation');
  return {
    ...(service === undefined ? {} : { service }),
    ...(operation === undefined ? {} : { operation }),
    onlyErrors: flagParam(query, 'errors'),
    conditions: parseConditions(textParam(query, 'q') ?? ''),
    duration: rangeOf(query, 'Duration', (text) => parseGoDuration(text, 'duration')),
    tokens: rangeOf(query, 'Tokens', toNumber),
    cost: rangeOf(query, 'Cost', (text) => toNumber(text.replace(/^\$/, ''))),
    limit: limitParam(query, 30, 500),
  };
}

/** `minTokens` and `maxTokens` for "Tokens". @throws BadInputError */
function rangeOf(query: StackQuery, name: string, read: (text: string) => number): Range {
  const least = textParam(query, `min${name}`);
  const most = textParam(query, `max${name}`);
  return {
    ...(least === undefined ? {} : { least: read(least) }),
    ...(most === undefined ? {} : { most: read(most) }),
  };
}

/** `1200`, `1.5k`, `2M`. @throws BadInputError */
function toNumber(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([kKmM]?)\s*$/.exec(text);
  if (match === null) throw new BadInputError(`"${text}" is not a number such as 1200, 1.5k or 2M`);
  const factors: Readonly<Record<string, number>> = { k: 1000, m: 1e6 };
  return Number(match[1]) * (factors[(match[2] ?? '').toLowerCase()] ?? 1);
}
