import type { Span } from '../../domain/span';
import type { SpanFilter, SpanReader, TraceSearch, TraceSummary } from '../../storage';

/** One found trace, whole. */
export interface FoundTrace {
  readonly traceId: string;
  readonly spans: readonly Span[];
}

/** Searches a span store in Jaeger's terms. */
export class TraceFinder {
  constructor(private readonly spans: SpanReader) {}

  /** Summaries of traces that match, the newest first. */
  summaries(search: TraceSearch): Promise<TraceSummary[]> {
    return this.spans.search(inStoreTerms(search));
  }

  /** The traces that match, whole, the newest first. */
  async traces(search: TraceSearch): Promise<FoundTrace[]> {
    const summaries = await this.summaries(search);
    return Promise.all(summaries.map(async ({ traceId }) => ({ traceId, spans: await this.spans.trace(traceId) })));
  }
}

/** The search with what Jaeger stores as tags, and OTLP as fields of the span, said as stores know it. */
function inStoreTerms(search: TraceSearch): TraceSearch {
  const attributes: Record<string, string> = {};
  const conditions: SpanFilter[] = [];
  for (const [key, value] of Object.entries(search.attributes ?? {})) {
    const { tag, condition } = termOf(key, value);
    if (condition !== undefined) conditions.push(condition);
    else if (tag[0] in attributes) conditions.push(equals({ attribute: tag[0] }, tag[1]));
    else attributes[tag[0]] = tag[1];
  }
  if (search.filter !== undefined) conditions.push(search.filter);
  const { attributes: _attributes, filter: _filter, ...rest } = search;
  const [first] = conditions;
  return {
    ...rest,
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    ...(first === undefined ? {} : { filter: conditions.length === 1 ? first : { op: 'and', args: conditions } }),
  };
}

interface Term {
  readonly tag: readonly [string, string];
  readonly condition?: SpanFilter;
}

/** A tag as the store has it, or the condition that stands for it. */
function termOf(key: string, value: string): Term {
  const lower = value.toLowerCase();
  switch (key) {
    case 'error':
      if (lower !== 'false') return { tag: [key, lower] };
      return {
        tag: [key, lower],
        condition: either(key, value, not(equals({ level: 'span', field: 'status' }, 'error'))),
      };
    case 'otel.status_code':
      if (lower !== 'unset') return { tag: [key, value.toUpperCase()] };
      return { tag: [key, lower], condition: either(key, value, equals({ level: 'span', field: 'status' }, lower)) };
    case 'span.kind':
      if (lower !== 'unspecified') return { tag: [key, lower] };
      return { tag: [key, lower], condition: either(key, value, equals({ level: 'span', field: 'kind' }, lower)) };
    case 'otel.library.name':
    case 'otel.library.version': {
      const field = key.endsWith('name') ? 'name' : 'version';
      return { tag: [key, value], condition: either(key, value, equals({ level: 'scope', field }, value)) };
    }
    case 'otel.status_description':
      return {
        tag: [key, value],
        condition: either(key, value, equals({ level: 'span', field: 'statusMessage' }, value)),
      };
    case 'w3c.tracestate':
      return {
        tag: [key, value],
        condition: either(key, value, equals({ level: 'span', field: 'traceState' }, value)),
      };
    default:
      return { tag: [key, value] };
  }
}

function equals(left: { attribute: string } | { level: 'span' | 'scope'; field: string }, value: string): SpanFilter {
  return { op: 'eq', left, right: { constant: { value } } };
}

function not(arg: SpanFilter): SpanFilter {
  return { op: 'not', arg };
}

/** An attribute of that name where there is one, else the field. */
function either(key: string, value: string, field: SpanFilter): SpanFilter {
  return {
    op: 'or',
    args: [
      equals({ attribute: key }, value),
      { op: 'and', args: [not({ op: 'exists', left: { attribute: key } }), field] },
    ],
  };
}
