import { Controller, Get, HttpCode, Inject, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadInputError } from '../../base/errors';
import type { PrometheusExemplars, PrometheusMetadata, PrometheusSuccess } from '../../contracts/prometheus';
import { formatSample, parseExpr, selectorsOf } from '../../promql';
import { SERIES_STORE } from '../../storage';
import type { SeriesReader } from '../../storage';
import { PrometheusErrorFilter } from './prometheus-error.filter';
import { RequestParams } from './request-params';
import { labelsText } from './result-text';

const TRUNCATED = ['results truncated due to limit'];

/** What the store holds: series, labels, metadata, exemplars. */
@Controller('api/v1')
@UseFilters(PrometheusErrorFilter)
export class SeriesController {
  constructor(@Inject(SERIES_STORE) private readonly reader: SeriesReader) {}

  @Get('series')
  async series(@Req() request: Request, @Res() response: Response): Promise<void> {
    const params = new RequestParams(request);
    const limit = params.limit();
    if (params.all('match[]').length === 0) throw new BadInputError('no match[] parameter provided');
    const { start, end } = params.window();
    const found = await this.reader.series(params.selectors(), start, end);
    const data = found.slice(0, limit).map(labelsText);
    const warnings = found.length > data.length ? `,"warnings":${JSON.stringify(TRUNCATED)}` : '';
    response
      .status(200)
      .type('application/json')
      .send(`{"status":"success","data":[${data.join(',')}]${warnings}}`);
  }

  @Post('series')
  postSeries(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.series(request, response);
  }

  @Get('labels')
  async labels(@Req() request: Request): Promise<PrometheusSuccess<string[]>> {
    const params = new RequestParams(request);
    const limit = params.limit();
    const { start, end } = params.window();
    return limited(await this.reader.labelNames(params.selectors(), start, end), limit);
  }

  @Post('labels')
  @HttpCode(200)
  postLabels(@Req() request: Request): Promise<PrometheusSuccess<string[]>> {
    return this.labels(request);
  }

  @Get('label/:name/values')
  async labelValues(@Param('name') name: string, @Req() request: Request): Promise<PrometheusSuccess<string[]>> {
    const params = new RequestParams(request);
    const limit = params.limit();
    const label = name.startsWith('U__') ? unescapeName(name) : name;
    if (label === '') throw new BadInputError('invalid label name: ""');
    const { start, end } = params.window();
    return limited(await this.reader.labelValues(label, params.selectors(), start, end), limit);
  }

  @Get('metadata')
  async metadata(@Req() request: Request): Promise<PrometheusSuccess<Record<string, PrometheusMetadata[]>>> {
    const params = new RequestParams(request);
    const limit = params.text('limit') === '' ? Infinity : Number(params.text('limit'));
    if (Number.isNaN(limit)) throw new BadInputError('limit must be a number');
    const metric = params.text('metric');
    const known = await this.reader.metadata(metric === '' ? undefined : metric);
    const data: Record<string, PrometheusMetadata[]> = {};
    let count = 0;
    for (const [name, { type, help, unit }] of known) {
      if (limit >= 0 && count++ >= limit) break;
      data[name] = [{ type, help, unit }];
    }
    return { status: 'success', data };
  }

  @Get('query_exemplars')
  async exemplars(@Req() request: Request): Promise<PrometheusSuccess<PrometheusExemplars[]>> {
    const params = new RequestParams(request);
    const { start, end } = params.window();
    const expr = params.reading('query', () => parseExpr(params.text('query')));
    const selectors = selectorsOf(expr).map(({ matchers }) => matchers);
    if (selectors.length === 0) return { status: 'success', data: [] };
    const found = await this.reader.exemplars(selectors, start, end);
    return {
      status: 'success',
      data: found.map(({ labels, exemplars }) => ({
        seriesLabels: labels.toRecord(),
        exemplars: exemplars.map((exemplar) => ({
          labels: exemplar.labels.toRecord(),
          value: formatSample(exemplar.value),
          timestamp: exemplar.t / 1000,
        })),
      })),
    };
  }

  @Post('query_exemplars')
  @HttpCode(200)
  postExemplars(@Req() request: Request): Promise<PrometheusSuccess<PrometheusExemplars[]>> {
    return this.exemplars(request);
  }
}

function limited(all: string[], limit: number): PrometheusSuccess<string[]> {
  return all.length > limit
    ? { status: 'success', data: all.slice(0, limit), warnings: TRUNCATED }
    : { status: 'success', data: all };
}

/** A label's name from Prometheus' escaping for URLs: `U__` before it, `__` for `_`, `_2e_` for other characters. */
function unescapeName(name: string): string {
  return name
    .slice(3)
    .replace(/__|_([0-9a-fA-F]{1,6})_/g, (_, hex: string | undefined) =>
      hex === undefined ? '_' : String.fromCodePoint(parseInt(hex, 16)),
    );
}
