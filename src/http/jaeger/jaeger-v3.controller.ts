import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { BadInputError, messageOf, NotFoundError } from '../../base/errors';
import type { JaegerV3Error } from '../../contracts/jaeger';
import { SPAN_STORE } from '../../storage';
import type { SpanReader, TraceSearch } from '../../storage';
import { FILTER_LEVELS, FILTER_OPERATORS, parseFilter } from './filter';
import {
  parseGoDuration,
  parseInstant,
  parseTextMap,
  parseTraceId,
  parseWhole,
  statusOf,
  valueOf,
} from './query-params';
import type { RawQuery } from './query-params';
import { TraceFinder } from './trace-finder';
import { toResourceSpans, toSummary } from './v3-trace';

const DEFAULT_DEPTH = 100;
const HOUR = 3_600_000;

/** Jaeger's v3 API: what the newer Jaeger UI calls, and Grafana when told to. */
@Controller('api/v3')
export class JaegerV3Controller {
  private readonly finder: TraceFinder;

  constructor(
    @Inject(SPAN_STORE) private readonly spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.finder = new TraceFinder(spans);
  }

  @Get('services')
  services(@Res() response: Response): Promise<void> {
    return answer(response, async () => ({ services: await this.spans.services() }));
  }

  @Get('operations')
  operations(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return answer(response, async () => {
      const service = valueOf(query, 'service');
      if (service === undefined) throw new BadInputError('malformed parameter service: it is required');
      const kind = valueOf(query, 'spanKind', 'span_kind');
      const operations = (await this.spans.operations(service)).map(({ name, kind: spanKind }) => ({
        name,
        spanKind: spanKind === 'unspecified' ? 'internal' : spanKind,
      }));
      return { operations: kind === undefined ? operations : operations.filter(({ spanKind }) => spanKind === kind) };
    });
  }

  @Get('traces')
  search(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return answer(response, async () => {
      const found = await this.finder.traces(this.toSearch(query));
      if (found.length === 0) throw new NotFoundError('No traces found');
      return { result: { resourceSpans: found.flatMap(({ spans }) => toResourceSpans(spans)) } };
    });
  }

  @Get('traces/:traceId')
  trace(@Param('traceId') traceId: string, @Res() response: Response): Promise<void> {
    return answer(response, async () => {
      const spans = await this.spans.trace(parseTraceId(traceId));
      if (spans.length === 0) throw new NotFoundError('No traces found');
      return { result: { resourceSpans: toResourceSpans(spans) } };
    });
  }

  @Get('trace-summaries')
  summaries(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return answer(response, async () => ({
      summaries: (await this.finder.summaries(this.toSearch(query))).map(toSummary),
    }));
  }

  @Get('dependencies')
  dependencies(@Query() query: RawQuery, @Res() response: Response): Promise<void> {
    return answer(response, async () => {
      const instant = (camel: string): number | undefined => {
        const text = valueOf(query, camel, toSnake(camel));
        return text === undefined ? undefined : parseInstant(text, camel);
      };
      const end = instant('endTime') ?? this.clock.now();
      const found = await this.spans.dependencies(instant('startTime') ?? end - 24 * HOUR, end);
      // A 64-bit count is a text in protobuf's JSON.
      return { dependencies: found.map((pair) => ({ ...pair, callCount: String(pair.callCount) })) };
    });
  }

  /** What a search may be asked: no service need be named, all conditions hold on one span, filters are served whole. */
  @Get('capabilities')
  capabilities(@Res() response: Response): Promise<void> {
    const filter = { levels: FILTER_LEVELS, operators: FILTER_OPERATORS };
    return answer(response, () =>
      Promise.resolve({ search: { withoutServiceName: true, sameSpanConjunction: true, filter } }),
    );
  }

  private toSearch(query: RawQuery): TraceSearch {
    const get = (camel: string, ...more: string[]): string | undefined =>
      valueOf(query, `query.${camel}`, `query.${toSnake(camel)}`, ...more);
    const instant = (camel: string): number | undefined => {
      const text = get(camel);
      return text === undefined ? undefined : parseInstant(text, `query.${camel}`);
    };
    const duration = (camel: string): number | undefined => {
      const text = get(camel);
      return text === undefined ? undefined : parseGoDuration(text, `query.${camel}`);
    };
    const service = get('serviceName');
    const operation = get('operationName', 'query.spanName', 'query.span_name');
    const minDuration = duration('durationMin');
    const maxDuration = duration('durationMax');
    const attributes = get('attributes');
    const depth = get('searchDepth', 'query.num_traces', 'query.numTraces');
    const filter = get('filter');
    if (
      filter !== undefined &&
      [service, operation, minDuration, maxDuration, attributes].some((each) => each !== undefined)
    )
      throw new BadInputError(
        'query.filter stands alone: say service, operation, durations and attributes within it, or leave it out',
      );
    const end = instant('startTimeMax') ?? this.clock.now();
    return {
      ...(service === undefined ? {} : { service }),
      ...(operation === undefined ? {} : { operation }),
      start: instant('startTimeMin') ?? end - HOUR,
      end,
      ...(minDuration === undefined ? {} : { minDuration }),
      ...(maxDuration === undefined || maxDuration === 0 ? {} : { maxDuration }),
      ...(attributes === undefined ? {} : { attributes: parseTextMap(attributes, 'query.attributes') }),
      ...(filter === undefined ? {} : { filter: parseFilter(filter) }),
      limit: depth === undefined ? DEFAULT_DEPTH : parseWhole(depth, 'query.searchDepth', 1),
    };
  }
}

async function answer(response: Response, find: () => Promise<unknown>): Promise<void> {
  try {
    response.json(await find());
  } catch (error) {
    const status = statusOf(error);
    const body: JaegerV3Error = { error: { httpCode: status, message: messageOf(error) } };
    response.status(status).json(body);
  }
}

function toSnake(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
