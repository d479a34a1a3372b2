import { z } from 'zod';
import { secret } from '../../../base/secret';
import { truncate } from '../../notify/outline';
import { bodyText, markdown, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { defineChannel, exactlyOne } from '../channel';
import { answerField, compact, httpChannel, postJson } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  webhook_url: secret.optional(),
  webhook_url_file: z.string().optional(),
  channel: z.string().optional(),
  username: z.string().optional(),
  icon_url: z.string().optional(),
  icon_emoji: z.string().optional(),
  text: z.string().optional(),
  title: z.string().optional(),
  color: z.string().optional(),
  attachments: z.array(z.record(z.string(), z.unknown())).optional(),
  props: z.record(z.string(), z.unknown()).optional(),
  priority: z.record(z.string(), z.unknown()).optional(),
  type: z.string().optional(),
});

const MAX_TEXT = 16_000;

/** Posts to Mattermost by incoming webhook. */
export const mattermost = defineChannel({
  name: 'mattermost',
  doc: 'Posts to Mattermost by incoming webhook.',
  upstream: true,
  pace: { concurrency: 4 },
  config,
  resolve: (given, global) => {
    const own = given.webhook_url !== undefined || given.webhook_url_file !== undefined;
    const url = own ? given.webhook_url : global.mattermost_webhook_url;
    const file = own ? given.webhook_url_file : global.mattermost_webhook_url_file;
    return (
      exactlyOne(['webhook_url', 'webhook_url_file'], url, file) ?? {
        ...given,
        webhook_url: url,
        webhook_url_file: file,
        http_config: given.http_config ?? global.http_config,
      }
    );
  },
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const text = (given: string | undefined): string => templates.text(given ?? '', notification);
      const resolved = statusOf(notification) === 'resolved';
      const title = templates.textOr(options.title, 'mattermost.default.title', notification, () =>
        titleText(notification, 256),
      );
      const body = compact({
        channel: text(options.channel),
        username: options.username === undefined ? 'Telltale' : text(options.username),
        icon_url: text(options.icon_url),
        icon_emoji: text(options.icon_emoji),
        props: options.props,
        priority: options.priority,
        type: options.type,
        attachments: options.attachments ?? [
          {
            fallback: title,
            title,
            color: options.color === undefined ? (resolved ? '#1d6b3a' : '#b3261e') : text(options.color),
            text: truncate(
              templates.textOr(options.text, 'mattermost.default.text', notification, () =>
                bodyText(notification, markdown, MAX_TEXT),
              ),
              MAX_TEXT,
            ),
          },
        ],
      });
      const url = credentials.read(options.webhook_url, options.webhook_url_file) ?? '';
      return postJson(transport, url, body, options.http_config, signal, {
        rules: { explain: (response) => answerField(response, 'message') },
      });
    },
  }),
});
