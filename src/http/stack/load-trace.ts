import { BadInputError, NotFoundError } from '../../base/errors';
import type { Span } from '../../domain/span';
import type { SpanReader } from '../../storage';

/**
 * The spans of a trace, by an id that may be short of leading zeros.
 * @throws BadInputError for what is no trace id.
 * @throws NotFoundError where nothing is stored.
 */
export async function loadTrace(store: Pick<SpanReader, 'trace'>, traceId: string): Promise<Span[]> {
  if (!/^[0-9a-f]{1,32}$/i.test(traceId))
    throw new BadInputError(`"${traceId}" is not a trace id: up to 32 hex digits`);
  const id = traceId.toLowerCase().padStart(32, '0');
  const spans = await store.trace(id);
  if (spans.length === 0) throw new NotFoundError(`no trace ${id} is stored`);
  return spans;
}

/**
 * One span of a trace.
 * @throws BadInputError for what is no trace id.
 * @throws NotFoundError where the trace or the span is not stored.
 */
export async function loadSpan(store: Pick<SpanReader, 'trace'>, traceId: string, spanId: string): Promise<Span> {
  const span = (await loadTrace(store, traceId)).find((candidate) => candidate.spanId === spanId.toLowerCase());
  if (span === undefined) throw new NotFoundError(`the trace ${traceId} has no span ${spanId}`);
  return span;
}
