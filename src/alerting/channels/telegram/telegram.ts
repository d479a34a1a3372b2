import { z } from 'zod';
import { secret } from '../../../base/secret';
import { atMostOne } from '../../config/exclusive';
import { refused, retry } from '../../notify/delivery';
import type { Delivery } from '../../notify/delivery';
import { truncate } from '../../notify/outline';
import { bodyText, plainMarkup, telegramHtml, titleText } from '../../notify/outline-text';
import { defineChannel } from '../channel';
import { answerField, attemptTimeout, compact, httpChannel } from '../common';
import { deliverHttp } from '../http';
import type { HttpResponse } from '../http';

const config = z.strictObject({
  ...httpChannel(true),
  api_url: z.string().optional(),
  bot_token: secret.optional(),
  bot_token_file: z.string().optional(),
  chat_id: z.union([z.number(), z.string()]).optional(),
  chat_id_file: z.string().optional(),
  message_thread_id: z.number().int().optional(),
  message: z.string().optional(),
  disable_notifications: z.boolean().default(false),
  timeout: attemptTimeout,
  parse_mode: z.enum(['', 'Markdown', 'MarkdownV2', 'HTML']).default('HTML'),
});

const MAX_TEXT = 4096;

/** Sends a message by a Telegram bot. */
export const telegram = defineChannel({
  name: 'telegram',
  doc: 'Sends a message by a Telegram bot.',
  upstream: true,
  // Telegram takes twenty messages a minute per group.
  pace: { concurrency: 1, burst: 20, per: 60_000 },
  config,
  resolve: (given, global) => {
    const own = given.bot_token !== undefined || given.bot_token_file !== undefined;
    const both = atMostOne(given, 'bot_token', 'bot_token_file') ?? atMostOne(given, 'chat_id', 'chat_id_file');
    if (both !== undefined) return both;
    if (!own && global.telegram_bot_token === undefined && global.telegram_bot_token_file === undefined) {
      return 'missing bot_token or bot_token_file on telegram_config';
    }
    if (given.chat_id === undefined && given.chat_id_file === undefined) return 'missing chat_id on telegram_config';
    return {
      ...given,
      bot_token: own ? given.bot_token : global.telegram_bot_token,
      bot_token_file: own ? given.bot_token_file : global.telegram_bot_token_file,
      api_url: given.api_url ?? global.telegram_api_url,
      http_config: given.http_config ?? global.http_config,
    };
  },
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const markup = options.parse_mode === 'HTML' ? telegramHtml : plainMarkup;
      const builtIn = (): string =>
        notification.document === undefined
          ? bodyText(notification, markup, MAX_TEXT)
          : `${markup.bold(markup.escape(titleText(notification, 200)))}\n${bodyText(notification, markup, MAX_TEXT - 210)}`;
      const text =
        options.message === undefined || options.parse_mode !== 'HTML' || notification.document !== undefined
          ? templates.textOr(options.message, 'telegram.default.message', notification, builtIn)
          : templates.html(options.message, notification);
      const chat = options.chat_id ?? Number(credentials.read(undefined, options.chat_id_file));
      const token = credentials.read(options.bot_token, options.bot_token_file) ?? '';
      return deliverHttp(
        async (request) => withoutToken(await transport(request), token),
        {
          method: 'POST',
          url: `${options.api_url.replace(/\/$/, '')}/bot${token}/sendMessage`,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(
            compact({
              chat_id: chat,
              message_thread_id: options.message_thread_id,
              text: truncate(text, MAX_TEXT),
              parse_mode: options.parse_mode,
              disable_notification: options.disable_notifications,
              disable_web_page_preview: true,
            }),
          ),
          signal,
          options: options.http_config,
        },
        { explain: (response) => answerField(response, 'description'), judge },
      ).then(patient);
    },
  }),
});

/** `parameters.retry_after` stands in the body. */
function judge(response: HttpResponse): Delivery | undefined {
  return answerField(response, 'ok') === 'false'
    ? refused(`Telegram: ${answerField(response, 'description') ?? 'refused'}`)
    : undefined;
}

function patient(delivery: Delivery): Delivery {
  const seconds = delivery.kind === 'retry' ? /retry after (\d+)/i.exec(delivery.message)?.[1] : undefined;
  return seconds === undefined || delivery.kind !== 'retry'
    ? delivery
    : retry(delivery.message, 'rateLimited', { retryAfter: Number(seconds) * 1000, down: true });
}

/** The token is part of the URL: it must not come back in an answer that is logged. */
function withoutToken(response: HttpResponse, token: string): HttpResponse {
  return token === '' ? response : { ...response, body: response.body.replaceAll(token, '<secret>') };
}
