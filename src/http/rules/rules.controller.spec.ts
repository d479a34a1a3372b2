import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { messageOf } from '../../base/errors';
import request from 'supertest';
import type { App } from 'supertest/types';
import { CLOCK } from '../../base/clock';
import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { InvalidRulesError, RULES_ENGINE } from '../../rules';
import type { AlertingRuleStatus, GroupStatus } from '../../rules';
import { RELOAD, ReloadController } from './reload.controller';
import { RulesController } from './rules.controller';
import type { RulesApi } from './rules.controller';

const at = Date.parse('2026-01-01T00:00:00Z');
const alerting: AlertingRuleStatus = {
  type: 'alerting',
  name: 'Down',
  query: 'up == 0',
  labels: { severity: 'critical' },
  annotations: { summary: '{{ $labels.job }}' },
  health: 'ok',
  lastError: undefined,
  evaluationTime: 2,
  lastEvaluation: at,
  file: 'a.yml',
  line: 4,
  kind: undefined,
  explanation: 'Fires.',
  threshold: '== 0',
  measured: 'up',
  state: 'firing',
  holdFor: 300_000,
  keepFiringFor: 0,
  alerts: [
    {
      labels: Labels.of({ alertname: 'Down', job: 'api' }),
      annotations: { summary: 'api' },
      state: 'firing',
      activeAt: at,
      firedAt: at,
      keepFiringSince: at + 1000,
      value: 0,
      valueAtFire: 0,
    },
  ],
};
const group = (file: string, name: string, rules: GroupStatus['rules'] = [alerting]): GroupStatus => ({
  name,
  file,
  interval: 15_000,
  queryOffset: 0,
  limit: 0,
  rules,
  evaluationTime: 3,
  lastEvaluation: at,
  nextEvaluation: at + 15_000,
  missedIterations: 0,
});
const { state: _state, alerts: _alerts, annotations: _annotations, ...common } = alerting;
const recording = { ...common, type: 'recording', name: 'up:sum', seriesCount: 1, lastEvaluation: undefined } as const;
const groups = [group('b.yml', 'z'), group('a.yml', 'm', [alerting, recording]), group('c.yml', 'none', [])];

let app: INestApplication<App>;
const reloads: { broken: boolean } = { broken: false };
const rules: RulesApi = {
  groups: () => groups,
  alerts: () => alerting.alerts.slice(),
  history: (start, end) =>
    Promise.resolve([
      {
        t: end,
        file: 'a.yml',
        group: 'm',
        rule: 'Down',
        labels: {},
        from: 'pending',
        to: 'firing',
        value: start,
        activeAt: 0,
      },
    ]),
  plan: () => ({ added: [], changed: [], removed: [], unchanged: 3 }),
  reload: () => {
    const problem = {
      severity: 'error',
      code: 'expr-syntax',
      file: 'a.yml',
      line: 5,
      column: 11,
      message: 'no',
    } as const;
    return reloads.broken
      ? Promise.reject(new InvalidRulesError([problem]))
      : Promise.resolve({ added: [], changed: [], removed: [], unchanged: 3 });
  },
};

beforeAll(async () => {
  const testing = await Test.createTestingModule({
    controllers: [RulesController, ReloadController],
    providers: [
      { provide: RULES_ENGINE, useValue: rules },
      { provide: CLOCK, useValue: new ManualClock(at) },
      {
        provide: RELOAD,
        useValue: () =>
          rules.reload().then(
            () => [],
            (error: unknown) => [`rules: ${messageOf(error)}`],
          ),
      },
    ],
  }).compile();
  app = testing.createNestApplication<INestApplication<App>>();
  await app.init();
});
afterAll(() => app.close());

const get = (path: string) => request(app.getHttpServer()).get(path);

test('/api/v1/rules is as Prometheus has it', async () => {
  const { body } = await get('/api/v1/rules').expect(200);
  expect(body.status).toBe('success');
  expect(body.data.groups.map(({ file, name }: GroupStatus) => [file, name])).toEqual([
    ['a.yml', 'm'],
    ['b.yml', 'z'],
  ]);
  expect(body.data.groups[0]).toEqual({
    name: 'm',
    file: 'a.yml',
    interval: 15,
    limit: 0,
    evaluationTime: 0.003,
    lastEvaluation: '2026-01-01T00:00:00.000Z',
    rules: [
      {
        state: 'firing',
        name: 'Down',
        query: 'up == 0',
        duration: 300,
        keepFiringFor: 0,
        labels: { severity: 'critical' },
        annotations: { summary: '{{ $labels.job }}' },
        alerts: [
          {
            labels: { alertname: 'Down', job: 'api' },
            annotations: { summary: 'api' },
            state: 'firing',
            activeAt: '2026-01-01T00:00:00.000Z',
            keepFiringSince: '2026-01-01T00:00:01.000Z',
            value: '0e+00',
          },
        ],
        health: 'ok',
        evaluationTime: 0.002,
        lastEvaluation: '2026-01-01T00:00:00.000Z',
        type: 'alerting',
      },
      expect.objectContaining({ type: 'recording', name: 'up:sum', lastEvaluation: '0001-01-01T00:00:00Z' }),
    ],
  });
});

test.each([
  ['type=record', ['up:sum']],
  ['type=alert', ['Down', 'Down']],
  ['rule_name[]=up:sum', ['up:sum']],
  ['rule_group[]=z', ['Down']],
  ['file[]=a.yml', ['Down', 'up:sum']],
  ['match[]={severity="critical"}', ['Down', 'up:sum', 'Down']],
  ['match[]={severity="info"}&match[]={severity=~"crit.*"}', ['Down', 'up:sum', 'Down']],
  ['match[]={severity="info"}', []],
])('/api/v1/rules?%s', async (query, names) => {
  const { body } = await get(`/api/v1/rules?${query}`).expect(200);
  expect(body.data.groups.flatMap((found: GroupStatus) => found.rules.map(({ name }) => name))).toEqual(names);
});

test('pages lead from one to the next', async () => {
  const first = await get('/api/v1/rules?group_limit=1').expect(200);
  expect(first.body.data.groups.map(({ name }: GroupStatus) => name)).toEqual(['m']);
  const second = await get(`/api/v1/rules?group_limit=1&group_next_token=${first.body.data.groupNextToken}`).expect(
    200,
  );
  expect(second.body.data.groups.map(({ name }: GroupStatus) => name)).toEqual(['z']);
  expect(second.body.data.groupNextToken).toBeUndefined();
});

test.each(['type=both', 'group_limit=0', 'group_next_token=x', 'group_limit=1&group_next_token=x', 'match[]=1+'])(
  '/api/v1/rules?%s is refused',
  async (query) => {
    const { body } = await get(`/api/v1/rules?${query}`).expect(400);
    expect(body).toEqual({ status: 'error', errorType: 'bad_data', error: expect.any(String) });
  },
);

test('/api/v1/rules without alerts, and /api/v1/alerts', async () => {
  const without = await get('/api/v1/rules?exclude_alerts=true').expect(200);
  expect(without.body.data.groups[0].rules[0].alerts).toEqual([]);
  const { body } = await get('/api/v1/alerts').expect(200);
  expect(body.data.alerts).toHaveLength(1);
});

test('history, plan and reload', async () => {
  const history = await get('/api/stack/rules/history?from=100&to=200').expect(200);
  expect(history.body.transitions).toMatchObject([{ t: 200_000, value: 100_000, rule: 'Down' }]);
  await get('/api/stack/rules/plan').expect(200, { added: [], changed: [], removed: [], unchanged: 3 });
  const post = (path: string) => request(app.getHttpServer()).post(path);
  await post('/api/stack/rules/reload').expect(200);
  await post('/-/reload').expect(200, '');
  reloads.broken = true;
  const refused = await post('/api/stack/rules/reload').expect(422);
  expect(refused.body).toMatchObject({ code: 'INVALID_RULES', problems: [{ line: 5 }] });
  const failed = await post('/-/reload').expect(500);
  expect(failed.text).toBe('failed to reload config: rules: a.yml:5:11: no [expr-syntax]\n');
});
