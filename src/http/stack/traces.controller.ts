import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { CLOCK } from '../../base/clock';
import type { Clock, EpochMillis } from '../../base/clock';
import { BadInputError } from '../../base/errors';
import type { StackTrace, StackTraceDifference } from '../../contracts/stack';
import { attributeToText } from '../../domain/attributes';
import { TELLTALE } from '../../domain/gen-ai';
import { isContentKey } from '../../domain/content';
import { SPAN_STORE } from '../../storage';
import type { SpanReader } from '../../storage';
import { assembleTrace, collapseRepeats, compareTraces, criticalTimes, summarizeTree } from '../../traces';
import { loadTrace } from './load-trace';
import { flagParam, instantParam, limitParam, textParam } from './stack-params';
import type { StackQuery } from './stack-params';

const HOUR = 3_600_000;

/** Traces put together: their structure, never what was said; comparison of two; completion of searches. */
@Controller('api/stack/traces')
export class StackTracesController {
  constructor(
    @Inject(SPAN_STORE) private readonly spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Keys to search by, sorted; `q` keeps those that contain it. */
  @Get('attributes')
  async attributeKeys(@Query() query: StackQuery): Promise<string[]> {
    const { start, end } = this.window(query);
    return containing(await this.spans.attributeKeys(start, end), query).slice(0, limitParam(query, 1000, 100_000));
  }

  /**
   * Values of one key as a search takes them, of the newest spans first; `q` keeps those that contain it. What was said
   * is no value to choose from: keys that hold it have none.
   */
  @Get('attributes/:key/values')
  async attributeValues(@Param('key') key: string, @Query() query: StackQuery): Promise<string[]> {
    const { start, end } = this.window(query);
    const limit = limitParam(query, 100, 10_000);
    if (isContentKey(key)) return [];
    // What `q` leaves out must not use up the limit.
    const most = textParam(query, 'q') === undefined ? limit : 10_000;
    const values = await this.spans.attributeValues(key, start, end, most);
    return containing(values.map(attributeToText), query).slice(0, limit);
  }

  @Get('compare')
  async compare(@Query() query: StackQuery): Promise<StackTraceDifference[]> {
    const a = textParam(query, 'a');
    const b = textParam(query, 'b');
    if (a === undefined || b === undefined) throw new BadInputError('"a" and "b" name the traces to compare');
    const [left, right] = await Promise.all([loadTrace(this.spans, a), loadTrace(this.spans, b)]);
    return compareTraces(assembleTrace(left), assembleTrace(right)).map((row) => ({
      path: row.path,
      countA: row.countA,
      countB: row.countB,
      msA: toMillis(row.nanoA),
      msB: toMillis(row.nanoB),
      errorsA: row.errorsA,
      errorsB: row.errorsB,
    }));
  }

  @Get(':traceId')
  async trace(@Param('traceId') traceId: string, @Query() query: StackQuery): Promise<StackTrace> {
    const tree = assembleTrace(await loadTrace(this.spans, traceId));
    const critical = new Map(criticalTimes(tree).map(({ node, nano }) => [node, toMillis(nano)]));
    const summary = summarizeTree(tree);
    const rows = collapseRepeats(tree, flagParam(query, 'expand') ? Number.MAX_SAFE_INTEGER : undefined);
    return {
      traceId: tree.traceId,
      start: toMillis(tree.startUnixNano),
      durationMs: toMillis(tree.endUnixNano - tree.startUnixNano),
      spanCount: summary.spanCount,
      errorCount: summary.errorSpanCount,
      missingParents: tree.missingParents,
      services: summary.services,
      rows: rows.map(({ node, depth, count, errors, startUnixNano, endUnixNano, hidden }) => ({
        spanId: node.span.spanId,
        parentSpanId: node.span.parentSpanId,
        service: node.service,
        operation: node.span.name,
        kind: node.span.kind,
        depth,
        offsetMs: toMillis(startUnixNano - tree.startUnixNano),
        durationMs: toMillis(endUnixNano - startUnixNano),
        criticalMs: critical.get(node) ?? 0,
        error: errors > 0,
        count,
        hidden,
        skewMs: toMillis(node.skewNano),
        synthetic: node.span.attributes[TELLTALE.synthetic] === true,
        warnings: node.warnings,
      })),
    };
  }

  private window(query: StackQuery): { start: EpochMillis; end: EpochMillis } {
    const end = instantParam(query, 'to') ?? this.clock.now() + HOUR;
    return { start: instantParam(query, 'from') ?? end - 25 * HOUR, end };
  }
}

function containing(texts: readonly string[], query: StackQuery): string[] {
  const part = textParam(query, 'q')?.toLowerCase();
  return texts.filter((text) => part === undefined || text.toLowerCase().includes(part));
}

function toMillis(nano: bigint): number {
  return Number(nano / 1000n) / 1000;
}
