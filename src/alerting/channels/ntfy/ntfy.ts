import { z } from 'zod';
import { secret } from '../../../base/secret';
import { outlineOf, truncate } from '../../notify/outline';
import { bodyText, markdown, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { defineChannel } from '../channel';
import { answerField, compact, httpChannel, postJson } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  /** The server. */
  url: z.string().default('https://ntfy.sh'),
  topic: z.string().min(1),
  token: secret.optional(),
  token_file: z.string().optional(),
  title: z.string().optional(),
  message: z.string().optional(),
  /** 1 to 5, or a template; by default from the severity. */
  priority: z.union([z.string(), z.number()]).optional(),
  tags: z.array(z.string()).default([]),
});

const MAX = { title: 250, message: 4000 } as const;
const PRIORITIES: Readonly<Record<string, number>> = { critical: 5, warning: 4, info: 3 };

/** Publishes to a topic of ntfy, with buttons. */
export const ntfy = defineChannel({
  name: 'ntfy',
  doc: 'Publishes to a topic of ntfy, with buttons.',
  pace: { concurrency: 2 },
  config,
  resolve: (given, global) => ({ ...given, http_config: given.http_config ?? global.http_config }),
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const outline = outlineOf(notification);
      const resolved = statusOf(notification) === 'resolved';
      const given =
        options.priority === undefined ? undefined : Number(templates.text(String(options.priority), notification));
      const token = credentials.read(options.token, options.token_file);
      const title = templates.textOr(options.title, 'ntfy.default.title', notification, () =>
        titleText(notification, MAX.title),
      );
      const message = templates.textOr(options.message, 'ntfy.default.message', notification, () =>
        bodyText({ ...notification, externalUrl: '' }, markdown, MAX.message),
      );
      const body = compact({
        topic: templates.text(options.topic, notification),
        title: truncate(title, MAX.title),
        message: truncate(message, MAX.message),
        markdown: true,
        priority: given ?? (resolved ? 3 : (PRIORITIES[outline.severity] ?? 4)),
        tags: [resolved ? 'white_check_mark' : 'rotating_light', ...options.tags],
        click: outline.actions.at(-1)?.url,
        actions: outline.actions.slice(0, 3).map((action) => ({ action: 'view', label: action.text, url: action.url })),
      });
      return postJson(transport, options.url, body, options.http_config, signal, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        rules: { explain: (response) => answerField(response, 'error') },
      });
    },
  }),
});
