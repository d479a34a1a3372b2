import { ManualClock } from '../../src/base/testing/manual-clock';
import { channels } from '../../src/alerting/channels';
import { Credentials } from '../../src/alerting/channels/credentials';
import type { HttpRequest } from '../../src/alerting/channels/http';
import { htmlBody, textBody } from '../../src/alerting/channels/email/mail-body';
import { globalSettings } from '../../src/alerting/config/global';
import { Labels } from '../../src/domain/labels';
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

/** What a report looks like in a chat. */
const REPORT = sampleNotification({
  reason: 'report',
  groupKey: 'document:report/weekly/2026-01-05T08:00:00.000Z',
  groupLabels: Labels.EMPTY,
  alerts: [],
  evidence: {},
  document: {
    title: 'Report weekly, 2025-12-29 to 2026-01-04: 2 things to change',
    summary: [
      '2025-12-29 00:00 to 2026-01-05 00:00 UTC, compared with 2025-12-22 00:00 to 2025-12-29 00:00 UTC.',
      '12.3k model calls (+4.1 %) for $812.40 by list price (+12.0 %), 0.8 % failed.',
      '71.2 % of the time in stages went into inference, 2.1 s a call (+3.4 %).',
      '2 things to change, which would have spared up to $96.10 and 3.2 h of waiting:',
      '1. Results of search_code fill the context (tool, $81.70, 40.2 min)',
      '2. The pool <database> is too small (tool, 2.5 h)',
    ],
    text: 'Report for 2025-12-29 00:00 to 2026-01-05 00:00 UTC\n',
    html: '<!doctype html><title>Performance report</title>\n',
    fileName: 'report-weekly-2026-01-05.html',
    url: 'http://telltale.example:4319/api/stack/reports?from=1766966400000&to=1767571200000&format=html',
  },
});

test.each(Object.entries(CHANNELS).filter(([name]) => channels.get(name).carriesDocuments))(
  'a report by %s',
  async (name, { config, answers = [] }) => {
    // Texts of the configuration speak of alerts: a report keeps its own.
    const text = await sent(name, config, answers, REPORT);
    expect(text).toContain('Results of search');
    expectGolden(`messages/report/${name}.txt`, text);
  },
);

test('what opens incidents carries no reports', () => {
  const without = [...channels].filter(({ carriesDocuments }) => !carriesDocuments).map(({ name }) => name);
  expect(without.sort()).toEqual(['alertmanager', 'incidentio', 'jira', 'opsgenie', 'pagerduty', 'victorops']);
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
