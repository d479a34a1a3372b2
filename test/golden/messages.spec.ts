import { ManualClock } from '../../src/base/testing/manual-clock';
import { channels } from '../../src/alerting/channels';
import { Credentials } from '../../src/alerting/channels/credentials';
import type { HttpRequest } from '../../src/alerting/channels/http';
import { htmlBody, textBody } from '../../src/alerting/channels/email/mail-body';
import { globalSettings } from '../../src/alerting/config/global';
import { MessageTemplates } from '../../src/alerting/notify/message-templates';
import type { Notification } from '../../src/alerting/notify/notification';
import { SAMPLE_AT, sampleNotification } from '../../src/alerting/testing/sample-notification';
import { expectGolden } from './golden';

/** The least that each channel needs, and what its provider answers. */
const CHANNELS: Readonly<Record<string, { config: Record<string, unknown>; answers?: readonly string[] }>> = {
  webhook: { config: { url: 'http://hook.example/' } },
  slack: { config: { api_url: 'https://hooks.slack.example/x', channel: '#ops' } },
  msteams: { config: { webhook_url: 'https://teams.example/x' } },
  msteamsv2: { config: { webhook_url: 'https://teams.example/x' } },
  discord: { config: { webhook_url: 'https://discord.example/x' } },
  pagerduty: { config: { routing_key: 'key' } },
  opsgenie: { config: { api_key: 'key' } },
  telegram: { config: { bot_token: 'token', chat_id: 1 } },
  ntfy: { config: { topic: 'ops' } },
  pushover: { config: { user_key: 'u', token: 't' } },
  googlechat: { config: { url: 'https://chat.example/x' } },
  mattermost: { config: { webhook_url: 'https://mattermost.example/x' } },
  rocketchat: { config: { token: 't', token_id: 'i', channel: '#ops' }, answers: ['{"success":true}'] },
  victorops: { config: { api_key: 'k', routing_key: 'ops' } },
  webex: { config: { room_id: 'r', http_config: { authorization: { credentials: 't' } } } },
  incidentio: { config: { url: 'https://incident.example', alert_source_token: 't' } },
  sns: { config: { topic_arn: 'arn:aws:sns:eu-west-1:1:ops', sigv4: { access_key: 'AK', secret_key: 'SK' } } },
  wechat: {
    config: { api_secret: 's', corp_id: 'c', to_user: '@all' },
    answers: ['{"errcode":0,"access_token":"t","expires_in":7200}', '{"errcode":0}'],
  },
  jira: {
    config: { project: 'OPS', issue_type: 'Bug', api_url: 'https://jira.example/rest/api/2' },
    answers: ['{"issues":[]}', '{"key":"OPS-1"}'],
  },
};

/** Channels without HTTP: their texts are checked elsewhere. */
const WITHOUT_HTTP = ['email', 'file', 'command', 'alertmanager'];

const FIRING = sampleNotification();
const RESOLVED = sampleNotification({
  id: '0c0ffee0-3f57-4d7a-9b0e-0a8f6f5d2c11',
  reason: 'all alerts resolved',
  alerts: FIRING.alerts.map((alert) => ({ ...alert, endsAt: SAMPLE_AT })),
});

test('every channel has its messages here', () => {
  expect([...channels].map(({ name }) => name).sort()).toEqual([...Object.keys(CHANNELS), ...WITHOUT_HTTP].sort());
});

test.each(Object.entries(CHANNELS))('%s', async (name, { config, answers = [] }) => {
  const parts = [await sent(name, config, answers, FIRING), await sent(name, config, answers, RESOLVED)];
  expectGolden(`messages/${name}.txt`, parts.join('\n\n=== and when it is over\n\n'));
});

test('the mail, as text and as a page', () => {
  expectGolden('messages/email.txt', `${textBody(FIRING)}\n\n=== and when it is over\n\n${textBody(RESOLVED)}`);
  expectGolden('messages/email.html', htmlBody(FIRING, undefined));
});

/** What goes over the wire, in words: method, address and body of each request. */
async function sent(
  name: string,
  config: Record<string, unknown>,
  answers: readonly string[],
  notification: Notification,
): Promise<string> {
  const prepared = channels.get(name).prepare(config, globalSettings.parse({}));
  if (!('create' in prepared)) throw new Error(prepared.map(({ message }) => message).join('; '));
  const requests: HttpRequest[] = [];
  const channel = prepared.create({
    transport: (request) => {
      requests.push(request);
      return Promise.resolve({ status: 200, headers: {}, body: answers[requests.length - 1] ?? '{}' });
    },
    templates: new MessageTemplates(),
    credentials: new Credentials('/'),
    clock: new ManualClock(SAMPLE_AT),
    environment: {},
    allowCommands: false,
  });
  expect(await channel.send(notification, new AbortController().signal)).toMatchObject({ kind: 'delivered' });
  await channel.close?.();
  return requests.map(({ method, url, body }) => `${method} ${url}\n${bodyText(body)}`).join('\n\n');
}

function bodyText(body: string | Buffer | undefined): string {
  const text = String(body ?? '');
  if (text.startsWith('{') || text.startsWith('[')) return JSON.stringify(JSON.parse(text), null, 2);
  if (!/^[\w.%+-]+=/.test(text)) return text;
  return [...new URLSearchParams(text)].map(([key, value]) => `${key}: ${value}`).join('\n');
}
