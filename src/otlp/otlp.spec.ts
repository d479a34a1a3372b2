import fc from 'fast-check';
import type { Span } from '../domain/span';
import {
  decodeLogs,
  decodeLogsJson,
  decodeMetrics,
  decodeMetricsJson,
  decodeResponse,
  decodeStatus,
  decodeTraces,
  decodeTracesJson,
  encodeResponse,
  encodeStatus,
  encodeTraces,
  jsonToProtobuf,
  MetricsSplit,
  OtlpDecodeError,
  PAUSE,
  responseToJson,
  selectRows,
  stepwiseLogs,
  stepwiseTraces,
  tracesToJson,
} from './index';
import { sampleSpans } from './testing/sample-spans';

const json = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const span = (fields: object): object => ({
  resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), ...fields }] }] }],
});
const read = (fields: object): Span | undefined => decodeTracesJson(json(span(fields))).spans()[0];

describe('large requests', () => {
  const bytes = encodeTraces(sampleSpans(500, { seed: 3 }));
  const noIds = Buffer.from([0x0a, 0x08, 0x12, 0x06, 0x12, 0x04, 0x0a, 0x02, 1, 2]);

  test.each([
    ['whole', bytes],
    ['with spans that cannot be taken', Buffer.concat([bytes, noIds, bytes])],
    ['empty', new Uint8Array()],
  ])('%s: read step by step they are the same', (_name, request) => {
    const decoding = stepwiseTraces(request);
    while (decoding.step(7)) continue;
    const [stepwise, atOnce] = [decoding.finish(), decodeTraces(request)];
    expect(stepwise.parts).toEqual(atOnce.parts);
    expect(stepwise.rejected).toEqual(atOnce.rejected);
    expect(stepwise.spans()).toEqual(atOnce.spans());
  });

  test.each([0, 1, 2, 3])('rows with gaps (every 4th left out, from %d) are a request of their own', (gap) => {
    const columns = decodeTraces(Buffer.concat([bytes, noIds]));
    const skip = Uint8Array.from({ length: columns.length }, (_, row) => (row % 4 === gap ? 1 : 0));
    const selected = selectRows(columns, skip);
    const wanted = columns.spans().filter((_, row) => skip[row] === 0);
    expect(decodeTraces(selected ?? new Uint8Array()).spans()).toEqual(wanted);
    expect(selectRows(columns, skip.fill(1))).toBeUndefined();
  });

  test('log records step by step', () => {
    const logs = jsonToProtobuf(
      json({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'a' } }, {}] }] }] }),
      'LogsRequest',
    );
    const decoding = stepwiseLogs(logs);
    while (decoding.step(1)) continue;
    expect(decoding.finish().records()).toEqual(decodeLogs(logs).records());
  });

  test('cut anywhere, either way of reading refuses it', () => {
    for (let end = 0; end < bytes.length; end += 997) {
      const cut = bytes.slice(0, end);
      const stepwise = (): void => {
        const decoding = stepwiseTraces(cut);
        while (decoding.step(50)) continue;
      };
      let fault: unknown;
      try {
        decodeTraces(cut);
      } catch (error) {
        fault = error;
      }
      if (fault === undefined) expect(stepwise).not.toThrow();
      else expect(stepwise).toThrow(OtlpDecodeError);
    }
  });

  test.each([
    ['', 1, 10],
    ['', 600, 6],
    ['', 100_000, 1],
    ['unknown field before', 600, 6],
  ])(
    'metrics (%s) split at %d bytes are the same, each part with resource, scope and metric',
    (prefix, most, least) => {
      const points = Array.from({ length: 40 }, (_, i) => ({ asInt: String(i), attributes: [attributeOf('n', i)] }));
      const metrics = jsonToProtobuf(
        json({
          resourceMetrics: ['a', 'b'].map((name) => ({
            resource: { attributes: [attributeOf('service.name', name)] },
            schemaUrl: 'https://example.com/1',
            scopeMetrics: [
              {
                scope: { name: 'meter' },
                metrics: [
                  { name: 'small', unit: 's', gauge: { dataPoints: points.slice(0, 2) } },
                  { name: 'large', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points } },
                ],
              },
            ],
          })),
        }),
        'MetricsRequest',
      );
      const bytes = prefix === '' ? metrics : Buffer.concat([Buffer.from([0xa2, 0x06, 0x01, 0x00]), metrics]);
      const parts = [...new MetricsSplit(bytes, most).parts()].filter((part) => part !== PAUSE);
      expect(parts.length).toBeGreaterThanOrEqual(least);
      expect(pointsOf(parts)).toEqual(pointsOf([metrics]));
      if (most === 600) expect(Math.max(...parts.map((part) => part.byteLength))).toBeLessThan(1200);
    },
  );

  test('a data point larger than is taken is counted, the others stay', () => {
    const big = { asInt: '1', attributes: [attributeOf('text', 'x'.repeat(300_000))] };
    const metrics = jsonToProtobuf(
      json({
        resourceMetrics: [
          { scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ asInt: '7' }, big] } }] }] },
        ],
      }),
      'MetricsRequest',
    );
    const split = new MetricsSplit(metrics, 1000);
    expect(pointsOf([...split.parts()].filter((part) => part !== PAUSE))).toEqual([expect.stringContaining('7')]);
    expect(split.refused).toBe(1);
  });

  test.each(['attributes', 'events', 'one map'])(
    'a span with too many %s is refused unread, its neighbours stay',
    (what) => {
      const [good, bad] = sampleSpans(2, { seed: 5 });
      const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, i]));
      const event = { timeUnixNano: 1n, name: '', attributes: {}, droppedAttributesCount: 0 };
      const flood: Partial<Span> =
        what === 'events'
          ? { events: Array.from({ length: 10_001 }, () => event) }
          : { attributes: what === 'attributes' ? many : { map: many } };
      if (good === undefined || bad === undefined) throw new Error('no spans');
      const columns = decodeTraces(encodeTraces([{ ...bad, ...flood }, good]));
      expect(columns.spans()).toEqual([good]);
      expect(columns.rejected).toEqual({ count: 1, message: expect.stringContaining('more than 10000') });
    },
  );

  test('resources and scopes without records leave no trace', () => {
    const empty = Buffer.from([0x0a, 0x00, 0x0a, 0x02, 0x12, 0x00]);
    const [columns, plain] = [decodeTraces(Buffer.concat([empty, bytes, empty])), decodeTraces(bytes)];
    expect(columns.parts.resources).toHaveLength(plain.parts.resources.length);
    expect(columns.parts.scopes).toHaveLength(plain.parts.scopes.length);
    expect(columns.spans()).toEqual(plain.spans());
  });

  test('a resource larger than is taken refuses the request', () => {
    const [one] = sampleSpans(1);
    if (one === undefined) throw new Error('no span');
    const resource = { ...one.resource, attributes: { text: 'x'.repeat(70_000) } };
    expect(() => decodeTraces(encodeTraces([{ ...one, resource }]))).toThrow(OtlpDecodeError);
  });
});

function attributeOf(key: string, value: string | number): object {
  return { key, value: typeof value === 'number' ? { intValue: value } : { stringValue: value } };
}

/** Each data point with all that is around it, as text. */
function pointsOf(requests: readonly Uint8Array[]): string[] {
  return requests.flatMap((request) =>
    decodeMetrics(request).flatMap(({ resource, scopes }) =>
      scopes.flatMap(({ scope, metrics }) =>
        metrics.flatMap(({ data, ...metric }) =>
          data.kind === 'none'
            ? []
            : [...data.points].map((point) =>
                JSON.stringify([resource, scope, metric, { ...data, points: [] }, point], (_key, value: unknown) =>
                  typeof value === 'bigint' ? String(value) : value,
                ),
              ),
        ),
      ),
    ),
  );
}

describe('OTLP/JSON', () => {
  test.each([
    ['a 64-bit time as text', { startTimeUnixNano: '1544712660000000001' }, { startUnixNano: 1544712660000000001n }],
    ['an id in upper case', { traceId: 'AB'.repeat(16) }, { traceId: 'ab'.repeat(16) }],
    ['an enum as number', { kind: 3 }, { kind: 'client' }],
    ['an enum as name', { kind: 'SPAN_KIND_CLIENT' }, { kind: 'client' }],
    ['an enum of the future', { kind: 99 }, { kind: 'unspecified' }],
    ['names in snake case', { parent_span_id: '0102030405060708' }, { parentSpanId: '0102030405060708' }],
    ['a parent of zeros', { parentSpanId: '0'.repeat(16) }, { parentSpanId: '' }],
    ['null for absent', { name: null, attributes: null }, { name: '', attributes: {} }],
    ['unknown fields', { newField: { deep: [1] } }, { name: '' }],
    [
      'an integer attribute as text',
      attribute({ intValue: '9007199254740993' }),
      { attributes: { k: 9007199254740993n } },
    ],
    ['an integer attribute as number', attribute({ intValue: -5 }), { attributes: { k: -5 } }],
    ['a double', attribute({ doubleValue: 1.5 }), { attributes: { k: 1.5 } }],
    ['a double that is not a number', attribute({ doubleValue: 'NaN' }), { attributes: { k: NaN } }],
    ['bytes', attribute({ bytesValue: 'aGk=' }), { attributes: { k: Uint8Array.from([104, 105]) } }],
    ['false and 0 and empty text', attribute({ boolValue: false }), { attributes: { k: false } }],
    [
      'an array',
      attribute({ arrayValue: { values: [{ intValue: 1 }, { stringValue: 'a' }] } }),
      { attributes: { k: [1, 'a'] } },
    ],
    [
      'a map',
      attribute({ kvlistValue: { values: [{ key: 'a', value: { intValue: 1 } }] } }),
      { attributes: { k: { a: 1 } } },
    ],
    ['no value', attribute({}), { attributes: { k: null } }],
    ['a status', { status: { code: 2, message: 'm' } }, { status: { code: 'error', message: 'm' } }],
  ])('%s', (_name, fields, want) => {
    expect(read(fields)).toMatchObject(want);
  });

  test('long numbers that are not text stay exact', () => {
    const text = json(span({ startTimeUnixNano: '@', name: 'times: 1544712660000000001' }))
      .toString()
      .replace('"@"', '1544712660000000001');
    expect(decodeTracesJson(json(text)).spans()[0]).toMatchObject({
      startUnixNano: 1544712660000000001n,
      name: 'times: 1544712660000000001',
    });
  });

  test.each([
    ['{', 'not JSON'],
    ['[]', 'expected an object, not an array at $'],
    ['{"resourceSpans":{}}', 'expected an array, not an object at resourceSpans'],
    [span({ name: 5 }), 'expected a string, not the number 5 at resourceSpans[0].scopeSpans[0].spans[0].name'],
    [span({ traceId: 'xyz' }), 'not an id in hex at resourceSpans[0].scopeSpans[0].spans[0].traceId'],
    [span({ startTimeUnixNano: '-1' }), 'number -1 out of range'],
    [span({ startTimeUnixNano: 1.5 }), 'expected a whole number, not 1.5'],
    [span({ startTimeUnixNano: '99999999999999999999' }), 'out of range'],
    [span({ kind: 'SPAN_KIND_NEW' }), 'unknown value "SPAN_KIND_NEW"'],
    [span(attribute({ bytesValue: '%' })), 'not base64'],
    [span(attribute({ doubleValue: 'x' })), 'expected a number'],
  ])('%j is refused: %s', (given, message) => {
    expect(() => decodeTracesJson(json(given))).toThrow(message);
    expect(() => decodeTracesJson(json(given))).toThrow(OtlpDecodeError);
  });

  test('text that is not UTF-8', () => {
    expect(() => decodeTracesJson(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow('not UTF-8');
  });
});

describe('spans that cannot be taken', () => {
  test.each([
    [{ traceId: '' }, 'a trace id has 0 bytes, not 16'],
    [{ traceId: 'ab'.repeat(8) }, 'a trace id has 8 bytes, not 16'],
    [{ traceId: '0'.repeat(32) }, 'a trace id is all zero'],
    [{ spanId: 'abcd' }, 'a span id has 2 bytes, not 8'],
    [{ spanId: '0'.repeat(16) }, 'a span id is all zero'],
    [{ parentSpanId: 'ab' }, 'a parent span id has 1 bytes, not 8'],
  ])('%j: %s', (fields, message) => {
    const columns = decodeTracesJson(json(span(fields)));
    expect([columns.length, columns.rejected]).toEqual([0, { count: 1, message }]);
  });
});

test('columns tell what the objects tell', () => {
  const spans = sampleSpans(50);
  const columns = decodeTraces(encodeTraces(spans));
  const objects = columns.spans();
  expect(columns.length).toBe(50);
  objects.forEach((object, row) => {
    expect(columns.name(row)).toBe(object.name);
    expect(columns.traceId(row)).toBe(object.traceId);
    expect(columns.spanId(row)).toBe(object.spanId);
    expect(columns.durationNano(row)).toBe(Number(object.endUnixNano - object.startUnixNano));
    expect(columns.startMillis(row)).toBeCloseTo(Number(object.startUnixNano) / 1e6, 2);
    expect(columns.resourceOf(row)).toEqual(object.resource);
  });
});

test('a span that ends before it starts takes no time; times beyond 2^63 are kept', () => {
  const columns = decodeTracesJson(json(span({ startTimeUnixNano: '18446744073709551615', endTimeUnixNano: '5' })));
  expect(columns.durationNano(0)).toBe(0);
  expect(columns.spans()[0]).toMatchObject({ startUnixNano: 18446744073709551615n, endUnixNano: 5n });
});

test('resource and scope may follow what they describe', () => {
  const value = { attributes: [{ key: 'service.name', value: { stringValue: 'late' } }] };
  const late = {
    resourceSpans: [
      {
        scopeSpans: [{ spans: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }], scope: { name: 'l' } }],
        resource: value,
      },
    ],
  };
  expect(decodeTracesJson(json(late)).spans()[0]).toMatchObject({
    resource: { attributes: { 'service.name': 'late' } },
    scope: { name: 'l' },
  });
});

test('encode then decode, JSON then decode: the same spans', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  );
  const attributes = fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(value, fc.array(value, { maxLength: 3 })));
  const hex = (bytes: number): fc.Arbitrary<string> =>
    fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((raw) => Buffer.from(raw.map((byte) => byte | 1)).toString('hex'));
  fc.assert(
    fc.property(
      fc.array(fc.record({ attributes, traceId: hex(16), spanId: hex(8), name: fc.string({ unit: 'binary' }) }), {
        maxLength: 5,
      }),
      (parts) => {
        const [sample] = sampleSpans(1);
        if (sample === undefined) throw new Error('no sample');
        const spans = parts.map((part): Span => ({ ...sample, ...part }));
        const normal = (some: readonly Span[]): unknown =>
          JSON.parse(
            JSON.stringify(some, (_, inner: unknown) =>
              typeof inner === 'bigint' ? `${inner}n` : Object.is(inner, -0) ? 0 : inner,
            ),
          );
        expect(normal(decodeTraces(encodeTraces(spans)).spans())).toEqual(normal(spans));
        expect(normal(decodeTracesJson(json(tracesToJson(spans))).spans())).toEqual(normal(spans));
      },
    ),
    { seed: 11, numRuns: 100 },
  );
});

test('metrics of every kind', () => {
  const point = { timeUnixNano: '5', attributes: [{ key: 'k', value: { stringValue: 'v' } }] };
  const metrics = [
    { name: 'g', gauge: { dataPoints: [{ ...point, asInt: '-7' }] } },
    {
      name: 's',
      unit: 'By',
      sum: {
        isMonotonic: true,
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...point,
            asDouble: 0,
            startTimeUnixNano: '1',
            exemplars: [{ asDouble: 1, timeUnixNano: '4', traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }],
          },
        ],
      },
    },
    {
      name: 'h',
      histogram: {
        aggregationTemporality: 1,
        dataPoints: [{ ...point, count: '3', sum: 4.5, bucketCounts: ['1', '2'], explicitBounds: [1] }],
      },
    },
    {
      name: 'e',
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...point,
            count: '3',
            scale: -2,
            zeroCount: '1',
            positive: { offset: -1, bucketCounts: ['1', 1] },
            zeroThreshold: 0.5,
          },
        ],
      },
    },
    {
      name: 'q',
      summary: { dataPoints: [{ ...point, count: '2', sum: 3, quantileValues: [{ quantile: 0.5, value: 1 }] }] },
    },
    { name: 'n' },
  ];
  const [first] = decodeMetricsJson(json({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
  const data = first?.scopes[0]?.metrics.map((metric) => metric.data);
  const head = { attributes: { k: 'v' }, timeUnixNano: 5n, flags: 0 };
  expect(data).toMatchObject([
    { kind: 'gauge', points: [{ ...head, value: -7 }] },
    {
      kind: 'sum',
      monotonic: true,
      temporality: 'cumulative',
      points: [{ value: 0, startUnixNano: 1n, exemplars: [{ value: 1, traceId: 'ab'.repeat(16) }] }],
    },
    {
      kind: 'histogram',
      temporality: 'delta',
      points: [{ count: 3, sum: 4.5, min: undefined, bucketCounts: [1, 2], explicitBounds: [1] }],
    },
    {
      kind: 'exponentialHistogram',
      points: [
        {
          scale: -2,
          zeroCount: 1,
          positive: { offset: -1, bucketCounts: [1, 1] },
          negative: { offset: 0, bucketCounts: [] },
          zeroThreshold: 0.5,
        },
      ],
    },
    { kind: 'summary', points: [{ count: 2, sum: 3, quantiles: [{ quantile: 0.5, value: 1 }] }] },
    { kind: 'none' },
  ]);
});

test('log records with ids of a wrong length keep their text', () => {
  const record = {
    body: { stringValue: 'b' },
    traceId: 'abcd',
    spanId: 'cd'.repeat(8),
    severityNumber: 'SEVERITY_NUMBER_WARN',
  };
  const columns = decodeLogsJson(json({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }));
  expect(columns.records()[0]).toMatchObject({ body: 'b', traceId: '', spanId: 'cd'.repeat(8), severityNumber: 13 });
});

test('answers', () => {
  expect(decodeResponse(encodeResponse({ rejected: 3, message: 'why' }))).toEqual({ rejected: 3, message: 'why' });
  expect(encodeResponse({ rejected: 0, message: '' })).toHaveLength(0);
  expect(responseToJson('logs', { rejected: 1, message: '' })).toEqual({ partialSuccess: { rejectedLogRecords: '1' } });
  expect(decodeStatus(encodeStatus(3, 'bad'))).toEqual({ code: 3, message: 'bad' });
});

function attribute(value: object): object {
  return { attributes: [{ key: 'k', value }] };
}
