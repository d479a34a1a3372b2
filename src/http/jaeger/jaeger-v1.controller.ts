import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { BadInputError, messageOf } from '../../base/errors';
import type { JaegerEnvelope, JaegerError } from '../../contracts/jaeger';
import type { Span } from '../../domain/span';
import { decodeTracesJson } from '../../otlp';
import { SPAN_STORE } from '../../storage';
import type { SpanReader, TraceSearch } from '../../storage';
import { parseGoDuration, parseTextMap, parseTraceId, parseWhole, statusOf, valueOf, valuesOf } from './query-params';
import type { RawQuery } from './query-params';
import { TraceFinder } from './trace-finder';
import { toJaegerTrace } from './v1-trace';

const DEFAULT_LIMIT = 100;
/** Bytes of a file to be shown, at most. */
const LARGEST_FILE = 64 * 1024 * 1024;
/** How far back a search without a start looks: two days, as Jaeger's. */
const DEFAULT_LOOKBACK = 2 * 24 * 3_600_000;

/** The read side of Jaeger's v1 API: what the Jaeger UI, Grafana's data source and scripts call. */
@Controller('api')
export class JaegerV1Controller {
  private readonly finder: TraceFinder;

  constructor(
    @Inject(SPAN_STORE) private readonly spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.finder = new TraceFinder(spans);
  }

  @Get('services')
  services(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(query, response, () => this.spans.services());
  }

  @Get('services/:service/operations')
  operationNames(
    @Param('service') service: string,
    @Query() query: RawQuery,
    @Res() response: Response,
  ): Promise<void> {
    return this.answer(query, response, async () => {
      const operations = await this.spans.operations(service);
      return [...new Set(operations.map(({ name }) => name))];
    });
  }

  @Get('operations')
  operations(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(query, response, async () => {
      const service = valueOf(query, 'service');
      if (service === undefined) throw new BadInputError("parameter 'service' is required");
      const kind = valueOf(query, 'spanKind');
      return (await this.spans.operations(service))
        .map(({ name, kind: spanKind }) => ({ name, spanKind: spanKind === 'unspecified' ? '' : spanKind }))
        .filter(({ spanKind }) => kind === undefined || spanKind === kind);
    });
  }

  @Get('traces')
  search(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    const ids = valuesOf(query, 'traceID');
    if (ids.length > 0) return this.byIds(ids, query, response);
    return this.answer(query, response, async () => {
      const found = await this.finder.traces(this.toSearch(query));
      return found.map(({ traceId, spans }) => toJaegerTrace(traceId, spans));
    });
  }

  @Get('traces/:traceId')
  trace(@Param('traceId') traceId: string, @Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(query, response, async () => {
      const id = parseTraceId(traceId);
      const spans = await this.spans.trace(id);
      if (spans.length === 0) throw new AnswerError(404, 'trace not found', id);
      return [toJaegerTrace(id, spans)];
    });
  }

  @Get('dependencies')
  dependencies(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(query, response, async () => {
      const endText = valueOf(query, 'endTs');
      const end = endText === undefined ? this.clock.now() : parseWhole(endText, 'endTs');
      const lookbackText = valueOf(query, 'lookback');
      const lookback = lookbackText === undefined ? 24 * 3_600_000 : parseWhole(lookbackText, 'lookback');
      const service = valueOf(query, 'service');
      const all = await this.spans.dependencies(end - lookback, end);
      return service === undefined ? all : all.filter(({ parent, child }) => parent === service || child === service);
    });
  }

  /** Metrics of spans are served as series by the Prometheus API. */
  @Get([
    'metrics/latencies',
    'metrics/calls',
    'metrics/errors',
    'metrics/minstep',
    'quality-metrics',
    'deep-dependencies',
  ])
  notServed(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(query, response, () =>
      Promise.reject(new AnswerError(501, 'not served here: span metrics are series under /api/v1/query')),
    );
  }

  /** Nothing needs archiving: what retention keeps is kept. */
  @Post('archive/:traceId')
  archive(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(query, response, () => Promise.reject(new AnswerError(501, 'there is no archive storage')));
  }

  /** OTLP/JSON as traces of this API: the Jaeger UI shows files this way, as text of no kind. Nothing is stored. */
  @Post('transform')
  transform(@Req() request: Request, @Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return this.answer(query, response, async () => {
      const body: unknown = request.body;
      const spans = readOtlpJson(request.readableEnded ? JSON.stringify(body ?? null) : await readText(request));
      const byTrace = new Map<string, Span[]>();
      for (const span of spans) byTrace.set(span.traceId, [...(byTrace.get(span.traceId) ?? []), span]);
      return [...byTrace].map(([traceId, members]) => toJaegerTrace(traceId, members));
    });
  }

  private async byIds(ids: readonly string[], query: RawQuery, response: Response): Promise<void> {
    const errors: JaegerError[] = [];
    await this.answer(
      query,
      response,
      async () => {
        const traces = await Promise.all(
          ids.map(async (text) => {
            const id = parseTraceId(text);
            const spans = await this.spans.trace(id);
            if (spans.length === 0) errors.push({ code: 404, msg: 'trace not found', traceID: id });
            return spans.length === 0 ? undefined : toJaegerTrace(id, spans);
          }),
        );
        return traces.filter((trace) => trace !== undefined);
      },
      errors,
    );
  }

  private toSearch(query: RawQuery): TraceSearch {
    const service = valueOf(query, 'service');
    if (service === undefined) throw new BadInputError("parameter 'service' is required");
    const operation = valueOf(query, 'operation');
    const micros = (name: string): number | undefined => {
      const text = valueOf(query, name);
      return text === undefined ? undefined : parseWhole(text, name) / 1000;
    };
    const end = micros('end') ?? this.clock.now();
    const start = micros('start') ?? end - DEFAULT_LOOKBACK;
    const duration = (name: string): number | undefined => {
      const text = valueOf(query, name);
      return text === undefined ? undefined : parseGoDuration(text, name);
    };
    const minDuration = duration('minDuration');
    const maxDuration = duration('maxDuration');
    if (minDuration !== undefined && maxDuration !== undefined && maxDuration < minDuration)
      throw new BadInputError("'maxDuration' should be greater than 'minDuration'");
    const attributes = tagsOf(query);
    const limit = valueOf(query, 'limit');
    return {
      service,
      ...(operation === undefined || operation === 'all' ? {} : { operation }),
      start,
      end,
      ...(minDuration === undefined ? {} : { minDuration }),
      ...(maxDuration === undefined || maxDuration === 0 ? {} : { maxDuration }),
      ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
      limit: limit === undefined ? DEFAULT_LIMIT : parseWhole(limit, 'limit', 1),
    };
  }

  private async answer(
    query: RawQuery,
    response: Response,
    find: () => Promise<readonly unknown[]>,
    errors: JaegerError[] = [],
  ): Promise<void> {
    let status = 200;
    let body: JaegerEnvelope<readonly unknown[]>;
    try {
      const data = await find();
      body = { data, total: data.length, limit: 0, offset: 0, errors: errors.length === 0 ? null : errors };
    } catch (error) {
      status = error instanceof AnswerError ? error.status : statusOf(error);
      const traceID = error instanceof AnswerError ? error.traceId : undefined;
      const fault = { code: status, msg: messageOf(error), ...(traceID === undefined ? {} : { traceID }) };
      body = { data: null, total: 0, limit: 0, offset: 0, errors: [fault] };
    }
    const indent = valueOf(query, 'prettyPrint') === 'true' ? 4 : undefined;
    response
      .status(status)
      .type('application/json')
      .send(JSON.stringify(body, undefined, indent));
  }
}

/** An answer with a status of its own. */
class AnswerError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly traceId?: string,
  ) {
    super(message);
  }
}

/** The text of a body that no parser took. @throws BadInputError when it is too long. */
async function readText(request: Request): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > LARGEST_FILE) throw new BadInputError(`the file is longer than ${LARGEST_FILE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws BadInputError when the text is no OTLP/JSON. */
function readOtlpJson(text: string): Span[] {
  try {
    const columns = decodeTracesJson(Buffer.from(text));
    return Array.from({ length: columns.length }, (_, row) => columns.span(row));
  } catch (error) {
    throw new BadInputError(`the body is not OTLP/JSON of spans: ${messageOf(error)}`);
  }
}

function tagsOf(query: RawQuery): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const tag of valuesOf(query, 'tag')) {
    const colon = tag.indexOf(':');
    if (colon <= 0) throw new BadInputError(`malformed 'tag' parameter, expecting key:value, received: ${tag}`);
    tags[tag.slice(0, colon)] = tag.slice(colon + 1);
  }
  for (const text of valuesOf(query, 'tags')) Object.assign(tags, parseTextMap(text, 'tags'));
  return tags;
}
