import { Controller, Get, HttpCode, Inject, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock, Millis } from '../../base/clock';
import { BadInputError } from '../../base/errors';
import { nextTurn } from '../../base/turn';
import type { PrometheusSuccess } from '../../contracts/prometheus';
import { InvalidQueryError, parseExpr, prettyExpr, PROMQL_ENGINE } from '../../promql';
import type { Expr, PromqlEngine, QueryOptions, QueryResult } from '../../promql';
import { exprView } from './expr-view';
import type { ExprView } from './expr-view';
import { PrometheusErrorFilter } from './prometheus-error.filter';
import { RequestParams } from './request-params';
import { queryResultParts } from './result-text';

/** Most points per series that a range query may ask for. */
const MAX_POINTS = 11_000;

/** Queries, and texts of queries. */
@Controller('api/v1')
@UseFilters(PrometheusErrorFilter)
export class QueryController {
  constructor(
    @Inject(PROMQL_ENGINE) private readonly engine: Pick<PromqlEngine, 'parse' | 'instant' | 'range'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('query')
  query(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.instant(request, response);
  }

  @Post('query')
  postQuery(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.instant(request, response);
  }

  @Get('query_range')
  queryRange(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.range(request, response);
  }

  @Post('query_range')
  postQueryRange(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.range(request, response);
  }

  @Get('format_query')
  formatQuery(@Req() request: Request): PrometheusSuccess<string> {
    return { status: 'success', data: prettyExpr(exprOf(new RequestParams(request))) };
  }

  @Post('format_query')
  @HttpCode(200)
  postFormatQuery(@Req() request: Request): PrometheusSuccess<string> {
    return this.formatQuery(request);
  }

  @Get('parse_query')
  parseQuery(@Req() request: Request): PrometheusSuccess<ExprView> {
    return { status: 'success', data: exprView(exprOf(new RequestParams(request))) };
  }

  @Post('parse_query')
  @HttpCode(200)
  postParseQuery(@Req() request: Request): PrometheusSuccess<ExprView> {
    return this.parseQuery(request);
  }

  /** The engine keeps what it has parsed, with its plan. */
  private parse(params: RequestParams): Expr {
    return params.reading('query', () => this.engine.parse(params.text('query')));
  }

  private async instant(request: Request, response: Response): Promise<void> {
    const params = new RequestParams(request);
    const limit = params.limit();
    const at = params.time('time', this.clock.now());
    const options = optionsOf(params, response);
    const result = await asked(this.engine.instant(this.parse(params), at, options));
    await send(response, queryResultParts(result, limit, params.text('stats') !== ''));
  }

  private async range(request: Request, response: Response): Promise<void> {
    const params = new RequestParams(request);
    const limit = params.limit();
    const start = params.time('start', NaN);
    const end = params.time('end', NaN);
    for (const [name, value] of Object.entries({ start, end })) {
      if (Number.isNaN(value)) {
        throw new BadInputError(`invalid parameter "${name}": cannot parse "" to a valid timestamp`);
      }
    }
    if (end < start) throw new BadInputError('invalid parameter "end": end timestamp must not be before start time');
    const step = stepOf(params);
    if ((end - start) / step > MAX_POINTS) {
      throw new BadInputError(
        'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
      );
    }
    const options = optionsOf(params, response);
    const result = await asked(this.engine.range(this.parse(params), start, end, step, options));
    await send(response, queryResultParts(result, limit, params.text('stats') !== ''));
  }
}

/** What is wrong with the query as such is wrong with the parameter. @throws BadInputError */
async function asked(query: Promise<QueryResult>): Promise<QueryResult> {
  try {
    return await query;
  } catch (error) {
    if (!(error instanceof InvalidQueryError)) throw error;
    throw new BadInputError(`invalid parameter "query": ${error.message}`, { cause: error });
  }
}

function stepOf(params: RequestParams): Millis {
  const step = params.duration('step');
  if (step === undefined) throw new BadInputError('invalid parameter "step": cannot parse "" to a valid duration');
  if (step <= 0) {
    throw new BadInputError(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  return Math.max(1, Math.trunc(step));
}

function exprOf(params: RequestParams): Expr {
  return params.reading('query', () => parseExpr(params.text('query')));
}

function optionsOf(params: RequestParams, response: Response): QueryOptions {
  const timeout = params.duration('timeout');
  const lookback = params.duration('lookback_delta');
  const abort = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) abort.abort();
  });
  return {
    signal: abort.signal,
    ...(timeout === undefined ? {} : { timeout }),
    ...(lookback === undefined || lookback <= 0 ? {} : { lookback }),
  };
}

/** Sends an answer part by part, with other work in between. */
async function send(response: Response, parts: Iterable<string>): Promise<void> {
  response.status(200).type('application/json');
  let held: string | undefined;
  for (const part of parts) {
    if (held !== undefined) {
      const hasRoom = response.write(held);
      await (hasRoom ? nextTurn() : drained(response));
      if (response.destroyed) return;
    }
    held = part;
  }
  response.end(held);
}

function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
