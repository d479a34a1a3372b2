import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import request from 'supertest';
import { ALERTING, Alerting, alertingConfig } from '../../alerting';
import { CLOCK } from '../../base/clock';
import { silentLogger } from '../../base/logger';
import { ManualClock } from '../../base/testing/manual-clock';
import { noTelemetry } from '../../base/telemetry';
import { MemoryStateStore } from '../../storage/memory/memory-state-store';
import { AlertsController } from '../stack/alerts.controller';
import { AlertmanagerController } from './index';

const FILE = `
route: {receiver: default, group_by: [alertname], routes: [{matchers: ['team="a"'], receiver: team-a}]}
receivers: [{name: default}, {name: team-a, webhook_configs: [{url: 'http://hook.example'}]}]
inhibit_rules: [{source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [zone]}]
`;
const HOUR = 3_600_000;

describe('API v2', () => {
  let app: INestApplication;
  let alerting: Alerting;
  const clock = new ManualClock();
  const server = () => request(app.getHttpServer());
  const at = (offset: number) => new Date(clock.now() + offset).toISOString();
  const silence = (more: object = {}) => ({
    matchers: [{ name: 'alertname', value: 'Slow', isRegex: false }],
    startsAt: at(0),
    endsAt: at(HOUR),
    createdBy: 'me',
    comment: 'why',
    ...more,
  });

  beforeEach(async () => {
    alerting = new Alerting({
      state: new MemoryStateStore(),
      clock,
      logger: silentLogger,
      telemetry: noTelemetry,
      random: () => 0.5,
      config: alertingConfig.parse({ heartbeats: [{ name: 'nightly', interval: '1h' }] }),
      externalUrl: 'http://telltale.example',
      directory: '/',
      version: '1.2.3',
      alertmanagerFile: { path: '/am.yml', text: FILE },
      transport: () => Promise.resolve({ status: 200, headers: {}, body: '' }),
    });
    await alerting.start();
    const module = await Test.createTestingModule({
      controllers: [AlertmanagerController, AlertsController],
      providers: [
        { provide: ALERTING, useValue: alerting },
        { provide: CLOCK, useValue: clock },
      ],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.init();
  });
  afterEach(async () => {
    await app.close();
    await alerting.stop();
  });

  test('status', async () => {
    const { body } = await server().get('/api/v2/status').expect(200);
    expect(body).toMatchObject({
      cluster: { status: 'ready', peers: [{ name: 'telltale' }] },
      versionInfo: { version: '1.2.3' },
      config: { original: expect.stringContaining('receiver: default') },
    });
  });

  test('receivers', async () => {
    await server()
      .get('/api/v2/receivers')
      .expect(200, [{ name: 'default' }, { name: 'team-a' }]);
  });

  test('alerts: posted, filtered, grouped', async () => {
    await server()
      .post('/api/v2/alerts')
      .send([
        {
          labels: { alertname: 'Slow', severity: 'critical', zone: 'a' },
          annotations: { summary: 's', empty: '' },
          generatorURL: 'http://g',
        },
        {
          labels: { alertname: 'Slow', severity: 'warning', zone: 'a', team: 'a' },
          startsAt: at(-HOUR),
          endsAt: '0001-01-01T00:00:00Z',
        },
        { labels: { alertname: 'Over' }, endsAt: at(-1) },
      ])
      .expect(200, '');
    const all = (await server().get('/api/v2/alerts').expect(200)).body;
    expect(all).toHaveLength(2);
    expect(all.find((alert: { labels: Record<string, string> }) => alert.labels['team'] === undefined)).toMatchObject({
      annotations: { summary: 's' },
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      generatorURL: 'http://g',
      receivers: [{ name: 'default' }],
      startsAt: at(0),
      endsAt: at(300_000),
      status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] },
    });
    const count = async (query: string) => (await server().get(`/api/v2/alerts?${query}`).expect(200)).body.length;
    expect(await count('filter=severity="warning"')).toBe(1);
    expect(await count('filter=alertname=Slow&filter=zone!=a')).toBe(0);
    expect(await count('inhibited=false')).toBe(1);
    expect(await count('active=false')).toBe(1);
    expect(await count('receiver=team-.*')).toBe(1);
    expect(await count('receiver=team')).toBe(0);
    const groups = (await server().get('/api/v2/alerts/groups').expect(200)).body;
    expect(
      groups.map((group: { receiver: { name: string }; alerts: unknown[] }) => [
        group.receiver.name,
        group.alerts.length,
      ]),
    ).toEqual([
      ['default', 1],
      ['team-a', 1],
    ]);
    expect((await server().get('/api/v2/alerts/groups?receiver=team-a').expect(200)).body).toMatchObject([
      { labels: { alertname: 'Slow' } },
    ]);
  });

  test.each([
    ['[{"labels":{}}]', 400, 'at least one label pair required'],
    [
      '[{"labels":{"a":"b"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]',
      400,
      'start time must be before end time',
    ],
    ['[{}]', 422, { code: 602, message: '0.labels in body is required' }],
    ['{}', 422, { code: 601, message: 'alerts in body must be of type array' }],
    [
      '[{"labels":{"a":"b"},"startsAt":"yesterday"}]',
      422,
      { code: 601, message: '0.startsAt in body must be of type date-time: "yesterday"' },
    ],
  ])('POST alerts %s: %i', async (text, status, want) => {
    const { body } = await server()
      .post('/api/v2/alerts')
      .set('content-type', 'application/json')
      .send(text)
      .expect(status);
    expect(body).toEqual(want);
  });

  test('the valid ones of a mixed post are kept', async () => {
    await server()
      .post('/api/v2/alerts')
      .send([{ labels: {} }, { labels: { alertname: 'Kept' } }])
      .expect(400);
    expect((await server().get('/api/v2/alerts')).body).toHaveLength(1);
  });

  test('silences: made, seen, changed, ended', async () => {
    const { body: made } = await server().post('/api/v2/silences').send(silence()).expect(200);
    const id: string = made.silenceID;
    const seen = (await server().get(`/api/v2/silence/${id}`).expect(200)).body;
    expect(seen).toMatchObject({
      id,
      status: { state: 'active' },
      matchers: [{ name: 'alertname', value: 'Slow', isRegex: false, isEqual: true }],
      comment: 'why',
    });
    await server()
      .post('/api/v2/alerts')
      .send([{ labels: { alertname: 'Slow' } }])
      .expect(200);
    expect((await server().get('/api/v2/alerts')).body).toMatchObject([
      { status: { state: 'suppressed', silencedBy: [id] } },
    ]);
    expect((await server().get('/api/v2/alerts?silenced=false')).body).toEqual([]);
    await server()
      .post('/api/v2/silences')
      .send(silence({ id, endsAt: at(2 * HOUR) }))
      .expect(200, { silenceID: id });
    await server().delete(`/api/v2/silence/${id}`).expect(200);
    await clock.advance(1);
    expect((await server().get('/api/v2/silences')).body).toMatchObject([{ id, status: { state: 'expired' } }]);
    expect((await server().get('/api/v2/silences?filter=alertname="Other"')).body).toEqual([]);
  });

  test.each([
    [{ endsAt: '2020-01-01T00:00:00Z', startsAt: '2019-01-01T00:00:00Z' }, 400, "end time can't be in the past"],
    [
      { matchers: [{ name: 'a', value: '', isRegex: false }] },
      400,
      'at least one matcher must not match the empty string',
    ],
    [{ matchers: [{ name: 'a', value: '[', isRegex: true }] }, 400, expect.stringContaining('regular expression')],
    [{ id: '11111111-1111-4111-8111-111111111111' }, 404, expect.stringContaining('not found')],
    [{ comment: undefined }, 422, { code: 602, message: 'silence.comment in body is required' }],
  ])('POST silences %j: %i', async (more, status, want) => {
    const { body } = await server().post('/api/v2/silences').send(silence(more)).expect(status);
    expect(body).toEqual(want);
  });

  test('silences of unknown or malformed ids', async () => {
    await server().get('/api/v2/silence/11111111-1111-4111-8111-111111111111').expect(404);
    await server().delete('/api/v2/silence/11111111-1111-4111-8111-111111111111').expect(404);
    await server().get('/api/v2/silence/nonsense').expect(422);
  });

  test.each(['/api/v2/alerts?filter=a==b"', '/api/v2/alerts?receiver=[', '/api/v2/silences?filter=~'])(
    'GET %s is a bad request',
    async (path) => {
      await server().get(path).expect(400);
    },
  );

  describe('ours', () => {
    const post = async () => {
      await server()
        .post('/api/v2/alerts')
        .send([{ labels: { alertname: 'Slow', team: 'a' } }])
        .expect(200);
      return String((await server().get('/api/v2/alerts')).body[0].fingerprint);
    };

    test('why', async () => {
      const fingerprint = await post();
      const { body } = await server().get(`/api/stack/alerts/${fingerprint}/why`).expect(200);
      expect(body).toMatchObject({
        state: 'firing',
        channels: [{ receiver: 'team-a', nextPossible: at(30_000), lastNotified: null }],
      });
      expect(
        body.channels[0].stages.map(({ stage, verdict }: { stage: string; verdict: string }) => `${stage}: ${verdict}`),
      ).toEqual([
        'route: passed',
        'group: waiting',
        'inhibition: passed',
        'time intervals: passed',
        'silences: passed',
        'deduplication: passed',
        'acknowledgement: passed',
        'delivery: passed',
      ]);
    });

    test('acknowledge, snooze, history', async () => {
      const fingerprint = await post();
      await server().post(`/api/stack/alerts/${fingerprint}/ack`).send({ by: 'me', for: '2h' }).expect(200);
      expect((await server().get(`/api/stack/alerts/${fingerprint}/why`)).body).toMatchObject({
        acknowledgement: { by: 'me' },
      });
      await server().delete(`/api/stack/alerts/${fingerprint}/ack`).expect(204);
      const { body } = await server()
        .post(`/api/stack/alerts/${fingerprint}/snooze`)
        .send({ for: '1h', by: 'me' })
        .expect(200);
      expect((await server().get('/api/v2/alerts')).body).toMatchObject([{ status: { silencedBy: [body.silenceID] } }]);
      expect(
        (await server().get('/api/stack/notifications')).body
          .map(({ value }: { value: { event: string } }) => value.event)
          .sort(),
      ).toEqual(['acknowledged', 'unacknowledged']);
    });

    test('receivers, templates, signs of life', async () => {
      expect((await server().post('/api/stack/receivers/team-a/test').send({}).expect(200)).body).toEqual([
        { integration: 'team-a/webhook/0', delivery: { kind: 'delivered' } },
      ]);
      expect(
        (
          await server()
            .post('/api/stack/templates/preview')
            .send({ template: '{{ .Status | toUpper }} {{ .GroupLabels.alertname }}' })
            .expect(200)
        ).body,
      ).toEqual({ text: 'FIRING TestAlert' });
      expect((await server().get('/api/stack/receivers').expect(200)).body).toMatchObject([
        { name: 'default', channels: [] },
        { name: 'team-a', channels: [{ channel: 'webhook', queued: 0 }] },
      ]);
      await server().post('/api/stack/heartbeats/nightly').expect(200);
      expect((await server().get('/api/stack/heartbeats')).body).toMatchObject([{ name: 'nightly', missed: false }]);
    });
  });
});
