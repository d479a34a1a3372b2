import type { LedgerRow } from '../../domain/ledger';
import { attributeToText } from '../../domain/attributes';
import { serviceNameOf } from '../../domain/resource';
import type { Span } from '../../domain/span';
import { durationNano } from '../../domain/span';
import type { LedgerReader, SpanDetail, SpanDigest, SpanDigester, SpanReader, TraceSummary } from '../../storage';
import { groupBy } from '../sections/group';
import { quantileOf, sorted } from '../statistics/order';

/** A ledger that is an array. */
export function arrayLedger(rows: readonly LedgerRow[]): LedgerReader {
  return {
    calls: ({ start = -Infinity, end = Infinity, after, model, limit }) =>
      Promise.resolve(
        rows
          .filter(({ at }) => at >= start && at <= end)
          .filter((row) => model === undefined || (row.responseModel || row.requestModel) === model)
          .filter(({ at, id }) => after === undefined || at > after.at || (at === after.at && id > after.id))
          .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
          .slice(0, limit),
      ),
    sessions: () => Promise.resolve([]),
    session: () => Promise.resolve(undefined),
    activities: () => Promise.resolve([]),
  };
}

/** Spans in an array, with the questions that reports ask. */
export function arraySpans(spans: readonly Span[]): Pick<SpanReader, 'trace' | 'search'> & SpanDigester {
  const byTrace = groupBy(spans, ({ traceId }) => traceId);
  const within = (start: number, end: number): Span[] =>
    spans.filter((span) => startOf(span) >= start && startOf(span) <= end);
  return {
    trace: (traceId) => Promise.resolve(byTrace.get(traceId) ?? []),
    search: (): Promise<TraceSummary[]> => Promise.resolve([]),
    digest: ({ start, end, slowest }): Promise<SpanDigest> => {
      const found = within(start, end);
      const operations = [...groupBy(found, (span) => `${serviceNameOf(span.resource)}\n${span.name}`).values()].map(
        (group) => {
          const times = sorted(group.map(msOf));
          return {
            service: group[0] === undefined ? '' : serviceNameOf(group[0].resource),
            name: group[0]?.name ?? '',
            spans: group.length,
            errors: group.filter(({ status }) => status.code === 'error').length,
            totalMs: times.reduce((sum, ms) => sum + ms, 0),
            p50Ms: quantileOf(times, 0.5),
            p95Ms: quantileOf(times, 0.95),
            p99Ms: quantileOf(times, 0.99),
          };
        },
      );
      const roots = found.filter(({ parentSpanId }) => parentSpanId === '').sort((a, b) => msOf(b) - msOf(a));
      return Promise.resolve({
        spans: found.length,
        operations,
        slowest: roots.slice(0, slowest).map(({ traceId }) => traceId),
      });
    },
    details: ({ start, end, withKey, withName, where = {}, read, measure, part, limit }) =>
      Promise.resolve(
        within(start, end)
          .filter(
            (span) =>
              (withKey.length === 0 && withName.length === 0) ||
              withName.includes(span.name) ||
              withKey.some((key) => Object.hasOwn(span.attributes, key)),
          )
          .filter((span) =>
            Object.entries(where).every(
              ([key, text]) => (span.attributes[key] ?? span.resource.attributes[key]) === text,
            ),
          )
          .filter((span) => {
            const place = parseInt(span.traceId.slice(0, 8), 16) / 0x1_0000_0000;
            return place >= part.from && place < part.to;
          })
          .slice(0, limit)
          .map((span): SpanDetail => {
            const text = (key: string): string | undefined => {
              const value = span.attributes[key] ?? span.resource.attributes[key];
              return value === undefined ? undefined : attributeToText(value);
            };
            return {
              traceId: span.traceId,
              spanId: span.spanId,
              parentSpanId: span.parentSpanId,
              service: serviceNameOf(span.resource),
              name: span.name,
              startMs: startOf(span),
              durationMs: msOf(span),
              failed: span.status.code === 'error',
              values: Object.fromEntries(
                read.flatMap((key) => (text(key) === undefined ? [] : [[key, text(key)?.slice(0, 500) ?? '']])),
              ),
              lengths: Object.fromEntries(
                measure.flatMap((key) => (text(key) === undefined ? [] : [[key, text(key)?.length ?? 0]])),
              ),
            };
          }),
      ),
  };
}

function startOf(span: Span): number {
  return Number(span.startUnixNano / 1000n) / 1000;
}

function msOf(span: Span): number {
  return Number(durationNano(span)) / 1e6;
}
