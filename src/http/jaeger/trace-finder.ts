import { attributeToText } from '../../domain/attributes';
import { serviceNameOf } from '../../domain/resource';
import { durationNano } from '../../domain/span';
import type { Span } from '../../domain/span';
import type { SpanReader, TraceSearch, TraceSummary } from '../../storage';

/** One found trace, whole. */
export interface FoundTrace {
  readonly traceId: string;
  readonly spans: readonly Span[];
}

/** Search terms that Jaeger stores as tags and OTLP as fields of the span. */
const FIELD_TAGS: ReadonlySet<string> = new Set([
  'error',
  'span.kind',
  'otel.status_code',
  'otel.status_description',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
  'w3c.tracestate',
]);

/** How many more traces are read when terms remain that the store cannot check. */
const WIDEN = 10;

/** Searches a span store in Jaeger's terms. */
export class TraceFinder {
  constructor(private readonly spans: SpanReader) {}

  /** Summaries of traces that match, the newest first. */
  async summaries(search: TraceSearch): Promise<TraceSummary[]> {
    const { queries, fields } = split(search);
    const found = unique(await Promise.all(queries.map((query) => this.spans.search(query))));
    if (fields.length === 0) return found.slice(0, search.limit);
    const kept: TraceSummary[] = [];
    for (const summary of found) {
      if (kept.length === search.limit) break;
      const spans = await this.spans.trace(summary.traceId);
      if (spans.some((span) => matches(span, search, fields))) kept.push(summary);
    }
    return kept;
  }

  /** The traces that match, whole, the newest first. */
  async traces(search: TraceSearch): Promise<FoundTrace[]> {
    const summaries = await this.summaries(search);
    return Promise.all(summaries.map(async ({ traceId }) => ({ traceId, spans: await this.spans.trace(traceId) })));
  }
}

/** What the store is asked, and the terms that are left to check. */
function split(search: TraceSearch): { queries: TraceSearch[]; fields: [string, string][] } {
  const entries = Object.entries(search.attributes ?? {});
  const fields = entries.filter(([key]) => FIELD_TAGS.has(key));
  if (fields.length === 0) return { queries: [search], fields };
  const { attributes: _attributes, ...rest } = search;
  const plain = entries.filter(([key]) => !FIELD_TAGS.has(key));
  const ask = (attributes: readonly [string, string][], onlyErrors: boolean): TraceSearch => ({
    ...rest,
    ...(attributes.length === 0 ? {} : { attributes: Object.fromEntries(attributes) }),
    ...(onlyErrors ? { onlyErrors } : {}),
    limit: search.limit * WIDEN,
  });
  const failure = fields.find(
    ([key, value]) => (key === 'error' && value === 'true') || (key === 'otel.status_code' && /^error$/i.test(value)),
  );
  // A failure may be the span's status or an attribute of that name.
  return {
    queries: failure === undefined ? [ask(plain, false)] : [ask(plain, true), ask([...plain, failure], false)],
    fields,
  };
}

/** Each trace once, the newest first. */
function unique(lists: readonly (readonly TraceSummary[])[]): TraceSummary[] {
  const byId = new Map(lists.flat().map((summary) => [summary.traceId, summary]));
  return [...byId.values()].sort((a, b) => (a.startUnixNano < b.startUnixNano ? 1 : -1));
}

/** Whether one span meets every condition, the field terms among them. */
function matches(span: Span, search: TraceSearch, fields: readonly [string, string][]): boolean {
  const nano = Number(durationNano(span));
  return (
    (search.service === undefined || serviceNameOf(span.resource) === search.service) &&
    (search.operation === undefined || span.name === search.operation) &&
    (search.minDuration === undefined || nano >= Math.round(search.minDuration * 1e6)) &&
    (search.maxDuration === undefined || nano <= Math.round(search.maxDuration * 1e6)) &&
    fields.every(([key, value]) => fieldText(span, key) === value.toLowerCase())
  );
}

function fieldText(span: Span, key: string): string {
  const attribute = span.attributes[key];
  if (attribute !== undefined) return attributeToText(attribute).toLowerCase();
  const fields: Readonly<Record<string, string>> = {
    error: String(span.status.code === 'error'),
    'span.kind': span.kind,
    'otel.status_code': span.status.code,
    'otel.status_description': span.status.message,
    'otel.scope.name': span.scope.name,
    'otel.scope.version': span.scope.version,
    'otel.library.name': span.scope.name,
    'otel.library.version': span.scope.version,
    'w3c.tracestate': span.traceState,
  };
  return (fields[key] ?? '').toLowerCase();
}
