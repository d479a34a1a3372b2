import { z } from 'zod';
import { secret } from '../../../base/secret';
import { outlineOf, truncate } from '../../notify/outline';
import { bodyText, markdown, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { exactlyOne } from '../../config/exclusive';
import { defineChannel } from '../channel';
import { httpChannel, postJson } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  webhook_url: secret.optional(),
  webhook_url_file: z.string().optional(),
  title: z.string().optional(),
  text: z.string().optional(),
});

/** The card as a whole may have 28 KB. */
const MAX_TEXT = 18_000;

/** Posts an adaptive card to a workflow of Microsoft Teams. */
export const msteamsv2 = defineChannel({
  name: 'msteamsv2',
  doc: 'Posts an adaptive card to a workflow of Microsoft Teams.',
  upstream: true,
  pace: { concurrency: 2, burst: 4, per: 1_000 },
  config,
  resolve: (given, global) =>
    exactlyOne(given, 'webhook_url', 'webhook_url_file') ?? {
      ...given,
      http_config: given.http_config ?? global.http_config,
    },
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const title = templates.textOr(options.title, 'msteamsv2.default.title', notification, () =>
        titleText(notification, 256),
      );
      const text = templates.textOr(options.text, 'msteamsv2.default.text', notification, () =>
        bodyText(notification, markdown, MAX_TEXT).replaceAll('\n', '\n\n'),
      );
      const card = {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.2',
        msteams: { width: 'Full' },
        body: [
          {
            type: 'TextBlock',
            text: title,
            weight: 'Bolder',
            size: 'Medium',
            wrap: true,
            style: 'heading',
            color: statusOf(notification) === 'resolved' ? 'Good' : 'Attention',
          },
          { type: 'TextBlock', text: truncate(text, MAX_TEXT), wrap: true },
        ],
        actions: outlineOf(notification).actions.map((action) => ({
          type: 'Action.OpenUrl',
          title: action.text,
          url: action.url,
        })),
      };
      const body = {
        type: 'message',
        attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
      };
      const url = credentials.read(options.webhook_url, options.webhook_url_file) ?? '';
      return postJson(transport, url, body, options.http_config, signal);
    },
  }),
});
