import type { Server } from 'node:http';
import request from 'supertest';
import { z } from 'zod';
import type { Span } from '../../domain/span';
import { sampleSpans } from '../../traces/testing/sample-spans';
import { serveSpans } from './testing/served-spans';
import type { ServedSpans } from './testing/served-spans';

/**
 * The requests that clients make, as their sources have them, and what they refuse in the answers:
 * Jaeger UI 2.19 and later (`packages/jaeger-ui/src/api`), Grafana's Jaeger data source (`pkg/tsdb/jaeger`).
 */
const NOW = 1_780_272_100_000;
const MICROS = 1_780_272_000_000_000;
const TRACE = '00000000000000000000000000000011';
const ISO = { min: '2026-05-31T23:59:00.000Z', max: '2026-06-01T00:05:00.000Z' };

let served: ServedSpans;
beforeAll(async () => {
  const spans = sampleSpans(
    { id: 'a1', service: 'web', name: 'GET /chat', start: 0, end: 100, kind: 'server', error: true },
    { id: 'b1', parent: 'a1', service: 'model', name: 'chat', start: 10, end: 60, kind: 'client' },
  ).map((span): Span => ({
    ...span,
    traceId: TRACE,
    attributes: {
      text: 'x',
      whole: 1,
      ratio: 0.5,
      yes: true,
      none: null,
      raw: Uint8Array.of(255),
      list: [1, 'a'],
      map: { k: 1n },
    },
    events: [{ timeUnixNano: BigInt(MICROS) * 1000n, name: 'e', attributes: { n: 1 }, droppedAttributesCount: 0 }],
    links: [
      {
        traceId: 'ab'.repeat(16),
        spanId: 'cd'.repeat(8),
        traceState: '',
        attributes: {},
        droppedAttributesCount: 0,
        flags: 0,
      },
    ],
  }));
  served = await serveSpans(NOW, spans);
});
afterAll(() => served.close());

const ask = async (path: string): Promise<unknown> => {
  const { status, body } = await request(served.app.getHttpServer() as Server).get(path);
  expect(status).toBe(200);
  return body as unknown;
};

const traceId = z.string().regex(/^(?!0+$)[0-9a-f]{32}$/i);
const spanId = z.string().regex(/^(?!0+$)[0-9a-f]{16}$/i);
const nanos = z.string().regex(/^\d+$/);
const count = z.int().min(0);

describe('Jaeger UI', () => {
  const VALUES = ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'];
  const anyValue: z.ZodType = z.lazy(() =>
    z
      .looseObject({
        stringValue: z.string().optional(),
        boolValue: z.boolean().optional(),
        intValue: z
          .string()
          .regex(/^-?\d+$/)
          .optional(),
        doubleValue: z.number().optional(),
        arrayValue: z.looseObject({ values: z.array(anyValue).optional() }).optional(),
        kvlistValue: z.looseObject({ values: z.array(keyValue).optional() }).optional(),
        bytesValue: z.base64().optional(),
      })
      .refine((value) => VALUES.filter((key) => key in value).length === 1, 'exactly one value field'),
  );
  const keyValue: z.ZodType = z.lazy(() => z.looseObject({ key: z.string(), value: anyValue }));
  const attributes = z.array(keyValue).optional();
  const span = z.looseObject({
    traceId,
    spanId,
    parentSpanId: spanId.optional(),
    kind: count.optional(),
    startTimeUnixNano: nanos.optional(),
    endTimeUnixNano: nanos.optional(),
    attributes,
    events: z
      .array(z.looseObject({ timeUnixNano: nanos.optional(), name: z.string().optional(), attributes }))
      .optional(),
    links: z.array(z.looseObject({ traceId, spanId, attributes })).optional(),
    status: z.looseObject({ message: z.string().optional(), code: count.optional() }).optional(),
  });
  const trace = z.looseObject({
    result: z.looseObject({
      resourceSpans: z.array(
        z.looseObject({
          resource: z.looseObject({ attributes }).optional(),
          scopeSpans: z.array(z.looseObject({ scope: z.looseObject({ attributes }).optional(), spans: z.array(span) })),
        }),
      ),
    }),
  });

  test('services, operations and what a search may be asked', async () => {
    expect(z.object({ services: z.array(z.string()) }).parse(await ask('/api/v3/services')).services).toHaveLength(2);
    const operations = z.object({ operations: z.array(z.object({ name: z.string(), spanKind: z.string() })) });
    expect(operations.parse(await ask('/api/v3/operations?service=web')).operations).toHaveLength(1);
    expect(await ask('/api/v3/capabilities')).toHaveProperty('search.withoutServiceName', true);
  });

  test.each([
    ['a service', 'query.serviceName=web'],
    ['an operation, as versions name it', 'query.service_name=web&query.span_name=GET%20%2Fchat'],
    ['all services', ''],
    ['a form without limits of duration', 'query.durationMin=&query.durationMax=&query.num_traces=20'],
    ['tags', `query.attributes=${encodeURIComponent('{"error":"true"}')}`],
  ])('search by %s', async (_what, query) => {
    const times = `query.startTimeMin=${ISO.min}&query.startTimeMax=${ISO.max}`;
    const summaries = z.object({
      summaries: z.array(
        z.looseObject({
          traceId,
          minStartTimeUnixNano: nanos,
          maxEndTimeUnixNano: nanos,
          spanCount: count,
          errorSpanCount: count,
          orphanSpanCount: count,
          services: z.array(z.object({ name: z.string(), spanCount: count, errorSpanCount: count })),
        }),
      ),
    });
    expect(summaries.parse(await ask(`/api/v3/trace-summaries?${times}&${query}`)).summaries).toHaveLength(1);
  });

  test('a trace, by v3 and by v1; dependencies', async () => {
    expect(trace.parse(await ask(`/api/v3/traces/${TRACE}`)).result.resourceSpans).toHaveLength(2);
    expect(await ask(`/api/traces/${TRACE}`)).toHaveProperty('data.0.spans.1.references.0.refType', 'CHILD_OF');
    expect(await ask(`/api/traces/${TRACE}?prettyPrint=true&raw=true`)).toHaveProperty('data.0.traceID', TRACE);
    expect(await ask(`/api/dependencies?endTs=${NOW}&lookback=604800000`)).toHaveProperty('data.0.callCount', 1);
    expect(await ask('/api/operations?service=web&spanKind=server')).toHaveProperty('data.0.name', 'GET /chat');
  });
});

describe("Grafana's data source", () => {
  const int = z.int();
  const tags = z.array(z.object({ key: z.string(), type: z.string(), value: z.unknown() }));
  const traces = z.object({
    data: z.array(
      z.object({
        traceID: z.string(),
        processes: z.record(z.string(), z.object({ serviceName: z.string(), tags })),
        warnings: z.array(z.string()).nullable(),
        spans: z.array(
          z.object({
            traceID: z.string(),
            spanID: z.string(),
            processID: z.string(),
            operationName: z.string(),
            startTime: int,
            duration: int,
            flags: int,
            logs: z.array(z.object({ timestamp: int, fields: tags })),
            references: z.array(z.object({ refType: z.string(), spanID: z.string(), traceID: z.string() })),
            tags,
            warnings: z.array(z.string()).nullable(),
          }),
        ),
      }),
    ),
    total: int,
    limit: int,
    offset: int,
    errors: z.unknown(),
  });

  test('v1: services, operations, search, a trace with its time, dependencies', async () => {
    expect(await ask('/api/services')).toHaveProperty('data', ['model', 'web']);
    expect(await ask('/api/services/web/operations')).toHaveProperty('data', ['GET /chat']);
    const tagged = `tags=${encodeURIComponent('{"text":"x"}')}`;
    const search = `/api/traces?limit=20&maxDuration=1s&minDuration=1ms&operation=chat&service=model&${tagged}`;
    expect(traces.parse(await ask(search)).data).toHaveLength(1);
    const byId = `/api/traces/${TRACE}?start=${MICROS - 1000}&end=${MICROS + 1_000_000}`;
    expect(traces.parse(await ask(byId)).data[0]?.spans).toHaveLength(2);
    const dependencies = z.object({
      data: z.array(z.object({ parent: z.string(), child: z.string(), callCount: int })),
    });
    expect(dependencies.parse(await ask(`/api/dependencies?endTs=${NOW}&lookback=3600000`)).data).toHaveLength(1);
  });

  test('v3: times as they are, not encoded', async () => {
    const query = `query.duration_min=1ms&query.service_name=web&query.start_time_min=2026-06-01T01:59:00.123456789+02:00&query.start_time_max=${ISO.max}`;
    expect(await ask(`/api/v3/traces?${query}`)).toHaveProperty('result.resourceSpans.0.scopeSpans.0.spans.0.kind', 2);
    const times = 'start_time=2026-06-01T00:00:00Z&end_time=2026-06-01T00:05:00Z';
    expect(await ask(`/api/v3/traces/${TRACE}?${times}`)).toHaveProperty('result.resourceSpans.1');
    expect(await ask('/api/v3/operations?service=model')).toHaveProperty('operations.0.name', 'chat');
  });
});
