import { z } from 'zod';
import { duration } from '../../../base/duration';
import { secret } from '../../../base/secret';
import { outlineOf, truncate } from '../../notify/outline';
import { bodyText, plainMarkup, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { exactlyOne } from '../../config/exclusive';
import { defineChannel } from '../channel';
import { answerField, compact, httpChannel } from '../common';
import { deliverHttp } from '../http';

const config = z.strictObject({
  ...httpChannel(true),
  user_key: secret.optional(),
  user_key_file: z.string().optional(),
  token: secret.optional(),
  token_file: z.string().optional(),
  api_url: z.string().default('https://api.pushover.net/1/messages.json'),
  title: z.string().optional(),
  message: z.string().optional(),
  url: z.string().optional(),
  url_title: z.string().optional(),
  device: z.string().optional(),
  sound: z.string().optional(),
  priority: z.string().optional(),
  retry: duration.default(60_000),
  expire: duration.default(3_600_000),
  ttl: duration.optional(),
  html: z.boolean().default(false),
  monospace: z.boolean().default(false),
});

const MAX = { title: 250, message: 1024, url: 512 } as const;

/** Pushes to phones by Pushover; what fires is an emergency that repeats until it is confirmed. */
export const pushover = defineChannel({
  name: 'pushover',
  doc: 'Pushes to phones by Pushover.',
  upstream: true,
  pace: { concurrency: 2 },
  config,
  resolve: (given, global) =>
    exactlyOne(given, 'user_key', 'user_key_file') ??
    exactlyOne(given, 'token', 'token_file') ??
    (given.html && given.monospace
      ? 'at most one of monospace & html must be configured'
      : { ...given, http_config: given.http_config ?? global.http_config }),
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const text = (given: string | undefined): string => templates.text(given ?? '', notification);
      const firing = statusOf(notification) === 'firing';
      const builtIn = (): string => bodyText({ ...notification, externalUrl: '' }, plainMarkup, MAX.message);
      const message =
        options.html && options.message !== undefined && notification.document === undefined
          ? templates.html(options.message, notification)
          : templates.textOr(options.message, 'pushover.default.message', notification, builtIn);
      const form = compact({
        token: credentials.read(options.token, options.token_file),
        user: credentials.read(options.user_key, options.user_key_file),
        title: truncate(
          templates.textOr(options.title, 'pushover.default.title', notification, () =>
            titleText(notification, MAX.title),
          ),
          MAX.title,
        ),
        message: truncate(message, MAX.message) || '(no details)',
        url: truncate(
          templates.textOr(
            options.url,
            'pushover.default.url',
            notification,
            () => outlineOf(notification).actions.at(-1)?.url ?? '',
          ),
          MAX.url,
        ),
        url_title: text(options.url_title),
        priority: options.priority === undefined ? (firing ? '2' : '0') : text(options.priority),
        retry: String(Math.round(options.retry / 1000)),
        expire: String(Math.round(options.expire / 1000)),
        ttl: options.ttl === undefined ? undefined : String(Math.round(options.ttl / 1000)),
        device: text(options.device),
        sound: text(options.sound),
        timestamp: String(Math.floor(notification.at / 1000)),
        html: options.html ? '1' : undefined,
        monospace: options.monospace ? '1' : undefined,
      });
      const body = new URLSearchParams(
        Object.fromEntries(Object.entries(form).map(([name, value]) => [name, String(value)])),
      ).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return deliverHttp(
        transport,
        { method: 'POST', url: options.api_url, headers, body, signal, options: options.http_config },
        { explain: (response) => answerField(response, 'errors') },
      );
    },
  }),
});
