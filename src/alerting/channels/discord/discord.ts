import { z } from 'zod';
import { secret } from '../../../base/secret';
import { outlineOf, truncate } from '../../notify/outline';
import { bodyText, markdown, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { exactlyOne } from '../../config/exclusive';
import { defineChannel } from '../channel';
import { answerField, compact, httpChannel, postJson } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  webhook_url: secret.optional(),
  webhook_url_file: z.string().optional(),
  /** Text before the embed, for mentions; a template. */
  content: z.string().optional(),
  title: z.string().optional(),
  message: z.string().optional(),
  username: z.string().optional(),
  avatar_url: z.string().optional(),
});

/** Discord's limits of an embed. */
const MAX = { title: 256, description: 4096, content: 2000 } as const;
const COLOURS = { firing: 0xb3261e, warning: 0xa15c00, resolved: 0x1d6b3a } as const;

/** Posts an embed to a Discord channel. */
export const discord = defineChannel({
  name: 'discord',
  doc: 'Posts an embed to a Discord channel by webhook.',
  upstream: true,
  pace: { concurrency: 2, burst: 5, per: 2_000 },
  config,
  resolve: (given, global) =>
    exactlyOne(given, 'webhook_url', 'webhook_url_file') ?? {
      ...given,
      http_config: given.http_config ?? global.http_config,
    },
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const status = statusOf(notification);
      const outline = outlineOf(notification);
      const colour =
        status === 'resolved' ? COLOURS.resolved : outline.severity === 'warning' ? COLOURS.warning : COLOURS.firing;
      const title = templates.textOr(options.title, 'discord.default.title', notification, () =>
        titleText(notification, MAX.title),
      );
      const description = templates.textOr(options.message, 'discord.default.message', notification, () =>
        bodyText(notification, markdown, MAX.description),
      );
      const body = compact({
        content: truncate(templates.text(options.content ?? '', notification), MAX.content),
        username: templates.text(options.username ?? '', notification),
        avatar_url: templates.text(options.avatar_url ?? '', notification),
        embeds: [
          { title: truncate(title, MAX.title), description: truncate(description, MAX.description), color: colour },
        ],
      });
      const url = credentials.read(options.webhook_url, options.webhook_url_file) ?? '';
      return postJson(transport, url, body, options.http_config, signal, {
        rules: { explain: (response) => answerField(response, 'message') },
      });
    },
  }),
});
