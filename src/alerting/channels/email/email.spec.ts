import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { systemClock } from '../../../base/clock';
import { globalSettings } from '../../config/global';
import { MessageTemplates } from '../../notify/message-templates';
import { sampleNotification } from '../../testing/sample-notification';
import type { Channel } from '../channel';
import { Credentials } from '../credentials';
import { email } from './email';

/** A real mail server that keeps what it gets. */
class MailServer {
  readonly mails: { mail: ParsedMail; to: string[]; user: string | undefined }[] = [];
  /** The response code of the next messages; none for acceptance. */
  refuseWith: number[] = [];
  private readonly server: SMTPServer;

  constructor(options: { auth?: boolean } = {}) {
    this.server = new SMTPServer({
      allowInsecureAuth: true,
      authOptional: options.auth !== true,
      disabledCommands: options.auth === true ? [] : ['AUTH'],
      onAuth: (auth, _session, done) =>
        auth.username === 'me' && auth.password === 'secret'
          ? done(null, { user: 'me' })
          : done(new Error('Invalid username or password')),
      onData: (stream, session, done) => {
        simpleParser(stream)
          .then((mail) => {
            const code = this.refuseWith.shift();
            if (code !== undefined) {
              done(Object.assign(new Error('not now'), { responseCode: code }));
              return;
            }
            this.mails.push({ mail, to: session.envelope.rcptTo.map(({ address }) => address), user: session.user });
            done();
          })
          .catch(done);
      },
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      const listening = this.server.listen(0, '127.0.0.1', () => {
        const address = listening.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

function channelFor(port: number, more: Record<string, unknown> = {}): Channel {
  const prepared = email.prepare(
    {
      to: 'a@example.com, b@example.com',
      from: 'Telltale <telltale@example.com>',
      smarthost: `127.0.0.1:${port}`,
      require_tls: false,
      ...more,
    },
    globalSettings.parse({}),
  );
  if (!('create' in prepared)) throw new Error(JSON.stringify(prepared));
  return prepared.create({
    transport: () => Promise.reject(new Error('no HTTP here')),
    templates: new MessageTemplates(),
    credentials: new Credentials('/'),
    clock: systemClock,
    allowCommands: false,
    environment: {},
  });
}

const signal = new AbortController().signal;

describe('a mail', () => {
  const server = new MailServer();
  let port = 0;
  let channel: Channel;
  beforeAll(async () => {
    port = await server.listen();
    channel = channelFor(port);
  });
  afterAll(async () => {
    await channel.close?.();
    await server.close();
  });
  beforeEach(() => server.mails.splice(0));

  test('has both parts, an inline chart, and says what matters', async () => {
    expect(await channel.send(sampleNotification(), signal)).toEqual({ kind: 'delivered' });
    const [received] = server.mails;
    expect(received?.to).toEqual(['a@example.com', 'b@example.com']);
    const mail = received?.mail;
    expect(mail?.subject).toBe('[CRITICAL] SlowInference: p95 of inference is 8.4 s, limit 4 s');
    expect(mail?.messageId).toBe('<7d6f0c8e-3f57-4d7a-9b0e-0a8f6f5d2c11@example.com>');
    expect(mail?.text).toContain('since 14:02 UTC, for 5m');
    expect(mail?.text).toContain('tenant=acme: 412 of 675');
    const html = String(mail?.html);
    expect(html).toContain('&lt;claude-sonnet-4&gt;');
    expect(html).toContain('Acknowledge');
    const [image] = mail?.attachments ?? [];
    expect(image?.contentType).toBe('image/png');
    expect(image?.contentDisposition).toBe('inline');
    expect(image?.content.subarray(1, 4).toString()).toBe('PNG');
    expect(mail?.attachments).toHaveLength(1);
  });

  test('of one group share a conversation, those of another have their own', async () => {
    const firing = sampleNotification({ id: 'one' });
    const over = sampleNotification({
      id: 'two',
      alerts: firing.alerts.map((alert) => ({ ...alert, endsAt: firing.at })),
    });
    await channel.send(firing, signal);
    await channel.send(over, signal);
    await channel.send(sampleNotification({ id: 'three', groupKey: '{}:{alertname="Other"}' }), signal);
    const threads = server.mails.map(({ mail }) => mail.headers.get('references'));
    expect(threads[0]).toBe(threads[1]);
    expect(threads[0]).toMatch(/^<[0-9a-f]{32}@example\.com>$/);
    expect(threads[2]).not.toBe(threads[0]);
    expect(server.mails[1]?.mail.subject).toMatch(/^\[RESOLVED\] SlowInference/);
    expect(new Set(server.mails.map(({ mail }) => mail.messageId)).size).toBe(3);
  });

  test('with a report has its page as body and as a file, and none of the texts for alerts', async () => {
    const own = channelFor(port, {
      headers: { Subject: '{{ .Status }}', 'X-Team': 'ops' },
      html: '{{ .Status }}',
      text: '{{ .Status }}',
    });
    const page = '<!doctype html><title>Report</title><svg></svg>';
    const document = {
      title: 'Report weekly: nothing to change',
      summary: ['a quiet week'],
      text: 'All tables\n',
      html: page,
      fileName: 'report-weekly.html',
      url: 'http://telltale.example/report',
    };
    expect(await own.send(sampleNotification({ alerts: [], reason: 'report', document }), signal)).toEqual({
      kind: 'delivered',
    });
    await own.close?.();
    const mail = server.mails[0]?.mail;
    expect(mail?.subject).toBe('Report weekly: nothing to change');
    expect(mail?.headers.get('x-team')).toBe('ops');
    expect(mail?.text).toContain('http://telltale.example/report\n\nAll tables');
    expect(mail?.html).toContain('<svg></svg>');
    expect(mail?.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['report-weekly.html', 'text/html'],
    ]);
    expect(mail?.attachments[0]?.content.toString()).toBe(page);
  });

  test('takes headers, html and text from the configuration', async () => {
    const own = channelFor(port, {
      headers: {
        Subject: '{{ .Status }} {{ .GroupLabels.alertname }}',
        To: 'team@example.com',
        'X-Team': '{{ .CommonLabels.service }}',
      },
      html: '<b>{{ range .Alerts.Firing }}{{ .Annotations.description }}{{ end }}</b>',
      text: '{{ len .Alerts }} alerts',
    });
    await own.send(sampleNotification(), signal);
    await own.close?.();
    const received = server.mails[0];
    expect(received?.mail.subject).toBe('firing SlowInference');
    expect(received?.mail.headers.get('x-team')).toBe('assistant');
    expect(received?.to).toEqual(['a@example.com', 'b@example.com']);
    expect(received?.mail.html).toContain('&lt;claude-sonnet-4&gt; take longer than 6 s &amp; users notice');
    expect(received?.mail.text?.trim()).toBe('2 alerts');
  });

  test.each([
    ['a temporary refusal is tried again', 451, 'retry'],
    ['a lasting refusal is not', 550, 'refused'],
  ])('%s', async (_name, code, kind) => {
    server.refuseWith = [code];
    expect(await channel.send(sampleNotification(), signal)).toMatchObject({ kind });
  });

  test('goes without STARTTLS only where that is allowed', async () => {
    const strict = channelFor(1, { smarthost: `127.0.0.1:${port}`, require_tls: true });
    // The server offers STARTTLS with a certificate of its own making: it is not trusted.
    expect((await strict.send(sampleNotification(), signal)).kind).not.toBe('delivered');
    await strict.close?.();
  });
});

test('the server may be out of reach', async () => {
  const channel = channelFor(1);
  expect(await channel.send(sampleNotification(), signal)).toMatchObject({ kind: 'retry', down: true });
});

test.each([
  ['right', 'secret', 'delivered'],
  ['wrong', 'guess', 'refused'],
])('%s credentials', async (_name, password, kind) => {
  const server = new MailServer({ auth: true });
  const channel = channelFor(await server.listen(), { auth_username: 'me', auth_password: password });
  try {
    expect(await channel.send(sampleNotification(), signal)).toMatchObject({ kind });
  } finally {
    await channel.close?.();
    await server.close();
  }
});

test.each([
  [{ to: 'x@example.com' }, 'no global SMTP smarthost set'],
  [{ to: 'x@example.com', smarthost: 'mail:25' }, 'no global SMTP from set'],
  [{ to: 'x@example.com', smarthost: 'mail', from: 'a@b' }, 'address mail: missing port in address'],
  [
    { to: 'x@example.com', smarthost: 'mail:25', from: 'a@b', headers: { Subject: 'a', subject: 'b' } },
    'duplicate header "subject" in email config',
  ],
])('what is missing is said: %j', (raw, message) => {
  expect(email.prepare(raw, globalSettings.parse({}))).toEqual([{ path: [], message }]);
});
