import type { Server } from 'node:http';
import request from 'supertest';
import type { Span } from '../../domain/span';
import { decodeTracesJson } from '../../otlp';
import { sampleSpans } from '../../traces/testing/sample-spans';
import type { SampleSpan } from '../../traces/testing/sample-spans';
import { FILTER_LEVELS, FILTER_OPERATORS } from './filter';
import { serveSpans } from './testing/served-spans';
import type { ServedSpans } from './testing/served-spans';

const NOW = 1_780_272_100_000;
const TRACE = '00000000000000000000000000000011';
const OTHER = '0af7651916cd43dd8448eb211c80319c';

let served: ServedSpans;

/** A span with what the cases ask for. */
function span(base: SampleSpan, change: Partial<Span> = {}): Span {
  const [made] = sampleSpans(base);
  if (made === undefined) throw new Error('no span');
  return { ...made, ...change };
}

const spans: Span[] = [
  span(
    { id: 'a1', service: 'web', name: 'GET /chat', start: 0, end: 100.5, kind: 'server', error: true },
    {
      traceId: TRACE,
      traceState: 'k=v',
      attributes: {
        'http.route': '/chat',
        count: 42,
        big: 9_007_199_254_740_993n,
        ratio: 72.5,
        ok: true,
        raw: Uint8Array.of(1, 2),
        list: ['a', 1],
      },
      events: [
        {
          timeUnixNano: 1_780_272_000_050_000_000n,
          name: 'retry',
          attributes: { attempt: 2 },
          droppedAttributesCount: 0,
        },
      ],
      links: [
        {
          traceId: OTHER,
          spanId: '00000000000000ff',
          traceState: '',
          attributes: {},
          droppedAttributesCount: 0,
          flags: 0,
        },
      ],
      status: { code: 'error', message: 'broke' },
      resource: { attributes: { 'service.name': 'web', 'host.name': 'h1' }, schemaUrl: '' },
      scope: { name: 'express', version: '1.2', attributes: {}, schemaUrl: '' },
    },
  ),
  span(
    { id: 'b1', parent: 'a1', service: 'model', name: 'chat', start: 10, end: 60, kind: 'client' },
    { traceId: TRACE },
  ),
  span({ id: 'c1', service: 'model', name: 'chat', start: 200, end: 203 }, { traceId: OTHER }),
];

beforeAll(async () => {
  served = await serveSpans(NOW, spans);
});
afterAll(() => served.close());

const server = (): Server => served.app.getHttpServer() as Server;
const get = async (path: string) => {
  const { status, body } = await request(server()).get(path);
  return { status, body: body as Record<string, unknown> };
};
const all = (...calls: object[]) => ({ op: 'and', args: calls.map((call) => ({ call })) });
const some = (level: string, call: object) => ({ op: 'some', args: [{ nested: { level } }, { call }] });
const field = (level: string, name: string, op: string, value: string) => ({
  op,
  args: [{ field: { name, level } }, { scalar: { value } }],
});
const attribute = (key: string, op: string, value: string, level: string, type = '') => ({
  op,
  args: [{ attr: { key, level } }, { scalar: { value, type } }],
});
const window = 'start=1780271999000000&end=1780272001000000';

describe('v1', () => {
  test('services and operations', async () => {
    expect((await get('/api/services')).body).toEqual({
      data: ['model', 'web'],
      total: 2,
      limit: 0,
      offset: 0,
      errors: null,
    });
    expect((await get('/api/services/web/operations')).body['data']).toEqual(['GET /chat']);
    expect((await get('/api/services/nobody/operations')).body['data']).toEqual([]);
    expect((await get('/api/operations?service=model')).body['data']).toEqual([
      { name: 'chat', spanKind: 'internal' },
      { name: 'chat', spanKind: 'client' },
    ]);
    expect((await get('/api/operations?service=model&spanKind=client')).body['data']).toEqual([
      { name: 'chat', spanKind: 'client' },
    ]);
    expect(await get('/api/operations')).toMatchObject({ status: 400, body: { data: null, errors: [{ code: 400 }] } });
  });

  test('a trace, whole', async () => {
    const { status, body } = await get('/api/traces/11');
    expect(status).toBe(200);
    expect(body['data']).toEqual([
      {
        traceID: TRACE,
        spans: [
          {
            traceID: TRACE,
            spanID: '00000000000000a1',
            flags: 1,
            operationName: 'GET /chat',
            references: [{ refType: 'FOLLOWS_FROM', traceID: OTHER, spanID: '00000000000000ff' }],
            startTime: 1_780_272_000_000_000,
            duration: 100_500,
            tags: [
              { key: 'otel.scope.name', type: 'string', value: 'express' },
              { key: 'otel.scope.version', type: 'string', value: '1.2' },
              { key: 'http.route', type: 'string', value: '/chat' },
              { key: 'count', type: 'int64', value: 42 },
              { key: 'big', type: 'int64', value: '9007199254740993' },
              { key: 'ratio', type: 'float64', value: 72.5 },
              { key: 'ok', type: 'bool', value: true },
              { key: 'raw', type: 'binary', value: 'AQI=' },
              { key: 'list', type: 'string', value: '["a",1]' },
              { key: 'span.kind', type: 'string', value: 'server' },
              { key: 'otel.status_code', type: 'string', value: 'ERROR' },
              { key: 'error', type: 'bool', value: true },
              { key: 'otel.status_description', type: 'string', value: 'broke' },
              { key: 'w3c.tracestate', type: 'string', value: 'k=v' },
            ],
            logs: [
              {
                timestamp: 1_780_272_000_050_000,
                fields: [
                  { key: 'event', type: 'string', value: 'retry' },
                  { key: 'attempt', type: 'int64', value: 2 },
                ],
              },
            ],
            processID: 'p1',
            warnings: null,
          },
          expect.objectContaining({
            spanID: '00000000000000b1',
            processID: 'p2',
            references: [{ refType: 'CHILD_OF', traceID: TRACE, spanID: '00000000000000a1' }],
          }),
        ],
        processes: {
          p1: { serviceName: 'web', tags: [{ key: 'host.name', type: 'string', value: 'h1' }] },
          p2: { serviceName: 'model', tags: [] },
        },
        warnings: null,
      },
    ]);
  });

  test.each([
    ['no condition but the service', `service=model&${window}`, [OTHER, TRACE]],
    ['operation', `service=web&operation=GET%20%2Fchat&${window}`, [TRACE]],
    ['duration from', `service=model&minDuration=20ms&${window}`, [TRACE]],
    ['duration to', `service=model&maxDuration=0.01s&${window}`, [OTHER]],
    ['an attribute', `service=web&tag=count:42&${window}`, [TRACE]],
    ['tags as JSON', `service=web&tags=${encodeURIComponent('{"ratio":"72.5","ok":"true"}')}&${window}`, [TRACE]],
    ['an attribute of an event', `service=web&tag=attempt:2&${window}`, [TRACE]],
    ['an attribute of the process', `service=web&tag=host.name:h1&${window}`, [TRACE]],
    ['errors', `service=web&tag=error:true&${window}`, [TRACE]],
    ['no errors', `service=model&tag=error:false&${window}`, [OTHER, TRACE]],
    ['the kind', `service=model&tag=span.kind:client&${window}`, [TRACE]],
    [
      'the kind and an attribute that differs',
      `service=web&tags=${encodeURIComponent('{"span.kind":"server","count":"43"}')}&${window}`,
      [],
    ],
    ['limit', `service=model&limit=1&${window}`, [OTHER]],
    ['outside the window', 'service=model&start=1&end=2', []],
    ['ids', `traceID=11&traceID=${OTHER}`, [TRACE, OTHER]],
    ['another service', `service=nobody&${window}`, []],
  ])('search by %s', async (_name, query, want) => {
    const { status, body } = await get(`/api/traces?${query}`);
    expect(status).toBe(200);
    expect((body['data'] as { traceID: string }[]).map(({ traceID }) => traceID)).toEqual(want);
  });

  test.each([
    ['/api/traces', 400, "parameter 'service' is required"],
    ['/api/traces?service=x&limit=many', 400, "unable to parse param 'limit'"],
    ['/api/traces?service=x&minDuration=5', 400, "unable to parse param 'minDuration'"],
    ['/api/traces?service=x&minDuration=5s&maxDuration=1s', 400, "'maxDuration' should be greater than 'minDuration'"],
    ['/api/traces?service=x&tag=broken', 400, "malformed 'tag' parameter"],
    ['/api/traces?service=x&tags={', 400, "malformed 'tags' parameter"],
    ['/api/traces/zz', 400, 'malformed trace id'],
    ['/api/traces/abc', 404, 'trace not found'],
    ['/api/metrics/calls?service=x', 501, 'not served here'],
  ])('%s answers %d', async (path, status, message) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status, body: { data: null, errors: [{ code: status }] } });
    expect(JSON.stringify(answer.body)).toContain(message);
  });

  test('a file of OTLP/JSON is shown, not stored', async () => {
    const resourceSpans = [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'file' } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: OTHER,
                spanId: '00000000000000aa',
                name: 'x',
                startTimeUnixNano: '1',
                endTimeUnixNano: '2001',
              },
            ],
          },
        ],
      },
    ];
    const { status, body } = await request(server()).post('/api/transform').send({ resourceSpans });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: [
        { traceID: OTHER, spans: [{ operationName: 'x', duration: 2 }], processes: { p1: { serviceName: 'file' } } },
      ],
    });
    expect((await get('/api/services')).body['data']).toEqual(['model', 'web']);
    expect((await request(server()).post('/api/transform').send({ resourceSpans: 3 })).status).toBe(400);
    // The Jaeger UI names no type of content.
    const asText = await request(server()).post('/api/transform').type('text').send(JSON.stringify({ resourceSpans }));
    expect(asText.body).toEqual(body);
    expect((await request(server()).post('/api/transform').type('text').send('{')).status).toBe(400);
  });

  test('dependencies', async () => {
    const { body } = await get(`/api/dependencies?endTs=${NOW}&lookback=3600000`);
    expect(body['data']).toEqual([{ parent: 'web', child: 'model', callCount: 1 }]);
  });
});

describe('v3', () => {
  test('dependencies, and what a search may be asked', async () => {
    const range = 'startTime=2026-05-31T23:00:00Z&endTime=2026-06-01T01:00:00Z';
    expect((await get(`/api/v3/dependencies?${range}`)).body).toEqual({
      dependencies: [{ parent: 'web', child: 'model', callCount: '1' }],
    });
    expect(
      (await get('/api/v3/dependencies?start_time=2020-01-01T00:00:00Z&end_time=2020-01-02T00:00:00Z')).body,
    ).toEqual({
      dependencies: [],
    });
    const { body } = await get('/api/v3/capabilities');
    expect(body).toMatchObject({ search: { withoutServiceName: true, sameSpanConjunction: true } });
    expect(body).toMatchObject({ search: { filter: { levels: FILTER_LEVELS, operators: FILTER_OPERATORS } } });
  });

  test.each([
    [
      'by service and duration',
      all(field('resource', 'service', 'eq', 'model'), field('span', 'duration', 'gt', '10ms')),
      [TRACE],
    ],
    ['by an attribute of an event', some('event', attribute('attempt', 'eq', '2', 'event')), [TRACE]],
    [
      'by a pattern',
      { op: 'regex', args: [{ field: { name: 'name', level: 'span' } }, { scalar: { value: '/ch' } }] },
      [TRACE],
    ],
    [
      'by what is absent',
      { op: 'not', args: [{ call: { op: 'exists', args: [{ attr: { key: 'count' } }] } }] },
      [OTHER, TRACE],
    ],
    ['typed, as stored', attribute('count', 'eq', '42', 'span', 'int'), [TRACE]],
    ['typed, otherwise than stored', attribute('count', 'eq', '42', 'span', 'double'), []],
  ])('a filter %s', async (_name, filter, want) => {
    const path = `/api/v3/trace-summaries?query.filter=${encodeURIComponent(JSON.stringify(filter))}`;
    const { body } = await get(path);
    expect((body as { summaries: { traceId: string }[] }).summaries.map(({ traceId }) => traceId)).toEqual(want);
    expect(await get(`${path}&query.serviceName=web`)).toMatchObject({
      status: 400,
      body: { error: { httpCode: 400 } },
    });
  });

  test('services and operations', async () => {
    expect((await get('/api/v3/services')).body).toEqual({ services: ['model', 'web'] });
    expect((await get('/api/v3/operations?service=model&span_kind=client')).body).toEqual({
      operations: [{ name: 'chat', spanKind: 'client' }],
    });
  });

  test('a trace in OTLP/JSON', async () => {
    const { status, body } = await get(`/api/v3/traces/${TRACE}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      result: {
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }, { key: 'host.name' }] },
            scopeSpans: [
              {
                scope: { name: 'express' },
                spans: [
                  {
                    traceId: TRACE,
                    spanId: '00000000000000a1',
                    kind: 2,
                    startTimeUnixNano: '1780272000000000000',
                    status: { code: 2, message: 'broke' },
                    attributes: expect.arrayContaining([
                      { key: 'big', value: { intValue: '9007199254740993' } },
                      { key: 'ratio', value: { doubleValue: 72.5 } },
                      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } } },
                    ]),
                  },
                ],
              },
            ],
          },
          { scopeSpans: [{ spans: [{ spanId: '00000000000000b1', parentSpanId: '00000000000000a1' }] }] },
        ],
      },
    });
  });

  test.each([
    [
      'camelCase',
      'query.serviceName=web&query.startTimeMin=2026-06-01T00:00:00Z&query.startTimeMax=2026-06-01T00:01:00.5Z',
    ],
    [
      'snake_case, as Grafana',
      'query.service_name=web&query.start_time_min=2026-06-01T00:00:00Z&query.start_time_max=2026-06-01T00:01:00Z&query.num_traces=20',
    ],
    ['without times and service', 'query.attributes=%7B%22count%22%3A%2242%22%7D'],
  ])('search and summaries: %s', async (_name, query) => {
    const summaries = await get(`/api/v3/trace-summaries?${query}`);
    expect(summaries.body).toEqual({
      summaries: [
        {
          traceId: TRACE,
          rootServiceName: 'web',
          rootOperationName: 'GET /chat',
          minStartTimeUnixNano: '1780272000000000000',
          maxEndTimeUnixNano: '1780272000100500000',
          spanCount: 2,
          errorSpanCount: 1,
          orphanSpanCount: 0,
          services: [
            { name: 'model', spanCount: 1, errorSpanCount: 0 },
            { name: 'web', spanCount: 1, errorSpanCount: 1 },
          ],
        },
      ],
    });
    expect((await get(`/api/v3/traces?${query}`)).status).toBe(200);
  });

  test.each([
    ['/api/v3/trace-summaries?query.serviceName=nobody', 200, { summaries: [] }],
    ['/api/v3/traces?query.serviceName=nobody', 404, { error: { httpCode: 404, message: 'No traces found' } }],
    ['/api/v3/traces/0123', 404, { error: { httpCode: 404, message: 'No traces found' } }],
    ['/api/v3/traces/xyz', 400, { error: { httpCode: 400 } }],
    ['/api/v3/traces?query.startTimeMin=yesterday', 400, { error: { httpCode: 400 } }],
    ['/api/v3/operations', 400, { error: { httpCode: 400 } }],
  ])('%s answers %d', async (path, status, want) => {
    expect(await get(path)).toMatchObject({ status, body: want });
  });
});

test('a whole number that came as a double stays one, in lists too', async () => {
  const doubles = [1, 1.5].map((doubleValue) => ({ doubleValue }));
  const attributes = [
    { key: 'whole', value: { doubleValue: 1 } },
    { key: 'int', value: { intValue: '1' } },
    { key: 'list', value: { arrayValue: { values: [...doubles, { intValue: '2' }] } } },
  ];
  const traceId = '00000000000000000000000000000d0b';
  const sent = {
    traceId,
    spanId: '00000000000000aa',
    name: 'x',
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
    attributes,
  };
  const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [sent] }] }] });
  const { parts } = decodeTracesJson(Buffer.from(json));
  await served.store.writeEncoded(parts);
  const v1 = (await get(`/api/traces/${traceId}`)).body as { data: { spans: { tags: unknown[] }[] }[] };
  expect(v1.data[0]?.spans[0]?.tags).toEqual([
    { key: 'whole', type: 'float64', value: 1 },
    { key: 'int', type: 'int64', value: 1 },
    { key: 'list', type: 'string', value: '[1,1.5,2]' },
  ]);
  const v3 = async () => JSON.stringify((await get(`/api/v3/traces/${traceId}`)).body);
  expect(await v3()).toContain(JSON.stringify({ attributes }).slice(1, -1));
  // Written again from objects.
  await served.store.write(await served.store.trace(traceId));
  expect(await v3()).toContain(JSON.stringify({ attributes }).slice(1, -1));
});
