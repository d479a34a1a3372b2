import type { Labels } from '../../../domain/labels';
import type { Metric, MetricPoints, NumberPoint, ResourceMetrics } from '../../../domain/metric-point';
import type { IncomingSample } from '../../../storage';
import { otlpSeriesConfig } from '../series.config';
import { OtlpMetricsToSamples } from './otlp-metrics-to-samples';

const AT = 1_767_225_600_000;
const nano = (millis: number): bigint => BigInt(millis) * 1_000_000n;

function request(
  data: MetricPoints,
  changes: Partial<Metric> = {},
  resource: Record<string, string> = { 'service.name': 'api' },
): ResourceMetrics[] {
  const metric: Metric = { name: 'm', description: 'help', unit: '', data, ...changes };
  const scope = { name: '', version: '', attributes: {}, schemaUrl: '' };
  return [{ resource: { attributes: resource, schemaUrl: '' }, scopes: [{ scope, metrics: [metric] }] }];
}

function number(value: number, time = AT, changes: Partial<NumberPoint> = {}): NumberPoint {
  return { attributes: {}, startUnixNano: 0n, timeUnixNano: nano(time), flags: 0, value, exemplars: [], ...changes };
}

const text = ({ labels, t, value, stale }: IncomingSample): string =>
  `${labels.toString()} ${stale ? 'stale' : value} @${t - AT}`;

const convert = (converter: OtlpMetricsToSamples, metrics: ResourceMetrics[]): string[] =>
  converter.convert(metrics, AT).samples.map(text);

test('a gauge, with the labels of resource and scope', () => {
  const metrics = request(
    {
      kind: 'gauge',
      points: [number(1.5, AT, { attributes: { 'http.method': 'GET', b: [1, 2], 'http-method': 'x' } })],
    },
    {},
    { 'service.name': 'api', 'service.namespace': 'shop', 'service.instance.id': 'i1', region: 'eu' },
  );
  const [first] = metrics;
  const scoped = first
    ? [
        {
          ...first,
          scopes: first.scopes.map(({ metrics: of }) => ({
            metrics: of,
            scope: { name: 'lib', version: '1', attributes: { x: 'y' }, schemaUrl: '' },
          })),
        },
      ]
    : [];
  expect(convert(new OtlpMetricsToSamples(), scoped)).toEqual([
    'm{b="[1,2]", http_method="x;GET", instance="i1", job="shop/api", otel_scope_name="lib", otel_scope_version="1", otel_scope_x="y"} 1.5 @0',
    'target_info{instance="i1", job="shop/api", region="eu"} 1 @0',
  ]);
  const plain = new OtlpMetricsToSamples({
    config: otlpSeriesConfig.parse({ scopeLabels: false, targetInfo: false, promoteResourceAttributes: ['region'] }),
  });
  expect(convert(plain, scoped)).toEqual([
    'm{b="[1,2]", http_method="x;GET", instance="i1", job="shop/api", region="eu"} 1.5 @0',
  ]);
});

describe('delta sums', () => {
  const delta = (value: number, from: number, to: number): ResourceMetrics[] =>
    request({
      kind: 'sum',
      monotonic: true,
      temporality: 'delta',
      points: [number(value, AT + to, { startUnixNano: nano(AT + from) })],
    });

  test('add up, beginning with zero where the first point starts', () => {
    const converter = new OtlpMetricsToSamples();
    expect(convert(converter, delta(5, -1000, 0))).toEqual(['m_total{job="api"} 0 @-999', 'm_total{job="api"} 5 @0']);
    expect(convert(converter, delta(3, 0, 1000))).toEqual(['m_total{job="api"} 8 @1000']);
  });

  test('a point that comes again changes nothing; an older one is rejected', () => {
    const converter = new OtlpMetricsToSamples();
    convert(converter, delta(5, -1000, 0));
    convert(converter, delta(3, 0, 1000));
    expect(convert(converter, delta(3, 0, 1000))).toEqual(['m_total{job="api"} 8 @1000']);
    const { samples, rejected } = converter.convert(delta(5, -1000, 0), AT);
    expect(samples).toEqual([]);
    expect(rejected).toEqual({ count: 1, message: 'metric m_total: a delta point older than one counted before' });
  });

  test('two processes with the same labels count together', () => {
    const converter = new OtlpMetricsToSamples({ config: otlpSeriesConfig.parse({ targetInfo: false }) });
    const from = (pid: string, value: number, time: number): ResourceMetrics[] =>
      request(
        { kind: 'sum', monotonic: true, temporality: 'delta', points: [number(value, AT + time)] },
        {},
        { 'service.name': 'api', pid },
      );
    expect(convert(converter, from('1', 1, 0))).toEqual(['m_total{job="api"} 1 @0']);
    expect(convert(converter, from('2', 10, 0))).toEqual(['m_total{job="api"} 11 @1']);
    expect(convert(converter, from('1', 1, 1000))).toEqual(['m_total{job="api"} 12 @1000']);
  });
});

describe('after a restart delta totals go on from what is stored', () => {
  const stored = new Map<string, IncomingSample>();
  const newestOf = (labels: Labels): IncomingSample | undefined => stored.get(labels.key);
  const restarted = (): OtlpMetricsToSamples =>
    new OtlpMetricsToSamples({ config: otlpSeriesConfig.parse({ targetInfo: false }), newestOf });
  const keep = (metrics: ResourceMetrics[]): string[] => {
    const { samples, rejected } = restarted().convert(metrics, AT);
    expect(rejected.count).toBe(0);
    for (const sample of samples) stored.set(sample.labels.key, sample);
    return samples.map(
      ({ value, histogram, labels, t }) => `${labels.toString()} ${histogram?.count ?? value} @${t - AT}`,
    );
  };
  const head = (to: number): Omit<NumberPoint, 'value'> => ({
    attributes: {},
    startUnixNano: nano(AT + to - 1000),
    timeUnixNano: nano(AT + to),
    flags: 0,
    exemplars: [],
  });
  beforeEach(() => stored.clear());

  test.each([
    {
      name: 'sum',
      data: (to: number): MetricPoints => ({
        kind: 'sum',
        monotonic: true,
        temporality: 'delta',
        points: [{ ...head(to), value: 3 }],
      }),
      series: 'm_total{job="api"}',
    },
    {
      name: 'sum that may sink',
      data: (to: number): MetricPoints => ({
        kind: 'sum',
        monotonic: false,
        temporality: 'delta',
        points: [{ ...head(to), value: 3 }],
      }),
      series: 'm{job="api"}',
    },
    {
      name: 'histogram',
      data: (to: number): MetricPoints => ({
        kind: 'histogram',
        temporality: 'delta',
        points: [{ ...head(to), count: 3, sum: 9, min: 1, max: 5, bucketCounts: [1, 0, 2], explicitBounds: [1, 2] }],
      }),
      series: 'm_count{job="api"}',
    },
    {
      name: 'exponential histogram',
      data: (to: number): MetricPoints => ({
        kind: 'exponentialHistogram',
        temporality: 'delta',
        points: [
          {
            ...head(to),
            count: 3,
            sum: 9,
            min: 1,
            max: 5,
            scale: 2,
            zeroCount: 0,
            zeroThreshold: 0,
            positive: { offset: -3, bucketCounts: [1, 0, 1] },
            negative: { offset: 4, bucketCounts: [1] },
          },
        ],
      }),
      series: 'm{job="api"}',
    },
  ])('$name', ({ data, series }) => {
    const whole = restarted();
    whole.convert(request(data(0)), AT);
    keep(request(data(0)));
    expect(keep(request(data(1000)))).toContain(`${series} 6 @1000`);
    // Sent again because the answer was lost: it is in the total already.
    expect(keep(request(data(1000)))).toContain(`${series} 6 @1000`);
    const last = restarted().convert(request(data(2000)), AT).samples;
    whole.convert(request(data(1000)), AT);
    const { samples } = whole.convert(request(data(2000)), AT);
    expect(last.map(text)).toEqual(samples.map(text));
    expect(last.map(({ histogram }) => histogram)).toEqual(samples.map(({ histogram }) => histogram));
  });

  test('a histogram whose series do not fit together starts over', () => {
    const data = (bounds: number[]): MetricPoints => ({
      kind: 'histogram',
      temporality: 'delta',
      points: [{ ...head(0), count: 3, sum: 9, min: 1, max: 5, bucketCounts: [1, 0, 2], explicitBounds: bounds }],
    });
    keep(request(data([1, 2])));
    expect(keep(request(data([1, 4])))).toContain('m_count{job="api"} 3 @0');
  });
});

test('a histogram, cumulative and delta', () => {
  const point = {
    attributes: {},
    startUnixNano: 0n,
    timeUnixNano: nano(AT),
    flags: 0,
    count: 6,
    sum: 12.5,
    min: undefined,
    max: undefined,
    bucketCounts: [1, 2, 3],
    explicitBounds: [0.5, 10],
    exemplars: [
      { timeUnixNano: nano(AT), value: 3, traceId: 'aa', spanId: 'bb', attributes: { k: 'v', long: 'x'.repeat(200) } },
    ],
  };
  const converter = new OtlpMetricsToSamples();
  const { samples, metadata } = converter.convert(
    request({ kind: 'histogram', temporality: 'cumulative', points: [point] }, { unit: 's' }),
    AT,
  );
  expect(samples.map(text)).toEqual([
    'm_seconds_bucket{job="api", le="0.5"} 1 @0',
    'm_seconds_bucket{job="api", le="10"} 3 @0',
    'm_seconds_bucket{job="api", le="+Inf"} 6 @0',
    'm_seconds_sum{job="api"} 12.5 @0',
    'm_seconds_count{job="api"} 6 @0',
  ]);
  expect(samples.map(({ exemplar }) => exemplar?.labels.toString())).toEqual([
    undefined,
    '{k="v", span_id="bb", trace_id="aa"}',
    undefined,
    undefined,
    undefined,
  ]);
  expect(metadata).toEqual(new Map([['m_seconds', { type: 'histogram', help: 'help', unit: 'seconds' }]]));

  const later = { ...point, timeUnixNano: nano(AT + 1000) };
  const delta = new OtlpMetricsToSamples();
  convert(delta, request({ kind: 'histogram', temporality: 'delta', points: [point] }));
  expect(convert(delta, request({ kind: 'histogram', temporality: 'delta', points: [later] }))).toEqual([
    'm_bucket{job="api", le="0.5"} 2 @1000',
    'm_bucket{job="api", le="10"} 6 @1000',
    'm_bucket{job="api", le="+Inf"} 12 @1000',
    'm_sum{job="api"} 25 @1000',
    'm_count{job="api"} 12 @1000',
  ]);
});

test('an exponential histogram becomes a native one; deltas of two resolutions meet at the coarser', () => {
  const point = {
    attributes: {},
    startUnixNano: 0n,
    timeUnixNano: nano(AT),
    flags: 0,
    count: 10,
    sum: 20,
    min: undefined,
    max: undefined,
    scale: 1,
    zeroCount: 1,
    zeroThreshold: 0,
    positive: { offset: -1, bucketCounts: [2, 0, 0, 3] },
    negative: { offset: 0, bucketCounts: [4] },
    exemplars: [],
  };
  const converter = new OtlpMetricsToSamples();
  const [first] = converter.convert(
    request({ kind: 'exponentialHistogram', temporality: 'delta', points: [point] }),
    AT,
  ).samples;
  expect(first?.histogram).toEqual({
    schema: 1,
    zeroThreshold: 1e-128,
    zeroCount: 1,
    count: 10,
    sum: 20,
    positiveSpans: [
      { offset: 0, length: 1 },
      { offset: 2, length: 1 },
    ],
    positiveBuckets: [2, 3],
    negativeSpans: [{ offset: 1, length: 1 }],
    negativeBuckets: [4],
    customValues: [],
    counterResetHint: 'unknown',
  });
  const coarser = { ...point, scale: 0, timeUnixNano: nano(AT + 1000) };
  const [second] = converter.convert(
    request({ kind: 'exponentialHistogram', temporality: 'delta', points: [coarser] }),
    AT,
  ).samples;
  expect(second?.histogram).toMatchObject({
    schema: 0,
    count: 20,
    positiveSpans: [
      { offset: 0, length: 1 },
      { offset: 1, length: 2 },
    ],
    positiveBuckets: [4, 3, 3],
  });
});

test('a summary, an end, and what cannot be kept', () => {
  const converter = new OtlpMetricsToSamples();
  const head = { attributes: {}, startUnixNano: 0n, timeUnixNano: nano(AT), flags: 0 };
  expect(
    convert(
      converter,
      request({ kind: 'summary', points: [{ ...head, count: 3, sum: 6, quantiles: [{ quantile: 0.5, value: 2 }] }] }),
    ),
  ).toEqual(['m{job="api", quantile="0.5"} 2 @0', 'm_sum{job="api"} 6 @0', 'm_count{job="api"} 3 @0']);
  expect(convert(converter, request({ kind: 'gauge', points: [number(1, AT, { flags: 1 })] }, { name: 'g' }))).toEqual([
    'g{job="api"} stale @0',
  ]);
  expect(converter.convert(request({ kind: 'gauge', points: [number(1)] }), AT).rejected).toEqual({
    count: 1,
    message: 'metric m is a summary already and cannot be a gauge too',
  });
  expect(
    converter.convert(
      request({ kind: 'sum', monotonic: true, temporality: 'unspecified', points: [number(1)] }, { name: 's' }),
      AT,
    ).rejected.count,
  ).toBe(1);
});
