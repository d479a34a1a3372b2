import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import type { App } from 'supertest/types';
import { CLOCK } from '../../base/clock';
import { silentLogger } from '../../base/logger';
import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { PROMQL_ENGINE, PromqlEngine } from '../../promql';
import { RULES_ENGINE, readRuleFile } from '../../rules';
import { MemorySeriesStore } from '../../storage/memory';
import { ErrorFilter } from '../error.filter';
import { BacktestController } from './backtest.controller';

const MINUTE = 60_000;
const start = Date.parse('2026-01-01T00:00:00Z');
const text = `groups:
  - name: g h
    rules:
      - alert: Slow
        expr: latency > 5
        for: 2m
      - alert: Compared
        expr: latency > other
      - record: kept
        expr: latency
`;

let app: INestApplication<App>;

beforeAll(async () => {
  const clock = new ManualClock(start + 60 * MINUTE);
  const series = new MemorySeriesStore();
  const labels = Labels.of({ __name__: 'latency', job: 'a' });
  // Nine from the 10th to the 19th minute, seven from the 30th to the 31st, else one.
  const valueAt = (minute: number): number =>
    minute >= 10 && minute < 20 ? 9 : minute === 30 || minute === 31 ? 7 : 1;
  await series.append(
    Array.from({ length: 60 }, (_, minute) => ({ labels, t: start + minute * MINUTE, value: valueAt(minute) })),
  );
  const { groups } = readRuleFile('r.yml', text);
  const testing = await Test.createTestingModule({
    controllers: [BacktestController],
    providers: [
      {
        provide: RULES_ENGINE,
        useValue: {
          definitions: () => groups.map((group) => ({ ...group, interval: MINUTE })),
          textOf: () => text,
        },
      },
      { provide: PROMQL_ENGINE, useValue: new PromqlEngine(series, clock) },
      { provide: CLOCK, useValue: clock },
    ],
  }).compile();
  app = testing.createNestApplication<INestApplication<App>>();
  app.useGlobalFilters(new ErrorFilter(silentLogger));
  await app.init();
});
afterAll(() => app.close());

const window = `from=${start}&to=${start + 59 * MINUTE}`;
const get = (path: string) => request(app.getHttpServer()).get(`/api/stack/rules/${path}`);

test('a rule is replayed with its own threshold and hold', async () => {
  const { body } = await get(`g%20h/Slow/backtest?${window}`).expect(200);
  expect(body).toMatchObject({
    rule: 'Slow',
    group: 'g h',
    file: 'r.yml',
    window: { start, end: start + 59 * MINUTE, step: MINUTE },
    condition: { measured: 'latency', operator: '>', threshold: 5, text: '5' },
    threshold: 5,
    holdFor: 2 * MINUTE,
    count: 1,
    delay: 2 * MINUTE,
    firingTime: 8 * MINUTE,
    sweep: null,
    notes: [],
    measuredSeries: 1,
  });
  expect(body.firings).toEqual([
    {
      labels: { job: 'a' },
      activeAt: start + 10 * MINUTE,
      firedAt: start + 12 * MINUTE,
      resolvedAt: start + 20 * MINUTE,
      peak: 9,
      values: Array<number>(10).fill(9),
    },
  ]);
  expect(body.measured[0].points).toHaveLength(60);
});

test.each([
  ['threshold=8', 1],
  ['threshold=10', 0],
  ['for=0s', 2],
  ['for=0s&threshold=0.5', 1],
  ['for=30m', 0],
])('with %s it fires %d times', async (parameters, count) => {
  const { body } = await get(`g%20h/Slow/backtest?${window}&${parameters}`).expect(200);
  expect(body.count).toBe(count);
});

test('a sweep tells every combination and proposes one as a patch', async () => {
  const { body } = await get(
    `g%20h/Slow/backtest?${window}&sweep=1&thresholds=5,8&fors=0s,2m&alerts_per_week=10`,
  ).expect(200);
  expect(body.sweep.rows).toEqual([
    { threshold: 5, holdFor: 0, firings: 2, delay: 0, firingTime: 12 * MINUTE },
    { threshold: 5, holdFor: 2 * MINUTE, firings: 1, delay: 2 * MINUTE, firingTime: 8 * MINUTE },
    { threshold: 8, holdFor: 0, firings: 1, delay: 0, firingTime: 10 * MINUTE },
    { threshold: 8, holdFor: 2 * MINUTE, firings: 1, delay: 2 * MINUTE, firingTime: 8 * MINUTE },
  ]);
  expect(body.sweep.proposal).toMatchObject({ threshold: 8, holdFor: 0 });
  expect(body.sweep.patch).toContain('-        expr: latency > 5\n+        expr: latency > 8\n');
});

test('rules that are not loaded are replayed too', async () => {
  const draft = text.replace('latency > 5', 'latency > 6');
  const post = (body: object) => request(app.getHttpServer()).post('/api/stack/rules/backtest').send(body);
  const { body } = await post({ rules: draft, rule: 'Slow', from: start, to: start + 59 * MINUTE, for: '0s' }).expect(
    200,
  );
  expect(body).toMatchObject({ count: 2, threshold: 6 });
  const broken = await post({ rules: draft.replace('> 6', '> >'), rule: 'Slow' });
  expect(broken.status).toBe(400);
  expect(broken.body.message).toContain('draft.yml:5');
  await post({ rule: 'Slow' }).expect(400);
});

test('a long window gets a coarser step, and says so', async () => {
  const { body } = await get(`g%20h/Slow/backtest?from=${start - 90 * 86_400_000}&to=${start + 59 * MINUTE}`).expect(
    200,
  );
  expect(body.window.step).toBe(3 * MINUTE);
  expect(body.notes).toEqual(['evaluated every 3m, not every 1m: the window is long']);
});

test('a window without data says so', async () => {
  const { body } = await get(`g%20h/Slow/backtest?from=${start - 9 * MINUTE}&to=${start - 5 * MINUTE}`).expect(200);
  expect(body).toMatchObject({ count: 0, notes: [expect.stringContaining('no result in this window')] });
});

test('a rule without a threshold is replayed, and cannot be swept', async () => {
  const { body } = await get(`g%20h/Compared/backtest?${window}`).expect(200);
  expect(body).toMatchObject({ condition: null, threshold: null, measured: [] });
  await get(`g%20h/Compared/backtest?${window}&sweep=1`).expect(400);
});

test.each([
  ['none/Slow/backtest', 404],
  ['g%20h/kept/backtest', 404],
  ['g%20h/Slow/backtest?file=other.yml', 404],
  ['g%20h/Slow/backtest?from=5000000000&to=1', 400],
  ['g%20h/Slow/backtest?threshold=x', 400],
  ['g%20h/Slow/backtest?step=1ms', 400],
  ['g%20h/Slow/backtest?for=soon', 400],
])('%s is refused with %d', async (path, status) => {
  const { body } = await get(path).expect(status);
  expect(body).toEqual({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/\S/) });
});
