import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../base/testing/manual-clock';
import { globalSettings } from '../config/global';
import { MessageTemplates } from '../notify/message-templates';
import type { Delivery } from '../notify/delivery';
import type { Notification } from '../notify/notification';
import { SAMPLE_AT, sampleNotification } from '../testing/sample-notification';
import { Credentials } from './credentials';
import type { HttpRequest, HttpResponse } from './http';
import { channels } from './index';

interface Sent {
  readonly delivery: Delivery;
  readonly requests: HttpRequest[];
  /** The last body, parsed. */
  readonly body: Record<string, unknown>;
}

const GLOBAL = {
  slack_api_url: 'https://hooks.slack.com/x',
  opsgenie_api_key: 'key',
  jira_api_url: 'https://jira.example/rest/api/3',
};

async function send(
  name: string,
  raw: Record<string, unknown>,
  options: {
    answers?: Partial<HttpResponse>[];
    notification?: Partial<Notification>;
    files?: { name: string; text: string }[];
    allowCommands?: boolean;
    environment?: Record<string, string>;
  } = {},
): Promise<Sent> {
  const prepared = channels.get(name).prepare(raw, globalSettings.parse(GLOBAL));
  if (!('create' in prepared)) throw new Error(prepared.map(({ message }) => message).join('; '));
  const requests: HttpRequest[] = [];
  const answers = [...(options.answers ?? [])];
  const channel = prepared.create({
    transport: (request) => {
      requests.push(request);
      return Promise.resolve({ status: 200, headers: {}, body: '{}', ...answers.shift() });
    },
    templates: new MessageTemplates(options.files ?? []),
    credentials: new Credentials('/'),
    clock: new ManualClock(SAMPLE_AT),
    allowCommands: options.allowCommands ?? false,
    environment: options.environment ?? {},
  });
  const delivery = await channel.send(sampleNotification(options.notification), new AbortController().signal);
  await channel.close?.();
  return { delivery, requests, body: parsed(requests.at(-1)) };
}

function parsed(request: HttpRequest | undefined): Record<string, unknown> {
  const text = String(request?.body ?? '{}');
  return text.startsWith('{') || text.startsWith('[')
    ? JSON.parse(text)
    : Object.fromEntries(new URLSearchParams(text));
}

const over = { alerts: sampleNotification().alerts.map((alert) => ({ ...alert, endsAt: SAMPLE_AT })) };
const SUBJECT = '[CRITICAL] SlowInference: p95 of inference is 8.4 s, limit 4 s';

describe('each channel sends what its provider expects', () => {
  test('webhook: version 4', async () => {
    const { requests, body } = await send('webhook', { url: 'http://hook.example/', max_alerts: 1 });
    expect(requests[0]?.headers['idempotency-key']).toBe(sampleNotification().id);
    expect(body).toMatchObject({
      version: '4',
      receiver: 'ops',
      status: 'firing',
      groupKey: '{}:{alertname="SlowInference"}',
      truncatedAlerts: 1,
      groupLabels: { alertname: 'SlowInference' },
      commonLabels: { alertname: 'SlowInference', service: 'assistant', severity: 'critical' },
      alerts: [
        {
          status: 'firing',
          startsAt: '2026-01-05T14:02:00Z',
          endsAt: '0001-01-01T00:00:00Z',
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        },
      ],
    });
  });

  test('webhook: a payload of one’s own, signed', async () => {
    const payload = {
      text: '{{ .Status }}',
      count: '{{ len .Alerts }}',
      list: '[{{ range .Alerts }}"{{ .Labels.model }}",{{ end }}]',
      plain: '3',
    };
    const { requests, body } = await send('webhook', {
      url: 'http://hook.example/{{ .CommonLabels.service }}',
      payload,
      signing_secret: 'k',
    });
    expect(requests[0]?.url).toBe('http://hook.example/assistant');
    expect(body).toEqual({ text: 'firing', count: 2, list: ['claude-sonnet-4', 'gpt-5'], plain: '3' });
    expect(requests[0]?.headers['x-telltale-signature']).toMatch(/^sha256=[0-9a-f]{64}$/);
  });

  test('slack', async () => {
    const { requests, body } = await send('slack', { channel: '#ops' });
    expect(requests[0]?.url).toBe('https://hooks.slack.com/x');
    expect(body).toMatchObject({
      channel: '#ops',
      attachments: [{ title: SUBJECT, color: 'danger', text: expect.stringContaining('&lt;claude-sonnet-4&gt;') }],
    });
  });

  test('slack: by bot, and the message is updated in place', async () => {
    const bot = { channel: '#ops', app_token: 'xoxb-1', update_message: true };
    const first = await send('slack', bot, { answers: [{ body: '{"ok":true,"channel":"C1","ts":"17.5"}' }] });
    expect(first.delivery).toEqual({ kind: 'delivered', reference: 'C1 17.5' });
    expect(first.requests[0]).toMatchObject({
      url: 'https://slack.com/api/chat.postMessage',
      headers: { authorization: 'Bearer xoxb-1' },
    });
    const second = await send('slack', bot, { notification: { reference: 'C1 17.5' } });
    expect(second.requests[0]?.url).toBe('https://slack.com/api/chat.update');
    expect(second.body).toMatchObject({ channel: 'C1', ts: '17.5' });
  });

  test('slack: what follows goes into the thread of the first message, which stays what is referred to', async () => {
    const bot = { channel: '#ops', app_token: 'xoxb-1', post_updates_to_thread: true };
    const answered = await send('slack', bot, {
      notification: { reference: 'C1 17.5' },
      answers: [{ body: '{"ok":true,"channel":"C1","ts":"18.9"}' }],
    });
    expect(answered.requests.map(({ url }) => url)).toEqual(['https://slack.com/api/chat.postMessage']);
    expect(answered.body).toMatchObject({ channel: 'C1', thread_ts: '17.5' });
    expect(answered.delivery).toEqual({ kind: 'delivered', reference: 'C1 17.5' });

    const both = await send(
      'slack',
      { ...bot, update_message: true },
      { notification: { reference: 'C1 17.5' }, answers: [{ body: '{"ok":true}' }, { body: '{"ok":true}' }] },
    );
    expect(both.requests.map(({ url }) => url)).toEqual([
      'https://slack.com/api/chat.update',
      'https://slack.com/api/chat.postMessage',
    ]);
  });

  test('slack: templates of one’s own, and defaults that a file redefines', async () => {
    const { body } = await send(
      'slack',
      { text: '{{ .CommonLabels.service | toUpper }}' },
      { files: [{ name: 'x', text: '{{ define "slack.default.title" }}mine {{ .Status }}{{ end }}' }] },
    );
    expect(body).toMatchObject({ attachments: [{ title: 'mine firing', text: 'ASSISTANT' }] });
  });

  test('msteamsv2: an adaptive card with buttons', async () => {
    const { body } = await send('msteamsv2', { webhook_url: 'https://teams.example/x' });
    expect(body).toMatchObject({
      attachments: [
        {
          content: {
            type: 'AdaptiveCard',
            body: [{ text: SUBJECT }, {}],
            actions: [{ title: 'Acknowledge' }, { title: 'Silence' }, { title: 'See all' }],
          },
        },
      ],
    });
  });

  test('msteams', async () => {
    expect((await send('msteams', { webhook_url: 'https://teams.example/x' })).body).toMatchObject({
      '@type': 'MessageCard',
      title: SUBJECT,
    });
  });

  test('discord', async () => {
    expect((await send('discord', { webhook_url: 'https://discord.example/x' })).body).toMatchObject({
      embeds: [{ title: SUBJECT, color: 0xb3261e }],
    });
  });

  test('pagerduty: trigger and resolve under one key', async () => {
    const trigger = (await send('pagerduty', { routing_key: 'r' })).body;
    const resolve = (await send('pagerduty', { routing_key: 'r' }, { notification: over })).body;
    expect(trigger).toMatchObject({
      routing_key: 'r',
      event_action: 'trigger',
      payload: { summary: SUBJECT, severity: 'critical', custom_details: { num_firing: '1', num_resolved: '1' } },
    });
    expect(resolve).toMatchObject({ event_action: 'resolve' });
    expect(resolve['dedup_key']).toBe(trigger['dedup_key']);
    expect(trigger['dedup_key']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('opsgenie: creates, closes', async () => {
    const { requests, body } = await send('opsgenie', { tags: 'a, b', priority: 'P1' });
    expect(requests[0]).toMatchObject({
      url: 'https://api.opsgenie.com/v2/alerts',
      headers: { authorization: 'GenieKey key' },
    });
    expect(body).toMatchObject({
      message: SUBJECT,
      tags: ['a', 'b'],
      priority: 'P1',
      details: { service: 'assistant' },
    });
    const closed = await send('opsgenie', {}, { notification: over });
    expect(closed.requests[0]?.url).toMatch(/\/v2\/alerts\/[0-9a-f]{64}\/close\?identifierType=alias$/);
  });

  test('telegram: the token never shows in what is said', async () => {
    const { requests, delivery, body } = await send(
      'telegram',
      { bot_token: 'tok', chat_id: -100 },
      { answers: [{ status: 400, body: '{"ok":false,"description":"bad tok"}' }] },
    );
    expect(requests[0]?.url).toBe('https://api.telegram.org/bottok/sendMessage');
    expect(body).toMatchObject({
      chat_id: -100,
      parse_mode: 'HTML',
      text: expect.stringContaining('&lt;claude-sonnet-4&gt;'),
    });
    expect(JSON.stringify(delivery)).not.toContain('tok"');
  });

  test('ntfy, pushover, googlechat, mattermost, webex', async () => {
    expect((await send('ntfy', { topic: 't' })).body).toMatchObject({
      topic: 't',
      title: SUBJECT,
      priority: 5,
      actions: [{ label: 'Acknowledge' }, {}, {}],
    });
    expect((await send('pushover', { user_key: 'u', token: 't' })).body).toMatchObject({
      user: 'u',
      token: 't',
      priority: '2',
      retry: '60',
      title: SUBJECT,
    });
    expect((await send('googlechat', { url: 'https://chat.example/v1/spaces/x/messages?key=k' })).body).toMatchObject({
      thread: { threadKey: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
    expect((await send('mattermost', { webhook_url: 'https://mm.example/x' })).body).toMatchObject({
      attachments: [{ title: SUBJECT }],
    });
    expect(
      (await send('webex', { room_id: 'r', http_config: { authorization: { credentials: 'c' } } })).body,
    ).toMatchObject({ roomId: 'r' });
  });

  test('victorops, rocketchat, incidentio, sns', async () => {
    expect((await send('victorops', { api_key: 'k', routing_key: 'team' })).body).toMatchObject({
      message_type: 'CRITICAL',
      entity_display_name: SUBJECT,
    });
    expect(
      (
        await send(
          'rocketchat',
          { token: 't', token_id: 'i', channel: '#x' },
          { answers: [{ body: '{"success":true}' }] },
        )
      ).delivery.kind,
    ).toBe('delivered');
    expect((await send('incidentio', { url: 'https://i.example', alert_source_token: 't' })).body).toMatchObject({
      version: '4',
    });
    const sns = await send('sns', {
      topic_arn: 'arn:aws:sns:eu-west-1:1:t',
      sigv4: { access_key: 'AK', secret_key: 'SK' },
    });
    expect(sns.requests[0]).toMatchObject({
      url: 'https://sns.eu-west-1.amazonaws.com/',
      headers: { authorization: expect.stringContaining('Credential=AK/20260105/eu-west-1/sns/aws4_request') },
    });
    expect(sns.body).toMatchObject({ Action: 'Publish', TopicArn: 'arn:aws:sns:eu-west-1:1:t', Subject: SUBJECT });
  });

  test('sns: keys of the environment or of a profile', async () => {
    const target = { topic_arn: 'arn:aws:sns:eu-west-1:1:t' };
    const environment = { AWS_ACCESS_KEY_ID: 'EK', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 'temporary' };
    const ambient = await send('sns', target, { environment });
    expect(ambient.requests[0]?.headers).toMatchObject({
      authorization: expect.stringContaining('Credential=EK/'),
      'x-amz-security-token': 'temporary',
    });

    const folder = mkdtempSync(join(tmpdir(), 'telltale-aws-'));
    const file = join(folder, 'credentials');
    writeFileSync(
      file,
      '[default]\naws_access_key_id = DK\n[night]\naws_access_key_id=NK\naws_secret_access_key = x\n',
    );
    const profiled = await send(
      'sns',
      { ...target, sigv4: { profile: 'night' } },
      { environment: { ...environment, AWS_SHARED_CREDENTIALS_FILE: file } },
    );
    expect(profiled.requests[0]?.headers['authorization']).toContain('Credential=NK/');

    const none = await send('sns', target, { environment: { HOME: folder } });
    expect(none.requests).toEqual([]);
    expect(none.delivery).toMatchObject({ kind: 'refused', message: expect.stringContaining('no AWS keys') });
  });

  test('sns: takes on a role before it publishes', async () => {
    const role = { region: 'eu-west-1', access_key: 'AK', secret_key: 'SK', role_arn: 'arn:aws:iam::1:role/notify' };
    const answer =
      '<Credentials><AccessKeyId>RK</AccessKeyId><SecretAccessKey>rs</SecretAccessKey><SessionToken>tok</SessionToken>' +
      '<Expiration>2026-01-05T14:00:00Z</Expiration></Credentials>';
    const { requests } = await send(
      'sns',
      { topic_arn: 'arn:aws:sns:eu-west-1:1:t', sigv4: role },
      { answers: [{ body: answer }] },
    );
    expect(requests[0]).toMatchObject({
      url: 'https://sts.eu-west-1.amazonaws.com/',
      headers: { authorization: expect.stringContaining('Credential=AK/') },
      body: expect.stringContaining('RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fnotify'),
    });
    expect(requests[1]?.headers).toMatchObject({
      authorization: expect.stringContaining('Credential=RK/'),
      'x-amz-security-token': 'tok',
    });
  });

  test('wechat: asks for a token first', async () => {
    const { requests, body } = await send(
      'wechat',
      { api_secret: 's', corp_id: 'c', agent_id: '1' },
      { answers: [{ body: '{"access_token":"T"}' }, { body: '{"errcode":0}' }] },
    );
    expect(requests.map(({ url }) => url)).toEqual([
      expect.stringContaining('gettoken?corpid=c&corpsecret=s'),
      expect.stringContaining('message/send?access_token=T'),
    ]);
    expect(body).toMatchObject({ agentid: '1', msgtype: 'text' });
  });

  test('jira: opens an issue, and closes the one it finds', async () => {
    const config = { project: 'OPS', issue_type: 'Bug', resolve_transition: 'Done' };
    const opened = await send('jira', config, { answers: [{ body: '{"issues":[]}' }, { status: 201 }] });
    expect(opened.body).toMatchObject({
      fields: { project: { key: 'OPS' }, issuetype: { name: 'Bug' }, summary: SUBJECT },
    });
    const closed = await send('jira', config, {
      notification: over,
      answers: [
        { body: '{"issues":[{"key":"OPS-1"}]}' },
        { status: 204 },
        { body: '{"transitions":[{"id":"31","name":"Done"}]}' },
        { status: 204 },
      ],
    });
    expect(closed.delivery).toEqual({ kind: 'delivered' });
    expect(closed.body).toEqual({ transition: { id: '31' } });
  });

  test('alertmanager: forwards', async () => {
    const { requests, body } = await send('alertmanager', { url: 'http://am.example/' });
    expect(requests[0]?.url).toBe('http://am.example/api/v2/alerts');
    expect(body).toMatchObject([{ endsAt: '2026-01-05T19:07:00Z' }, { endsAt: '2026-01-05T14:06:00Z' }]);
  });

  test('file and command', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'channels-'));
    try {
      const path = join(folder, 'a', 'b.jsonl');
      await send('file', { path });
      await send('file', { path, format: 'text' });
      expect(readFileSync(path, 'utf8')).toMatch(/^\{"receiver":"ops".*\n2026-01-05T14:07:00\.000Z \[CRITICAL\]/);
      expect((await send('command', { command: ['/bin/sh', '-c', 'exit 0'] })).delivery).toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('off'),
      });
      const run = (script: string): Promise<Sent> =>
        send('command', { command: ['/bin/sh', '-c', script] }, { allowCommands: true });
      expect((await run(`cat > ${folder}/in; echo $TELLTALE_STATUS >> ${folder}/in`)).delivery).toEqual({
        kind: 'delivered',
      });
      expect(readFileSync(join(folder, 'in'), 'utf8')).toMatch(/"version":"4".*firing\n$/s);
      expect((await run('exit 75')).delivery.kind).toBe('retry');
      expect((await run('echo no >&2; exit 3')).delivery).toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('no'),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what an answer means', () => {
  test.each<[string, Record<string, unknown>, Partial<HttpResponse>, Partial<Delivery>]>([
    ['webhook', { url: 'http://h' }, { status: 500 }, { kind: 'retry', reason: 'serverError' }],
    [
      'webhook',
      { url: 'http://h' },
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'retry', reason: 'rateLimited', retryAfter: 7000, down: true },
    ],
    [
      'webhook',
      { url: 'http://h' },
      {
        status: 503,
        headers: { 'retry-after': 'Mon, 05 Jan 2026 14:10:00 GMT', date: 'Mon, 05 Jan 2026 14:09:00 GMT' },
      },
      { kind: 'retry', retryAfter: 60_000 },
    ],
    ['webhook', { url: 'http://h' }, { status: 404 }, { kind: 'refused', reason: 'clientError' }],
    ['webhook', { url: 'http://h' }, { status: 401 }, { kind: 'refused', reason: 'authError' }],
    ['slack', {}, { body: '{"ok":false,"error":"ratelimited"}' }, { kind: 'retry', reason: 'rateLimited' }],
    ['slack', {}, { body: '{"ok":false,"error":"channel_not_found"}' }, { kind: 'refused' }],
    ['slack', {}, { body: 'ok' }, { kind: 'delivered' }],
    ['pagerduty', { routing_key: 'r' }, { status: 429 }, { kind: 'retry' }],
    [
      'pagerduty',
      { routing_key: 'r' },
      { status: 400, body: '{"errors":["routing_key is wrong"]}' },
      { kind: 'refused', message: 'unexpected status code 400: ["routing_key is wrong"]' },
    ],
    [
      'telegram',
      { bot_token: 'tok123', chat_id: 1 },
      { status: 429, body: '{"ok":false,"description":"Too Many Requests: retry after 14"}' },
      { kind: 'retry', retryAfter: 14_000 },
    ],
    ['rocketchat', { token: 't', token_id: 'i' }, { body: '{"success":false,"error":"x"}' }, { kind: 'refused' }],
  ])('%s %j: %j', async (name, config, answer, want) => {
    expect((await send(name, config, { answers: [answer] })).delivery).toMatchObject(want);
  });

  test('no answer at all is tried again', async () => {
    const prepared = channels.get('webhook').prepare({ url: 'http://h' }, globalSettings.parse({}));
    if (!('create' in prepared)) throw new Error('not prepared');
    const around = {
      templates: new MessageTemplates(),
      credentials: new Credentials('/'),
      clock: new ManualClock(),
      allowCommands: false,
      environment: {},
    };
    const channel = prepared.create({
      ...around,
      transport: () => Promise.reject(new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') })),
    });
    expect(await channel.send(sampleNotification(), new AbortController().signal)).toEqual({
      kind: 'retry',
      reason: 'other',
      message: 'fetch failed: connect ECONNREFUSED',
      down: true,
    });
  });
});

test.each([
  ['webhook', {}, 'one of url or url_file must be configured'],
  ['webhook', { url: 'ftp://x' }, 'unsupported scheme "ftp" for url'],
  ['webhook', { url: 'http://x', url_file: 'y' }, 'at most one of url & url_file must be configured'],
  ['pagerduty', {}, 'missing service or routing key in PagerDuty config'],
  ['telegram', { bot_token: 't' }, 'missing chat_id on telegram_config'],
  ['sns', {}, 'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config'],
  ['webex', { room_id: 'r' }, 'missing webex_configs.http_config.authorization'],
  ['discord', { webhook_url: 'x', nonsense: 1 }, 'Unrecognized key: "nonsense"'],
])('%s %j is refused: %s', (name, raw, message) => {
  expect(channels.get(name).prepare(raw, globalSettings.parse({}))).toEqual([expect.objectContaining({ message })]);
});

test('long messages are cut to what a provider takes', async () => {
  const alerts = Array.from({ length: 50 }, (_, i) => ({
    ...(sampleNotification().alerts[0] ?? over.alerts[0]),
    annotations: { summary: `${i} ${'x'.repeat(2000)}` },
  })) as Notification['alerts'];
  const text = String(
    (await send('telegram', { bot_token: 't', chat_id: 1 }, { notification: { alerts } })).body['text'],
  );
  expect([...text].length).toBeLessThanOrEqual(4096);
});
