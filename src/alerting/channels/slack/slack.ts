import { z } from 'zod';
import { secret } from '../../../base/secret';
import { delivered, refused, retry } from '../../notify/delivery';
import type { Delivery } from '../../notify/delivery';
import { outlineOf, truncate } from '../../notify/outline';
import { bodyText, slackMarkup, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import type { Notification } from '../../notify/notification';
import { defineChannel } from '../channel';
import type { ChannelSurroundings } from '../channel';
import { answerField, compact, httpChannel, postJson } from '../common';
import type { HttpResponse } from '../http';

const action = z.strictObject({
  type: z.string().min(1),
  text: z.string().min(1),
  url: z.string().optional(),
  style: z.string().optional(),
  name: z.string().optional(),
  value: z.string().optional(),
  confirm: z
    .strictObject({
      text: z.string(),
      title: z.string().optional(),
      ok_text: z.string().optional(),
      dismiss_text: z.string().optional(),
    })
    .optional(),
});

const config = z.strictObject({
  ...httpChannel(false),
  /** An incoming webhook, or `https://slack.com/api/chat.postMessage` with a bot token. */
  api_url: secret.optional(),
  api_url_file: z.string().optional(),
  /** A bot token: messages can then be updated in place. */
  app_token: secret.optional(),
  app_token_file: z.string().optional(),
  app_url: z.string().optional(),
  /** `#alerts`, `@someone`; a template. */
  channel: z.string().optional(),
  username: z.string().optional(),
  color: z.string().optional(),
  title: z.string().optional(),
  title_link: z.string().optional(),
  pretext: z.string().optional(),
  text: z.string().optional(),
  message_text: z.string().optional(),
  fields: z
    .array(z.strictObject({ title: z.string().min(1), value: z.string().min(1), short: z.boolean().optional() }))
    .default([]),
  short_fields: z.boolean().default(false),
  footer: z.string().optional(),
  fallback: z.string().optional(),
  callback_id: z.string().optional(),
  icon_emoji: z.string().optional(),
  icon_url: z.string().optional(),
  image_url: z.string().optional(),
  thumb_url: z.string().optional(),
  link_names: z.boolean().default(false),
  mrkdwn_in: z.array(z.string()).default(['fallback', 'pretext', 'text']),
  actions: z.array(action).default([]),
  /** Change the group's first message instead of sending further ones; needs a bot token. */
  update_message: z.boolean().default(false),
  /** The same, in the spelling of newer Alertmanagers. */
  edit_messages: z.boolean().optional(),
  timeout: z.unknown().optional(),
});
type SlackConfig = z.output<typeof config>;

/** Errors of Slack after which trying again helps. */
const RETRY = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'message_limit_exceeded',
]);
const MAX_TITLE = 1024;
const MAX_TEXT = 3000;

/** Posts to a Slack channel; with a bot token the group's message is updated in place. */
export const slack = defineChannel({
  name: 'slack',
  doc: 'Posts to Slack by incoming webhook, or by bot token with update in place.',
  upstream: true,
  // Slack takes one message a second per channel, and bursts.
  pace: { concurrency: 4, burst: 20, per: 20_000 },
  config,
  resolve: (given, global) => {
    const bot =
      given.app_token ??
      (given.app_token_file === undefined && given.api_url === undefined && given.api_url_file === undefined
        ? global.slack_app_token
        : undefined);
    const botFile =
      given.app_token_file ??
      (given.api_url === undefined && given.api_url_file === undefined ? global.slack_app_token_file : undefined);
    const hasBot = bot !== undefined || botFile !== undefined;
    const own = given.api_url !== undefined || given.api_url_file !== undefined;
    if (given.api_url !== undefined && given.api_url_file !== undefined)
      return 'at most one of api_url & api_url_file must be configured';
    if (!own && !hasBot && global.slack_api_url === undefined && global.slack_api_url_file === undefined) {
      return 'no global Slack API URL set either inline or in a file';
    }
    return {
      ...given,
      api_url: own || hasBot ? given.api_url : global.slack_api_url,
      api_url_file: own || hasBot ? given.api_url_file : global.slack_api_url_file,
      app_token: bot,
      app_token_file: botFile,
      app_url: given.app_url ?? global.slack_app_url,
      http_config: given.http_config ?? global.http_config,
    };
  },
  create: (options, surroundings) => ({
    send: (notification, signal) => {
      const { credentials, transport } = surroundings;
      const token = credentials.read(options.app_token, options.app_token_file);
      const url =
        token === undefined ? (credentials.read(options.api_url, options.api_url_file) ?? '') : options.app_url;
      const body = slackMessage(options, notification, surroundings);
      const edit =
        (options.update_message || options.edit_messages === true) && token !== undefined
          ? notification.reference
          : undefined;
      const [channel, ts] = edit?.split(' ') ?? [];
      return postJson(
        transport,
        edit === undefined ? url : url.replace(/chat\.postMessage$/, 'chat.update'),
        edit === undefined ? body : { ...body, channel, ts },
        options.http_config,
        signal,
        {
          headers: {
            'content-type': 'application/json; charset=utf-8',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          rules: { judge, explain: (response) => answerField(response, 'error') },
        },
      );
    },
  }),
});

/** Slack answers 200 with `{"ok": false, "error": …}`; incoming webhooks with the text `ok`. */
function judge(response: HttpResponse): Delivery {
  const error = answerField(response, 'error');
  if (answerField(response, 'ok') === 'false') {
    const message = `Slack: ${error ?? 'unknown error'}`;
    return RETRY.has(error ?? '')
      ? retry(message, error === 'ratelimited' ? 'rateLimited' : 'serverError')
      : refused(message);
  }
  const channel = answerField(response, 'channel');
  const ts = answerField(response, 'ts');
  return delivered(channel === undefined || ts === undefined ? undefined : `${channel} ${ts}`);
}

function slackMessage(
  options: SlackConfig,
  notification: Notification,
  { templates }: ChannelSurroundings,
): Record<string, unknown> {
  const text = (given: string | undefined): string | undefined =>
    given === undefined ? undefined : templates.text(given, notification);
  const outline = outlineOf(notification);
  const title = templates.textOr(options.title, 'slack.default.title', notification, () =>
    titleText(notification, MAX_TITLE),
  );
  const attachment = compact({
    title: truncate(title, MAX_TITLE),
    title_link: templates.textOr(
      options.title_link,
      'slack.default.titlelink',
      notification,
      () => outline.actions.at(-1)?.url ?? '',
    ),
    pretext: text(options.pretext),
    text: truncate(
      templates.textOr(options.text, 'slack.default.text', notification, () =>
        bodyText(notification, slackMarkup, MAX_TEXT),
      ),
      MAX_TEXT,
    ),
    fallback: templates.textOr(options.fallback, 'slack.default.fallback', notification, () => title),
    callback_id: text(options.callback_id),
    image_url: text(options.image_url),
    thumb_url: text(options.thumb_url),
    footer: text(options.footer),
    color: text(options.color) ?? colourOf(notification, outline.severity),
    mrkdwn_in: options.mrkdwn_in,
    fields: options.fields.map((field) => ({
      title: text(field.title),
      value: text(field.value),
      short: field.short ?? options.short_fields,
    })),
    actions: options.actions.map((given) => ({
      ...compact({
        type: text(given.type),
        text: text(given.text),
        url: text(given.url),
        style: text(given.style),
        name: text(given.name),
        value: text(given.value),
      }),
      ...(given.confirm === undefined ? {} : { confirm: given.confirm }),
    })),
  });
  return compact({
    channel: text(options.channel),
    username: templates.textOr(options.username, 'slack.default.username', notification, () => 'Telltale'),
    icon_emoji: text(options.icon_emoji),
    icon_url: text(options.icon_url),
    link_names: options.link_names,
    text: text(options.message_text),
    attachments: [attachment],
  });
}

function colourOf(notification: Notification, severity: string): string {
  if (statusOf(notification) === 'resolved') return 'good';
  return severity === 'warning' ? 'warning' : 'danger';
}
