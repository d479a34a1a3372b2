import { z } from 'zod';
import { secret } from '../../../base/secret';
import { truncate } from '../../notify/outline';
import type { MessageLink } from '../../notify/outline';
import { bodyText, titleText } from '../../notify/outline-text';
import type { Markup } from '../../notify/outline-text';
import { exactlyOne } from '../../config/exclusive';
import { defineChannel } from '../channel';
import { answerField, groupHash, httpChannel, postJson } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  /** A space's incoming webhook. */
  url: secret.optional(),
  url_file: z.string().optional(),
  text: z.string().optional(),
});

const MAX_TEXT = 4000;
const markup: Markup = {
  bold: (text) => `*${text}*`,
  link: ({ text, url }: MessageLink) => `<${url}|${text}>`,
  escape: (text) => text.replaceAll('<', '‹').replaceAll('>', '›'),
};

/** Posts to a space of Google Chat; the messages of a group share a thread. */
export const googlechat = defineChannel({
  name: 'googlechat',
  doc: 'Posts to a space of Google Chat; the messages of a group share a thread.',
  pace: { concurrency: 1, burst: 1, per: 1_000 },
  config,
  resolve: (given, global) =>
    exactlyOne(given, 'url', 'url_file') ?? {
      ...given,
      http_config: given.http_config ?? global.http_config,
    },
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const url = new URL(credentials.read(options.url, options.url_file) ?? '');
      url.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
      const text = templates.textOr(
        options.text,
        'googlechat.default.text',
        notification,
        () => `*${titleText(notification, 200)}*\n${bodyText(notification, markup, MAX_TEXT - 210)}`,
      );
      const body = {
        text: truncate(text, MAX_TEXT),
        thread: { threadKey: groupHash(notification.groupKey).slice(0, 32) },
      };
      return postJson(transport, url.href, body, options.http_config, signal, {
        rules: { explain: (response) => answerField(response, 'error', 'message') },
      });
    },
  }),
});
