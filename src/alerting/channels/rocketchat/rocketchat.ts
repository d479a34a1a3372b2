import { z } from 'zod';
import { secret } from '../../../base/secret';
import { atMostOne } from '../../config/exclusive';
import { refused } from '../../notify/delivery';
import { outlineOf, truncate } from '../../notify/outline';
import { bodyText, markdown, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { defineChannel } from '../channel';
import { answerField, compact, httpChannel, postJson, under } from '../common';

const config = z.strictObject({
  ...httpChannel(false),
  api_url: z.string().optional(),
  channel: z.string().optional(),
  token: secret.optional(),
  token_file: z.string().optional(),
  token_id: secret.optional(),
  token_id_file: z.string().optional(),
  color: z.string().optional(),
  title: z.string().optional(),
  title_link: z.string().optional(),
  text: z.string().optional(),
  /** What stands above the attachment. */
  message_text: z.string().optional(),
  fields: z.array(z.strictObject({ title: z.string(), value: z.string(), short: z.boolean().optional() })).default([]),
  short_fields: z.boolean().default(false),
  emoji: z.string().optional(),
  icon_url: z.string().optional(),
  image_url: z.string().optional(),
  thumb_url: z.string().optional(),
  link_names: z.boolean().default(false),
  actions: z.array(z.record(z.string(), z.unknown())).default([]),
});

/** Posts to Rocket.Chat. */
export const rocketchat = defineChannel({
  name: 'rocketchat',
  doc: 'Posts to Rocket.Chat.',
  upstream: true,
  config,
  resolve: (given, global) => {
    const clash = atMostOne(given, 'token', 'token_file') ?? atMostOne(given, 'token_id', 'token_id_file');
    if (clash !== undefined) return clash;
    const token = given.token ?? global.rocketchat_token;
    const tokenFile = given.token_file ?? global.rocketchat_token_file;
    const id = given.token_id ?? global.rocketchat_token_id;
    const idFile = given.token_id_file ?? global.rocketchat_token_id_file;
    if (token === undefined && tokenFile === undefined)
      return 'no global Rocketchat Token set either inline or in a file';
    if (id === undefined && idFile === undefined) return 'no global Rocketchat TokenID set either inline or in a file';
    return {
      ...given,
      token,
      token_file: tokenFile,
      token_id: id,
      token_id_file: idFile,
      api_url: given.api_url ?? global.rocketchat_api_url,
      http_config: given.http_config ?? global.http_config,
    };
  },
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const text = (given: string | undefined): string => templates.text(given ?? '', notification);
      const resolved = statusOf(notification) === 'resolved';
      const attachment = compact({
        title: templates.textOr(options.title, 'rocketchat.default.title', notification, () =>
          titleText(notification, 1024),
        ),
        title_link: templates.textOr(
          options.title_link,
          'rocketchat.default.titlelink',
          notification,
          () => outlineOf(notification).actions.at(-1)?.url ?? '',
        ),
        text: truncate(
          templates.textOr(options.text, 'rocketchat.default.text', notification, () =>
            bodyText(notification, markdown, 5000),
          ),
          5000,
        ),
        image_url: text(options.image_url),
        thumb_url: text(options.thumb_url),
        color: options.color === undefined ? (resolved ? 'green' : 'red') : text(options.color),
        fields: options.fields.map((field) => ({
          title: text(field.title),
          value: text(field.value),
          short: field.short ?? options.short_fields,
        })),
        actions: options.actions,
      });
      const body = compact({
        channel: text(options.channel),
        emoji: text(options.emoji),
        avatar: text(options.icon_url),
        text: text(options.message_text),
        attachments: [attachment],
      });
      return postJson(transport, under(options.api_url, 'api/v1/chat.postMessage'), body, options.http_config, signal, {
        headers: {
          'x-auth-token': credentials.read(options.token, options.token_file) ?? '',
          'x-user-id': credentials.read(options.token_id, options.token_id_file) ?? '',
        },
        rules: {
          explain: (response) => answerField(response, 'error'),
          judge: (response) =>
            answerField(response, 'success') === 'false'
              ? refused(`Rocket.Chat: ${answerField(response, 'error') ?? 'refused'}`)
              : undefined,
        },
      });
    },
  }),
});
