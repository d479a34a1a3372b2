import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { CLOCK } from '../../base/clock';
import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { parseNotedSeries, PROMQL_ENGINE, PromqlEngine } from '../../promql';
import { MemorySeriesStore, SERIES_STORE } from '../../storage';
import type { SeriesAdmin } from '../../storage';
import { ADMIN_ACCESS, prometheusControllers, STATUS_SOURCE, StoreStatus } from '.';
import type { AdminAccess } from '.';

const NOW = 600_000;

const TARGETS = ['a', 'b'].map((instance) => ({
  labels: Labels.of({ job: 'api', instance }),
  metadata: new Map([
    ['up', { type: 'gauge' as const, help: 'Is it up.', unit: '' }],
    ['took_seconds', { type: 'histogram' as const, help: 'How long.', unit: 'seconds' }],
  ]),
}));

async function start(access: AdminAccess = { admin: undefined }): Promise<INestApplication> {
  const clock = new ManualClock(NOW);
  const store = new MemorySeriesStore();
  const lines = [
    'http_requests_total{job="api",instance="a"} 0+10x10',
    'http_requests_total{job="api",instance="b"} 0+20x10',
    'up{job="api"} 1x10',
    'latency {{schema:0 sum:5 count:3 buckets:[1 2]}}x10',
  ];
  for (const line of lines) {
    const { labels, samples } = parseNotedSeries(line);
    await store.append(
      samples.map(({ value, histogram }, i) => ({
        labels,
        t: i * 60_000,
        value,
        ...(histogram === undefined ? {} : { histogram }),
      })),
    );
  }
  await store.append([
    {
      labels: Labels.of({ __name__: 'up', job: 'api' }),
      t: NOW,
      value: 1,
      exemplar: { labels: Labels.of({ trace_id: 'abc' }), value: 0.5, t: NOW - 500 },
    },
  ]);
  store.describe(new Map([['up', { type: 'gauge', help: 'Is it up.', unit: '' }]]));
  const module = await Test.createTestingModule({
    controllers: [...prometheusControllers],
    providers: [
      { provide: CLOCK, useValue: clock },
      { provide: ADMIN_ACCESS, useValue: access },
      { provide: SERIES_STORE, useValue: store },
      { provide: PROMQL_ENGINE, useValue: new PromqlEngine(store, clock) },
      {
        provide: STATUS_SOURCE,
        useValue: new StoreStatus(store, clock, {
          version: '1.2.3',
          startedAt: 0,
          hostname: 'here',
          dataFolder: '/data',
          retention: '15d',
          reloaded: () => ({ at: 5000, successful: false }),
          configText: () => 'data: /data\n',
          scrapePools: () => ['web', 'api'],
          targetMetadata: () => TARGETS,
          walReplay: () => ({ min: 3, max: 7, current: 7 }),
          alertmanagers: () => ['http://127.0.0.1:4319/api/v2/alerts'],
        }),
      },
    ],
  }).compile();
  const app = module.createNestApplication();
  await app.init();
  return app;
}

describe("Prometheus' HTTP API", () => {
  let app: INestApplication;
  beforeAll(async () => {
    app = await start();
  });
  afterAll(() => app.close());

  const get = (path: string): request.Test => request(app.getHttpServer()).get(path);

  test.each([
    {
      name: 'an instant vector',
      path: '/api/v1/query?query=up&time=600',
      data: { resultType: 'vector', result: [{ metric: { __name__: 'up', job: 'api' }, value: [600, '1'] }] },
    },
    {
      name: 'a scalar, at the time of the request',
      path: '/api/v1/query?query=1/0',
      data: { resultType: 'scalar', result: [600, '+Inf'] },
    },
    {
      name: 'a string',
      path: '/api/v1/query?query=%22a%22&time=1.5',
      data: { resultType: 'string', result: [1.5, 'a'] },
    },
    {
      name: 'a range vector',
      path: '/api/v1/query?query=up[2m]&time=1970-01-01T00:10:00Z',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { __name__: 'up', job: 'api' },
            values: [
              [540, '1'],
              [600, '1'],
            ],
          },
        ],
      },
    },
    {
      name: 'a native histogram',
      path: '/api/v1/query?query=latency&time=600',
      data: {
        resultType: 'vector',
        result: [
          {
            metric: { __name__: 'latency' },
            histogram: [
              600,
              {
                count: '3',
                sum: '5',
                buckets: [
                  [0, '0.5', '1', '1'],
                  [0, '1', '2', '2'],
                ],
              },
            ],
          },
        ],
      },
    },
    {
      name: 'a range query',
      path: '/api/v1/query_range?query=sum(rate(http_requests_total[2m]))&start=540&end=600&step=60',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: {},
            values: [
              [540, '0.5'],
              [600, '0.5'],
            ],
          },
        ],
      },
    },
    { name: 'label names', path: '/api/v1/labels?match[]=up', data: ['__name__', 'job'] },
    { name: 'label values', path: '/api/v1/label/instance/values', data: ['a', 'b'] },
    { name: 'label values by escaped name', path: '/api/v1/label/U__instance/values', data: ['a', 'b'] },
    { name: 'series', path: '/api/v1/series?match[]=up&start=0&end=600', data: [{ __name__: 'up', job: 'api' }] },
    { name: 'metadata', path: '/api/v1/metadata', data: { up: [{ type: 'gauge', help: 'Is it up.', unit: '' }] } },
    {
      name: 'exemplars',
      path: '/api/v1/query_exemplars?query=up&start=0&end=600',
      data: [
        {
          seriesLabels: { __name__: 'up', job: 'api' },
          exemplars: [{ labels: { trace_id: 'abc' }, value: '0.5', timestamp: 599.5 }],
        },
      ],
    },
    { name: 'a formatted query', path: '/api/v1/format_query?query=sum(up)by(job)', data: 'sum by (job) (up)' },
    {
      name: 'a parsed query',
      path: '/api/v1/parse_query?query=up',
      data: {
        type: 'vectorSelector',
        name: 'up',
        matchers: [{ name: '__name__', value: 'up', type: '=' }],
        offset: 0,
        timestamp: null,
        startOrEnd: null,
        anchored: false,
        smoothed: false,
      },
    },
    {
      name: 'no targets',
      path: '/api/v1/targets',
      data: { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} },
    },
    { name: 'flags', path: '/api/v1/status/flags', data: {} },
    { name: 'the configuration', path: '/api/v1/status/config', data: { yaml: 'data: /data\n' } },
    { name: 'the log read back', path: '/api/v1/status/walreplay', data: { min: 3, max: 7, current: 7 } },
    { name: 'scrape jobs, sorted', path: '/api/v1/scrape_pools', data: { scrapePools: ['api', 'web'] } },
    {
      name: 'where alerts go',
      path: '/api/v1/alertmanagers',
      data: { activeAlertmanagers: [{ url: 'http://127.0.0.1:4319/api/v2/alerts' }], droppedAlertmanagers: [] },
    },
    {
      name: 'a reload that failed',
      path: '/api/v1/notifications',
      data: [{ text: 'Configuration reload has failed.', date: '1970-01-01T00:00:05.000Z', active: true }],
    },
    {
      name: 'metadata of targets, whole targets up to the limit',
      path: '/api/v1/targets/metadata?limit=1',
      data: [
        { target: { job: 'api', instance: 'a' }, metric: 'up', type: 'gauge', help: 'Is it up.', unit: '' },
        {
          target: { job: 'api', instance: 'a' },
          metric: 'took_seconds',
          type: 'histogram',
          help: 'How long.',
          unit: 'seconds',
        },
      ],
    },
    {
      name: 'metadata of one metric of one target',
      path: '/api/v1/targets/metadata?match_target=%7Binstance=%22b%22%7D&metric=up',
      data: [{ target: { job: 'api', instance: 'b' }, type: 'gauge', help: 'Is it up.', unit: '' }],
    },
  ])('$name', async ({ path, data }) => {
    const response = await get(path).expect(200);
    expect(response.body).toEqual({ status: 'success', data });
  });

  test.each([
    {
      path: '/api/v1/query?query=up%7B',
      status: 400,
      errorType: 'bad_data',
      error: /^invalid parameter "query": 1:4: parse error: /,
    },
    { path: '/api/v1/query?query=', status: 400, errorType: 'bad_data', error: /no expression found in input/ },
    {
      path: '/api/v1/query?query=up&time=x',
      status: 400,
      errorType: 'bad_data',
      error: /^invalid parameter "time": cannot parse "x" to a valid timestamp$/,
    },
    {
      path: '/api/v1/query?query=up&timeout=x',
      status: 400,
      errorType: 'bad_data',
      error: /^invalid parameter "timeout"/,
    },
    {
      path: '/api/v1/query?query=up&limit=-1',
      status: 400,
      errorType: 'bad_data',
      error: /limit must be non-negative/,
    },
    {
      path: '/api/v1/query?query=http_requests_total%2Bon(job)http_requests_total',
      status: 422,
      errorType: 'execution',
      error: /found duplicate series/,
    },
    {
      path: '/api/v1/query_range?query=up&start=2&end=1&step=1',
      status: 400,
      errorType: 'bad_data',
      error: /end timestamp must not be before start time/,
    },
    {
      path: '/api/v1/query_range?query=up&start=0&end=1&step=0',
      status: 400,
      errorType: 'bad_data',
      error: /zero or negative query resolution/,
    },
    {
      path: '/api/v1/query_range?query=up&start=0&end=20000&step=1',
      status: 400,
      errorType: 'bad_data',
      error: /exceeded maximum resolution of 11,000 points/,
    },
    {
      path: '/api/v1/query_range?query=up[1m]&start=0&end=1&step=1',
      status: 400,
      errorType: 'bad_data',
      error: /^invalid parameter \"query\": invalid expression type "range vector"/,
    },
    { path: '/api/v1/series', status: 400, errorType: 'bad_data', error: /no match\[\] parameter provided/ },
    {
      path: '/api/v1/targets/metadata?match_target=x%7B',
      status: 400,
      errorType: 'bad_data',
      error: /^invalid parameter "match_target"/,
    },
    { path: '/api/v1/targets/metadata?limit=x', status: 400, errorType: 'bad_data', error: /^limit must be a number$/ },
    { path: '/api/v1/series?match[]=%7B', status: 400, errorType: 'bad_data', error: /^invalid parameter "match\[\]"/ },
  ])('refuses $path', async ({ path, status, errorType, error }) => {
    const response = await get(path).expect(status);
    expect(response.body).toEqual({ status: 'error', errorType, error: expect.stringMatching(error) as unknown });
  });

  test('a form body counts like the URL, and stats and warnings come with the answer', async () => {
    const response = await request(app.getHttpServer())
      .post('/api/v1/query')
      .type('form')
      .send({ query: 'rate(http_requests_total[2m])', time: '600', limit: '1', stats: 'all' })
      .expect(200);
    const body: unknown = response.body;
    expect(body).toMatchObject({
      status: 'success',
      data: { resultType: 'vector', stats: { samples: { totalQueryableSamples: 4 } } },
      warnings: ['results truncated due to limit'],
    });
  });

  test('infos come with their place', async () => {
    const response = await get('/api/v1/query?query=rate(up[2m])&time=600').expect(200);
    expect(response.body).toMatchObject({
      infos: [
        'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "up" (1:6)',
      ],
    });
  });

  test('lookback_delta narrows what counts as current', async () => {
    const response = await get('/api/v1/query?query=up&time=661&lookback_delta=30s').expect(200);
    expect(response.body).toEqual({ status: 'success', data: { resultType: 'vector', result: [] } });
  });

  test('build information names the API that is spoken and who speaks it', async () => {
    const response = await get('/api/v1/status/buildinfo').expect(200);
    expect(response.body).toMatchObject({
      data: { version: '3.5.0', application: 'Telltale', applicationVersion: '1.2.3' },
    });
  });

  test('the store status counts series', async () => {
    const response = await get('/api/v1/status/tsdb?limit=1').expect(200);
    expect(response.body).toMatchObject({
      data: { headStats: { numSeries: 4 }, seriesCountByMetricName: [{ name: 'http_requests_total', value: 2 }] },
    });
  });
});

describe("the keeper's routes", () => {
  const asked: string[] = [];
  const admin: SeriesAdmin = {
    deleteSamples: (matchers, from, to) => Promise.resolve(void asked.push(`${matchers.join(' ')} ${from} ${to}`)),
    cleanDeleted: () => Promise.resolve(void asked.push('clean')),
    copy: (sealedOnly) => {
      asked.push(sealedOnly ? 'copy of blocks' : 'copy');
      return Promise.resolve('20260101T000000Z-0123456789abcdef');
    },
  };
  const EVER = 8_640_000_000_000_000;
  const NAMED = '{"status":"success","data":{"name":"20260101T000000Z-0123456789abcdef"}}';
  const bad = (error: string): string => JSON.stringify({ status: 'error', errorType: 'bad_data', error });
  let app: INestApplication;
  beforeAll(async () => {
    app = await start({ admin });
  });
  afterAll(() => app.close());

  test.each([
    { path: 'delete_series?match[]=up&start=1&end=2.5', status: 204, body: '', want: ['__name__="up" 1000 2500'] },
    {
      path: 'delete_series?match[]=up&match[]={job=~"a.*"}',
      status: 204,
      body: '',
      want: [`__name__="up" ${-EVER} ${EVER}`, `job=~"a.*" ${-EVER} ${EVER}`],
    },
    {
      path: 'delete_series?match[]={}',
      status: 400,
      body: bad(
        'invalid parameter "match[]": 1:1: parse error: vector selector must contain at least one non-empty matcher',
      ),
      want: [],
    },
    { path: 'delete_series', status: 400, body: bad('no match[] parameter provided'), want: [] },
    {
      path: 'delete_series?match[]=up&start=x',
      status: 400,
      body: bad(`invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp`),
      want: [],
    },
    { path: 'clean_tombstones', status: 204, body: '', want: ['clean'] },
    { path: 'snapshot', status: 200, body: NAMED, want: ['copy'] },
    { path: 'snapshot?skip_head=true', status: 200, body: NAMED, want: ['copy of blocks'] },
    {
      path: 'snapshot?skip_head=maybe',
      status: 400,
      body: bad('invalid parameter "skip_head": unable to parse boolean: "maybe" is neither true nor false'),
      want: [],
    },
  ])('$path -> $status', async ({ path, status, body, want }) => {
    for (const method of ['post', 'put'] as const) {
      asked.length = 0;
      const response = await request(app.getHttpServer())[method](`/api/v1/admin/tsdb/${encodeURI(path)}`);
      expect({ status: response.status, body: response.text, asked }).toEqual({ status, body, asked: want });
    }
  });

  test('a selector that is none deletes nothing, whatever stands before it', async () => {
    asked.length = 0;
    const path = '/api/v1/admin/tsdb/delete_series?match[]=up&match[]=up%7B';
    await request(app.getHttpServer()).post(path).expect(400);
    expect(asked).toEqual([]);
  });

  test.each(['delete_series?match[]=up', 'clean_tombstones', 'snapshot'])('%s is off by default', async (path) => {
    const closed = await start();
    const response = await request(closed.getHttpServer()).post(`/api/v1/admin/tsdb/${path}`);
    await closed.close();
    expect([response.status, response.text]).toEqual([
      500,
      '{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}',
    ]);
  });
});
