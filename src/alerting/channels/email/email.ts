import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { secret } from '../../../base/secret';
import { tlsOptions } from '../../config/http-options';
import type { GlobalSettings } from '../../config/global';
import { delivered, refused, retry } from '../../notify/delivery';
import type { Delivery } from '../../notify/delivery';
import type { Notification } from '../../notify/notification';
import { statusOf } from '../../notify/notification';
import { defineChannel } from '../channel';
import type { Channel, ChannelSurroundings } from '../channel';
import { htmlBody, subjectOf, textBody } from './mail-body';
import { chartPng } from './chart-png';

const config = z.strictObject({
  /** Whether to tell that alerts are over. */
  send_resolved: z.boolean().default(false),
  /** Recipients, comma-separated; a template. */
  to: z.string().min(1),
  /** The sender; a template. */
  from: z.string().optional(),
  /** `host:port` of the mail server. */
  smarthost: z.string().optional(),
  /** The name we introduce ourselves by. */
  hello: z.string().optional(),
  auth_username: z.string().optional(),
  auth_password: secret.optional(),
  auth_password_file: z.string().optional(),
  /** For CRAM-MD5. */
  auth_secret: secret.optional(),
  auth_secret_file: z.string().optional(),
  auth_identity: z.string().optional(),
  /** Refuse to send without STARTTLS. */
  require_tls: z.boolean().optional(),
  /** TLS from the first byte; by default on port 465. */
  force_implicit_tls: z.boolean().optional(),
  tls_config: tlsOptions.optional(),
  /** Headers to add or replace; templates. */
  headers: z.record(z.string(), z.string()).default({}),
  /** The HTML part; a template. Without it the built-in message is used. */
  html: z.string().optional(),
  /** The text part; a template. Without it the built-in message is used. */
  text: z.string().optional(),
  /** Firing and resolved mails of a group share a conversation. */
  threading: z
    .strictObject({ enabled: z.boolean().default(true), thread_by_date: z.enum(['none', 'daily']).default('none') })
    .optional(),
});

type EmailConfig = z.output<typeof config>;

interface EmailOptions extends EmailConfig {
  readonly from: string;
  readonly smarthost: string;
}

/** Sends each notification as a mail. */
export const email = defineChannel({
  name: 'email',
  doc: 'Sends a mail with a text and an HTML part; the mails of a group share a conversation.',
  upstream: true,
  config,
  // One at a time: mails arrive in the order of their events.
  pace: { concurrency: 1 },
  showsChart: true,
  resolve: resolveEmail,
  create: (options, surroundings) => new EmailChannel(options, surroundings),
});

function resolveEmail(given: EmailConfig, global: GlobalSettings): EmailOptions | string {
  const smarthost = given.smarthost ?? global.smtp_smarthost;
  const from = given.from ?? global.smtp_from;
  if (smarthost === undefined || smarthost === '') return 'no global SMTP smarthost set';
  if (from === undefined || from === '') return 'no global SMTP from set';
  if (!/:\d+$/.test(smarthost)) return `address ${smarthost}: missing port in address`;
  const seen = new Set<string>();
  for (const name of Object.keys(given.headers)) {
    if (seen.has(name.toLowerCase())) return `duplicate header "${name}" in email config`;
    seen.add(name.toLowerCase());
  }
  return {
    ...given,
    smarthost,
    from,
    hello: given.hello ?? global.smtp_hello,
    auth_username: given.auth_username ?? global.smtp_auth_username,
    auth_identity: given.auth_identity ?? global.smtp_auth_identity,
    require_tls: given.require_tls ?? global.smtp_require_tls,
    force_implicit_tls: given.force_implicit_tls ?? global.smtp_force_implicit_tls,
    tls_config: given.tls_config ?? global.smtp_tls_config,
    ...(given.auth_password === undefined && given.auth_password_file === undefined
      ? { auth_password: global.smtp_auth_password, auth_password_file: global.smtp_auth_password_file }
      : {}),
    ...(given.auth_secret === undefined && given.auth_secret_file === undefined
      ? { auth_secret: global.smtp_auth_secret, auth_secret_file: global.smtp_auth_secret_file }
      : {}),
  };
}

type Mailer = ReturnType<typeof createTransport>;

class EmailChannel implements Channel {
  private mailer: Mailer | undefined;

  constructor(
    private readonly options: EmailOptions,
    private readonly surroundings: ChannelSurroundings,
  ) {}

  async send(notification: Notification, signal: AbortSignal): Promise<Delivery> {
    const { templates } = this.surroundings;
    const { options } = this;
    const chart = notification.evidence?.chart === undefined ? undefined : chartPng(notification.evidence.chart);
    const chartId = chart === undefined ? undefined : `chart-${notification.id}@telltale`;
    const headers = renderHeaders(options.headers, (text) => templates.text(text, notification));
    const { document } = notification;
    const givenSubject = takeHeader(headers, 'subject');
    // Configured texts speak of alerts.
    const subject = document === undefined ? (givenSubject ?? subjectOf(notification)) : document.title;
    const message = {
      from: takeHeader(headers, 'from') ?? templates.text(options.from, notification),
      // `To` in the headers changes what is shown; the envelope has the recipients.
      to: takeHeader(headers, 'to') ?? templates.text(options.to, notification),
      envelope: {
        from: templates.text(options.from, notification),
        to: templates.text(options.to, notification),
      },
      subject,
      messageId: `<${notification.id}@${hostOf(options.from)}>`,
      date: new Date(notification.at),
      text:
        document !== undefined || options.text === undefined || options.text === ''
          ? textBody(notification)
          : templates.text(options.text, notification),
      html:
        document !== undefined || options.html === undefined
          ? htmlBody(notification, chartId)
          : templates.html(options.html, notification),
      headers: { ...headers, ...this.threadHeaders(notification), 'X-Telltale-Delivery': notification.id },
      ...(document === undefined
        ? {}
        : {
            // Mail programs leave out drawings and styles of a page; the attached one has them.
            attachments: [
              { filename: document.fileName, content: document.html, contentType: 'text/html; charset=utf-8' },
            ],
          }),
      ...(chart === undefined || chartId === undefined || options.html !== undefined
        ? {}
        : {
            attachments: [
              {
                filename: 'last-hour.png',
                content: chart,
                cid: chartId,
                contentType: 'image/png',
                contentDisposition: 'inline' as const,
              },
            ],
          }),
    };
    try {
      await abortable(this.connect().sendMail(message), signal);
      return delivered();
    } catch (error) {
      return mailFailure(error, signal);
    }
  }

  close(): Promise<void> {
    this.mailer?.close();
    this.mailer = undefined;
    return Promise.resolve();
  }

  private connect(): Mailer {
    const { options } = this;
    const { credentials } = this.surroundings;
    const [, host = '', port = '25'] = /^\[?(.*?)\]?:(\d+)$/.exec(options.smarthost) ?? [];
    const password = credentials.read(options.auth_password, options.auth_password_file);
    const cramSecret = credentials.read(options.auth_secret, options.auth_secret_file);
    const secure = options.force_implicit_tls ?? port === '465';
    const tls = options.tls_config;
    const read = (text: string | undefined, file: string | undefined): string | undefined =>
      text ?? (file === undefined ? undefined : credentials.readFile(file));
    this.mailer ??= createTransport({
      host,
      port: Number(port),
      secure,
      requireTLS: !secure && options.require_tls === true,
      // Without the demand for TLS none is tried, as in Alertmanager: a certificate of the server's own making must not stop mails.
      ignoreTLS: !secure && options.require_tls !== true,
      name: options.hello ?? 'localhost',
      pool: true,
      maxConnections: 1,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 30_000,
      ...(options.auth_username === undefined || options.auth_username === ''
        ? {}
        : {
            auth: { user: options.auth_username, pass: cramSecret ?? password ?? '' },
            ...(cramSecret === undefined ? {} : { authMethod: 'CRAM-MD5' }),
          }),
      tls: {
        rejectUnauthorized: tls?.insecure_skip_verify !== true,
        ...(tls?.server_name === undefined ? {} : { servername: tls.server_name }),
        ...definedOnly({
          ca: read(tls?.ca, tls?.ca_file),
          cert: read(tls?.cert, tls?.cert_file),
          key: read(tls?.key?.reveal(), tls?.key_file),
        }),
      },
    });
    return this.mailer;
  }

  /** A conversation per group: every mail answers a message that was never sent, named after the group. */
  private threadHeaders(notification: Notification): Record<string, string> {
    const { threading } = this.options;
    if (threading?.enabled === false) return {};
    const day = threading?.thread_by_date === 'daily' ? new Date(notification.at).toISOString().slice(0, 10) : '';
    const name = createHash('sha256').update(`${notification.groupKey}\n${day}`).digest('hex').slice(0, 32);
    const thread = `<${name}@${hostOf(this.options.from)}>`;
    return { 'In-Reply-To': thread, References: thread, 'X-Telltale-Status': statusOf(notification) };
  }
}

function renderHeaders(
  headers: Readonly<Record<string, string>>,
  render: (text: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, render(text)]));
}

function takeHeader(headers: Record<string, string>, wanted: string): string | undefined {
  const name = Object.keys(headers).find((candidate) => candidate.toLowerCase() === wanted);
  if (name === undefined) return undefined;
  const value = headers[name];
  delete headers[name];
  return value;
}

function hostOf(address: string): string {
  return /@([\w.-]+)/.exec(address)?.[1] ?? 'telltale.local';
}

function definedOnly(record: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(record)) if (value !== undefined) kept[name] = value;
  return kept;
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error('the mail server took too long'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** SMTP: 4xx is temporary, 5xx is for good; without an answer the server is out of reach. */
function mailFailure(error: unknown, signal: AbortSignal): Delivery {
  const message = error instanceof Error ? error.message : String(error);
  if (signal.aborted) return retry(message, 'contextDeadlineExceeded');
  const code = typeof error === 'object' && error !== null && 'responseCode' in error ? Number(error.responseCode) : 0;
  const kind = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (kind === 'EAUTH') return code >= 500 ? refused(message, 'authError') : retry(message, 'authError');
  if (code === 421) return retry(message, 'serverError', { down: true });
  if (code >= 500) return refused(message, 'clientError');
  if (code >= 400) return retry(message, 'serverError');
  return retry(message, 'other', { down: true });
}
