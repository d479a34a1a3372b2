import { z } from 'zod';
import { secret } from '../../../base/secret';
import { truncate } from '../../notify/outline';
import { bodyText, markdown, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { exactlyOne } from '../../config/exclusive';
import { defineChannel } from '../channel';
import { answerField, compact, httpChannel, postJson } from '../common';

/** An attachment, in Mattermost's words; all texts are templates. */
const attachment = {
  fallback: z.string().optional(),
  color: z.string().optional(),
  pretext: z.string().optional(),
  text: z.string().optional(),
  author_name: z.string().optional(),
  author_link: z.string().optional(),
  author_icon: z.string().optional(),
  title: z.string().optional(),
  title_link: z.string().optional(),
  fields: z
    .array(z.strictObject({ title: z.string().min(1), value: z.string().min(1), short: z.boolean().optional() }))
    .optional(),
  thumb_url: z.string().optional(),
  footer: z.string().optional(),
  footer_icon: z.string().optional(),
  image_url: z.string().optional(),
} as const;
type Attachment = z.output<z.ZodObject<typeof attachment>>;

const config = z.strictObject({
  ...httpChannel(true),
  webhook_url: secret.optional(),
  webhook_url_file: z.string().optional(),
  channel: z.string().optional(),
  username: z.string().optional(),
  icon_url: z.string().optional(),
  icon_emoji: z.string().optional(),
  ...attachment,
  /** Instead of the one attachment that the keys above make. */
  attachments: z.array(z.strictObject(attachment)).optional(),
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
    const settings = { ...given, webhook_url: url, webhook_url_file: file };
    return (
      exactlyOne(settings, 'webhook_url', 'webhook_url_file') ?? {
        ...settings,
        http_config: given.http_config ?? global.http_config,
      }
    );
  },
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const text = (given: string | undefined): string => templates.text(given ?? '', notification);
      const resolved = statusOf(notification) === 'resolved';
      const builtIn = {
        title: templates.textOr(options.title, 'mattermost.default.title', notification, () =>
          titleText(notification, 256),
        ),
        text: truncate(
          templates.textOr(options.text, 'mattermost.default.text', notification, () =>
            bodyText(notification, markdown, MAX_TEXT),
          ),
          MAX_TEXT,
        ),
        color: options.color === undefined ? (resolved ? '#1d6b3a' : '#b3261e') : text(options.color),
      };
      const body = compact({
        channel: text(options.channel),
        username: options.username === undefined ? 'Telltale' : text(options.username),
        icon_url: text(options.icon_url),
        icon_emoji: text(options.icon_emoji),
        props: options.props,
        priority: options.priority,
        type: options.type,
        attachments:
          options.attachments === undefined
            ? [{ ...attachmentOf(options, text), ...builtIn, fallback: text(options.fallback) || builtIn.title }]
            : options.attachments.map((given) => attachmentOf(given, text)),
      });
      const url = credentials.read(options.webhook_url, options.webhook_url_file) ?? '';
      return postJson(transport, url, body, options.http_config, signal, {
        rules: { explain: (response) => answerField(response, 'message') },
      });
    },
  }),
});

function attachmentOf(given: Attachment, text: (given: string | undefined) => string): Record<string, unknown> {
  return compact({
    fallback: text(given.fallback),
    color: text(given.color),
    pretext: text(given.pretext),
    text: truncate(text(given.text), MAX_TEXT),
    author_name: text(given.author_name),
    author_link: text(given.author_link),
    author_icon: text(given.author_icon),
    title: text(given.title),
    title_link: text(given.title_link),
    fields: given.fields?.map(({ title, value, short }) => ({ title: text(title), value: text(value), short })),
    thumb_url: text(given.thumb_url),
    footer: text(given.footer),
    footer_icon: text(given.footer_icon),
    image_url: text(given.image_url),
  });
}
