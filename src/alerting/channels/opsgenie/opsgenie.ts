import { z } from 'zod';
import { secret } from '../../../base/secret';
import { atMostOne } from '../../config/exclusive';
import type { Delivery } from '../../notify/delivery';
import { truncate } from '../../notify/outline';
import { bodyText, plainMarkup, titleText } from '../../notify/outline-text';
import { commonLabels, statusOf } from '../../notify/notification';
import type { Notification } from '../../notify/notification';
import { defineChannel } from '../channel';
import type { ChannelSurroundings } from '../channel';
import { answerField, compact, groupHash, httpChannel, postJson, under } from '../common';

const responder = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  username: z.string().optional(),
  type: z.string(),
});
const config = z.strictObject({
  ...httpChannel(true),
  api_key: secret.optional(),
  api_key_file: z.string().optional(),
  api_url: z.string().optional(),
  message: z.string().optional(),
  description: z.string().optional(),
  source: z.string().optional(),
  details: z.record(z.string(), z.string()).default({}),
  entity: z.string().optional(),
  responders: z.array(responder).default([]),
  actions: z.string().optional(),
  tags: z.string().optional(),
  note: z.string().optional(),
  priority: z.string().optional(),
  update_alerts: z.boolean().default(false),
});
type Options = z.output<typeof config> & { readonly api_url: string };

const RESPONDER_TYPE = /^(?:teams?|user|escalation|schedule)$/i;
const MAX = { message: 130, description: 15_000 } as const;

/** Creates and closes alerts at Opsgenie; a group is one alert. */
export const opsgenie = defineChannel({
  name: 'opsgenie',
  doc: 'Creates and closes Opsgenie alerts; a group is one alert.',
  carriesDocuments: false,
  upstream: true,
  pace: { concurrency: 4 },
  config,
  resolve: (given, global) => {
    const own = given.api_key !== undefined || given.api_key_file !== undefined;
    const both = atMostOne(given, 'api_key', 'api_key_file');
    if (both !== undefined) return both;
    if (!own && global.opsgenie_api_key === undefined && global.opsgenie_api_key_file === undefined) {
      return 'no global OpsGenie API Key set either inline or in a file';
    }
    const nameless = given.responders.find(({ id, name, username }) => !id && !name && !username);
    if (nameless !== undefined) return 'a responder has to have at least one of id, username or name specified';
    const unknown = given.responders.find(({ type }) => !type.includes('{{') && !RESPONDER_TYPE.test(type));
    if (unknown !== undefined)
      return `responder type "${unknown.type}" is none of team, teams, user, escalation, schedule`;
    return {
      ...given,
      api_key: own ? given.api_key : global.opsgenie_api_key,
      api_key_file: own ? given.api_key_file : global.opsgenie_api_key_file,
      api_url: given.api_url ?? global.opsgenie_api_url,
      http_config: given.http_config ?? global.http_config,
    };
  },
  create: (options, surroundings) => ({
    send: (notification, signal) => send(options, notification, surroundings, signal),
  }),
});

async function send(
  options: Options,
  notification: Notification,
  around: ChannelSurroundings,
  signal: AbortSignal,
): Promise<Delivery> {
  const { credentials, templates, transport } = around;
  const alias = groupHash(notification.groupKey);
  const text = (given: string | undefined): string => templates.text(given ?? '', notification);
  const headers = { authorization: `GenieKey ${credentials.read(options.api_key, options.api_key_file) ?? ''}` };
  const rules = { retryStatuses: [429], explain: (response: { body: string }) => answerField(response, 'message') };
  const post = (path: string, body: unknown, method: 'POST' | 'PUT' = 'POST'): Promise<Delivery> =>
    postJson(transport, under(options.api_url, path), body, options.http_config, signal, { headers, rules, method });
  const source = templates.textOr(
    options.source,
    'opsgenie.default.source',
    notification,
    () => notification.externalUrl,
  );
  if (statusOf(notification) === 'resolved') {
    return post(`v2/alerts/${alias}/close?identifierType=alias`, compact({ source, note: text(options.note) }));
  }
  const message = truncate(
    templates.textOr(options.message, 'opsgenie.default.message', notification, () =>
      titleText(notification, MAX.message),
    ),
    MAX.message,
  );
  const description = truncate(
    templates.textOr(options.description, 'opsgenie.default.description', notification, () =>
      bodyText(notification, plainMarkup, MAX.description),
    ),
    MAX.description,
  );
  const details = {
    ...commonLabels(notification.alerts).toRecord(),
    ...Object.fromEntries(Object.entries(options.details).map(([key, value]) => [key, text(value)])),
  };
  const created = await post(
    'v2/alerts',
    compact({
      alias,
      message,
      description,
      details,
      source,
      responders: options.responders.map((one) =>
        compact({
          id: text(one.id),
          name: text(one.name),
          username: text(one.username),
          type: text(one.type).toLowerCase(),
        }),
      ),
      tags: splitList(text(options.tags)),
      note: text(options.note),
      priority: text(options.priority),
      entity: text(options.entity),
      actions: splitList(text(options.actions)),
    }),
  );
  if (created.kind !== 'delivered' || !options.update_alerts) return created;
  const renamed = await post(`v2/alerts/${alias}/message?identifierType=alias`, { message }, 'PUT');
  return renamed.kind === 'delivered'
    ? post(`v2/alerts/${alias}/description?identifierType=alias`, { description }, 'PUT')
    : renamed;
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
