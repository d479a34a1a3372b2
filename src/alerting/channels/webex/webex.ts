import { z } from 'zod';
import { truncate } from '../../notify/outline';
import { bodyText, markdown, titleText } from '../../notify/outline-text';
import { defineChannel } from '../channel';
import { answerField, httpChannel, postJson } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  api_url: z.string().optional(),
  room_id: z.union([z.string().min(1, 'missing room_id on webex_config'), z.number()]).transform(String),
  message: z.string().optional(),
});

const MAX_TEXT = 7000;

/** Posts to a Webex space. */
export const webex = defineChannel({
  name: 'webex',
  doc: 'Posts to a Webex space.',
  upstream: true,
  pace: { concurrency: 2 },
  config,
  resolve: (given, global) => {
    const http = given.http_config ?? global.http_config;
    if (given.http_config?.authorization === undefined) return 'missing webex_configs.http_config.authorization';
    return { ...given, api_url: given.api_url ?? global.webex_api_url, http_config: http };
  },
  create: (options, { transport, templates }) => ({
    send: (notification, signal) => {
      const builtIn = (): string =>
        `**${titleText(notification, 200)}**\n\n${bodyText(notification, markdown, MAX_TEXT - 220)}`;
      const text = templates.textOr(options.message, 'webex.default.message', notification, builtIn);
      const body = { markdown: truncate(text, MAX_TEXT), roomId: templates.text(options.room_id, notification) };
      return postJson(transport, options.api_url, body, options.http_config, signal, {
        rules: { explain: (response) => answerField(response, 'message') },
      });
    },
  }),
});
