import { z } from 'zod';
import { secret } from '../../../base/secret';
import { truncate } from '../../notify/outline';
import { bodyText, markdown, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { exactlyOne } from '../../config/exclusive';
import { defineChannel } from '../channel';
import { compact, httpChannel, postJson } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  webhook_url: secret.optional(),
  webhook_url_file: z.string().optional(),
  title: z.string().optional(),
  summary: z.string().optional(),
  text: z.string().optional(),
});

const MAX_TEXT = 20_000;

/** Posts a message card to a connector of Microsoft Teams; Microsoft retires these in favour of `msteamsv2`. */
export const msteams = defineChannel({
  name: 'msteams',
  doc: 'Posts a message card to a connector of Microsoft Teams.',
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
      const title = templates.textOr(options.title, 'msteams.default.title', notification, () =>
        titleText(notification, 256),
      );
      const body = compact({
        '@context': 'http://schema.org/extensions',
        '@type': 'MessageCard',
        title,
        summary: templates.textOr(options.summary, 'msteams.default.summary', notification, () => title),
        text: truncate(
          templates.textOr(options.text, 'msteams.default.text', notification, () =>
            bodyText(notification, markdown, MAX_TEXT).replaceAll('\n', '\n\n'),
          ),
          MAX_TEXT,
        ),
        themeColor: statusOf(notification) === 'resolved' ? '2DC72D' : '8C1A1A',
      });
      const url = credentials.read(options.webhook_url, options.webhook_url_file) ?? '';
      return postJson(transport, url, body, options.http_config, signal);
    },
  }),
});
