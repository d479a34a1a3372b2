import type { EpochMillis } from '../../base/clock';
import { OverloadedError } from '../../base/errors';
import type { AttributeValue } from '../../domain/attributes';
import { attributeToText } from '../../domain/attributes';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import { durationNano, SPAN_KINDS } from '../../domain/span';
import type { Span, SpanKind } from '../../domain/span';
import type { Dependency, LogSearch, SpanStore, TraceSearch, TraceSummary } from '../ports/span-store';
import { logHas, logSays, spanHas } from '../record-attributes';
import { compileSpanFilter } from '../span-filter';

/** Records kept at most; one more is refused. */
const MAX_RECORDS = 100_000;

/**
 * Spans and logs that last as long as the object: for tests, and for stacks that are asked to keep nothing. Every
 * question looks at every record: it is the plain reading of what the port asks.
 */
export class MemorySpanStore implements SpanStore {
  readonly name = 'memory';
  private readonly traces = new Map<string, Map<string, Span>>();
  private readonly records: LogRecord[] = [];
  /** How often each log record is kept, by its content. */
  private readonly kept = new Map<string, number>();
  private spanCount = 0;

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws OverloadedError when more than 100,000 records would be kept: nothing was taken. */
  async write(spans: readonly Span[]): Promise<void> {
    this.checkRoom(spans.length);
    for (const span of spans) {
      const trace = this.traces.get(span.traceId) ?? new Map<string, Span>();
      this.traces.set(span.traceId, trace);
      // Senders exist that give two spans one id: client and server of one call.
      const key = `${span.spanId} ${span.startUnixNano} ${span.kind}`;
      if (!trace.has(key)) this.spanCount++;
      trace.set(key, span);
    }
  }

  /** Records have no id: of equal ones each request's own repetitions count, a request sent again does not. */
  async writeLogs(records: readonly LogRecord[]): Promise<void> {
    this.checkRoom(records.length);
    const here = new Map<string, number>();
    for (const record of records) {
      const content = contentOf(record);
      const nth = (here.get(content) ?? 0) + 1;
      here.set(content, nth);
      if (nth <= (this.kept.get(content) ?? 0)) continue;
      this.kept.set(content, nth);
      this.records.push(record);
    }
  }

  async trace(traceId: string): Promise<Span[]> {
    return [...(this.traces.get(traceId.toLowerCase().padStart(32, '0'))?.values() ?? [])].sort(byStart);
  }

  async search(query: TraceSearch): Promise<TraceSummary[]> {
    const { attributes, filter, service, operation, onlyErrors } = query;
    const meets = filter === undefined ? undefined : compileSpanFilter(filter);
    // Whole nanoseconds: 0.0045 ms times a million is not quite 4500.
    const least = Math.round((query.minDuration ?? 0) * 1e6);
    const most = query.maxDuration === undefined ? Infinity : Math.round(query.maxDuration * 1e6);
    const found: { readonly spans: readonly Span[]; readonly newest: number }[] = [];
    for (const trace of this.traces.values()) {
      const spans = [...trace.values()].sort(byStart);
      const hits = spans.filter((span) => {
        const took = Number(durationNano(span));
        return (
          isWithin(millisOf(span.startUnixNano), query) &&
          took >= least &&
          took <= most &&
          (service === undefined || serviceNameOf(span.resource) === service) &&
          (operation === undefined || span.name === operation) &&
          (onlyErrors !== true || span.status.code === 'error') &&
          (attributes === undefined || spanHas(span, attributes)) &&
          (meets === undefined || meets(span))
        );
      });
      if (hits.length > 0) found.push({ spans, newest: Math.max(...hits.map((span) => millisOf(span.startUnixNano))) });
    }
    return found
      .sort((a, b) => b.newest - a.newest)
      .slice(0, query.limit)
      .map(({ spans }) => summarize(spans))
      .sort((a, b) => (a.startUnixNano < b.startUnixNano ? 1 : -1));
  }

  async services(): Promise<string[]> {
    return [...new Set(this.spans().map((span) => serviceNameOf(span.resource)))].sort();
  }

  async operations(service: string): Promise<{ name: string; kind: SpanKind }[]> {
    const all = new Map<string, { name: string; kind: SpanKind }>();
    for (const { resource, name, kind } of this.spans())
      if (serviceNameOf(resource) === service) all.set(`${kind} ${name}`, { name, kind });
    return [...all.values()].sort((a, b) =>
      a.name === b.name ? SPAN_KINDS.indexOf(a.kind) - SPAN_KINDS.indexOf(b.kind) : a.name < b.name ? -1 : 1,
    );
  }

  async dependencies(start: EpochMillis, end: EpochMillis): Promise<Dependency[]> {
    const calls = new Map<string, { parent: string; child: string; callCount: number }>();
    for (const trace of this.traces.values()) {
      const services = new Map([...trace.values()].map((span) => [span.spanId, serviceNameOf(span.resource)]));
      for (const span of trace.values()) {
        const parent = services.get(span.parentSpanId);
        const child = serviceNameOf(span.resource);
        if (parent === undefined || parent === child || !isWithin(millisOf(span.startUnixNano), { start, end }))
          continue;
        const key = `${parent}\u0000${child}`;
        const call = calls.get(key) ?? { parent, child, callCount: 0 };
        calls.set(key, call);
        call.callCount++;
      }
    }
    return [...calls.values()].sort((a, b) => (a.parent + a.child < b.parent + b.child ? -1 : 1));
  }

  async attributeKeys(start: EpochMillis, end: EpochMillis): Promise<string[]> {
    const keys = new Set<string>();
    for (const { attributes, resource, scope, events, links } of this.spansWithin(start, end))
      for (const place of [{ attributes }, resource, scope, ...events, ...links])
        for (const key of Object.keys(place.attributes)) keys.add(key);
    return [...keys].sort();
  }

  async attributeValues(key: string, start: EpochMillis, end: EpochMillis, limit: number): Promise<AttributeValue[]> {
    const values = new Map<string, AttributeValue>();
    for (const span of this.spansWithin(start, end).sort(byStart).reverse())
      for (const place of [span.attributes, span.resource.attributes]) {
        const value = Object.hasOwn(place, key) ? place[key] : undefined;
        if (value !== undefined && values.size < limit) values.set(attributeToText(value), value);
      }
    return [...values.values()];
  }

  async logs(query: LogSearch): Promise<LogRecord[]> {
    const { traceId, spanId, service, eventName, minSeverityNumber, attributes, text } = query;
    return this.records
      .filter(
        (record) =>
          isWithin(millisOf(timeOf(record)), query) &&
          (traceId === undefined || record.traceId === traceId.toLowerCase().padStart(32, '0')) &&
          (spanId === undefined || record.spanId === spanId.toLowerCase().padStart(16, '0')) &&
          (service === undefined || serviceNameOf(record.resource) === service) &&
          (eventName === undefined || record.eventName === eventName) &&
          (minSeverityNumber === undefined || record.severityNumber >= minSeverityNumber) &&
          (attributes === undefined || logHas(record, attributes)) &&
          (text === undefined || logSays(record, query)),
      )
      .sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0))
      .slice(0, query.limit);
  }

  private checkRoom(more: number): void {
    if (this.spanCount + this.records.length + more > MAX_RECORDS)
      throw new OverloadedError(`a store in memory keeps ${MAX_RECORDS} records`, 1000);
  }

  private spans(): Span[] {
    return [...this.traces.values()].flatMap((trace) => [...trace.values()]);
  }

  private spansWithin(start: EpochMillis, end: EpochMillis): Span[] {
    return this.spans().filter(({ startUnixNano }) => isWithin(millisOf(startUnixNano), { start, end }));
  }
}

function summarize(spans: readonly Span[]): TraceSummary {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const services = new Map<string, { name: string; spanCount: number; errorSpanCount: number }>();
  for (const { resource, status } of spans) {
    const name = serviceNameOf(resource);
    const entry = services.get(name) ?? { name, spanCount: 0, errorSpanCount: 0 };
    services.set(name, entry);
    entry.spanCount++;
    if (status.code === 'error') entry.errorSpanCount++;
  }
  const first = spans[0];
  const root = spans.find(({ parentSpanId }) => parentSpanId === '') ?? first;
  const start = first?.startUnixNano ?? 0n;
  return {
    traceId: first?.traceId ?? '',
    rootService: root === undefined ? '' : serviceNameOf(root.resource),
    rootOperation: root?.name ?? '',
    startUnixNano: start,
    endUnixNano: spans.reduce((end, span) => (span.endUnixNano > end ? span.endUnixNano : end), start),
    spanCount: spans.length,
    errorSpanCount: spans.filter(({ status }) => status.code === 'error').length,
    orphanSpanCount: spans.filter(({ parentSpanId }) => parentSpanId !== '' && !ids.has(parentSpanId)).length,
    services: [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function byStart(a: Span, b: Span): number {
  return a.startUnixNano < b.startUnixNano ? -1 : a.startUnixNano > b.startUnixNano ? 1 : 0;
}

function isWithin(at: number, { start, end }: { readonly start: number; readonly end: number }): boolean {
  return at >= start && at <= end;
}

/** With the digits of a microsecond. */
function millisOf(nano: bigint): number {
  return Number(nano / 1000n) / 1000;
}

function timeOf({ timeUnixNano, observedUnixNano }: LogRecord): bigint {
  return timeUnixNano === 0n ? observedUnixNano : timeUnixNano;
}

function contentOf(record: LogRecord): string {
  return JSON.stringify(record, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
