import { z } from 'zod';
import { secret } from '../../../base/secret';
import { atMostOne, isGiven } from '../../config/exclusive';
import { delivered, refused, retry } from '../../notify/delivery';
import type { Delivery } from '../../notify/delivery';
import { outlineOf, truncate } from '../../notify/outline';
import { bodyText, slackMarkup, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import type { Notification } from '../../notify/notification';
import { defineChannel } from '../channel';
import type { ChannelSurroundings } from '../channel';
import { answerField, attemptTimeout, compact, httpChannel, postJson } from '../common';
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
  /** Another spelling of it. */
  edit_messages: z.boolean().optional(),
  /** What follows the group's first message goes into its thread; needs a bot token. */
  post_updates_to_thread: z.boolean().default(false),
  timeout: attemptTimeout,
});
type SlackConfig = z.output<typeof config>;

/** Where a bot posts. */
const POST_MESSAGE = 'https://slack.com/api/chat.postMessage';
const hasWebhook = (given: SlackConfig): boolean => isGiven(given.api_url) || isGiven(given.api_url_file);
const hasToken = (given: SlackConfig): boolean => isGiven(given.app_token) || isGiven(given.app_token_file);
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
    const faults =
      atMostOne(given, 'api_url', 'api_url_file') ??
      atMostOne(given, 'app_token', 'app_token_file') ??
      (hasWebhook(given) && hasToken(given)
        ? 'at most one of api_url/api_url_file & app_token/app_token_file must be configured'
        : undefined);
    if (faults !== undefined) return faults;
    const own = hasWebhook(given);
    const authorized = given.http_config?.authorization !== undefined;
    const takesGlobal = !hasToken(given) && !own && !authorized;
    const bot = takesGlobal ? global.slack_app_token : given.app_token;
    const botFile = takesGlobal ? global.slack_app_token_file : given.app_token_file;
    const hasBot = isGiven(bot) || isGiven(botFile);
    const url = own || hasBot ? given.api_url : global.slack_api_url;
    const urlFile = own || hasBot ? given.api_url_file : global.slack_api_url_file;
    if (!hasBot && !isGiven(url) && !isGiven(urlFile))
      return 'no Slack API URL nor App token set either inline or in a file';
    if (hasBot && authorized) return "http authorization can't be set when using Slack App tokens";
    const inPlace = inPlaceOption(given);
    if (inPlace !== undefined && !hasBot) {
      if (isGiven(urlFile)) return `${inPlace} can't be used with api_url_file`;
      if (url?.reveal() !== POST_MESSAGE)
        return `${inPlace} can only be used with bot tokens. api_url must be set to ${POST_MESSAGE}`;
    }
    return {
      ...given,
      api_url: url,
      api_url_file: urlFile,
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
      const post = (to: string, body: Record<string, unknown>): Promise<Delivery> =>
        postJson(transport, to, body, options.http_config, signal, {
          headers: {
            'content-type': 'application/json; charset=utf-8',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          rules: { judge, explain: (response) => answerField(response, 'error') },
        });
      const body = slackMessage(options, notification, surroundings);
      const first = inPlaceOption(options) === undefined ? undefined : notification.reference;
      return first === undefined ? post(url, body) : followUp(options, url, body, first, post);
    },
  }),
});

/** The option that has the group's first message changed or answered; undefined where each message stands alone. */
function inPlaceOption(options: SlackConfig): string | undefined {
  if (options.update_message) return 'update_message';
  if (options.edit_messages === true) return 'edit_messages';
  return options.post_updates_to_thread ? 'post_updates_to_thread' : undefined;
}

/**
 * Changes the group's first message, answers it in its thread, or both.
 * @param first its channel and time stamp; they stay what later messages refer to.
 */
async function followUp(
  options: SlackConfig,
  url: string,
  body: Record<string, unknown>,
  first: string,
  post: (to: string, body: Record<string, unknown>) => Promise<Delivery>,
): Promise<Delivery> {
  const [channel, ts] = first.split(' ');
  if (options.update_message || options.edit_messages === true) {
    const changed = await post(url.replace(/chat\.postMessage$/, 'chat.update'), { ...body, channel, ts });
    if (changed.kind !== 'delivered' || !options.post_updates_to_thread) return changed;
  }
  const answered = await post(url, { ...body, channel, thread_ts: ts });
  return answered.kind === 'delivered' ? delivered(first) : answered;
}

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
