import { z } from 'zod';
import { secret } from '../../../base/secret';
import { atMostOne } from '../../config/exclusive';
import { truncate } from '../../notify/outline';
import { bodyText, plainMarkup, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import { defineChannel } from '../channel';
import { answerField, groupHash, httpChannel, postJson, under } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  api_key: secret.optional(),
  api_key_file: z.string().optional(),
  api_url: z.string().optional(),
  routing_key: z
    .string({ error: 'missing Routing key in VictorOps config' })
    .min(1, 'missing Routing key in VictorOps config'),
  message_type: z.string().default('CRITICAL'),
  state_message: z.string().optional(),
  entity_display_name: z.string().optional(),
  monitoring_tool: z.string().optional(),
  custom_fields: z.record(z.string(), z.string()).default({}),
});

const RESERVED = [
  'routing_key',
  'message_type',
  'state_message',
  'entity_display_name',
  'monitoring_tool',
  'entity_id',
  'entity_state',
];
const MESSAGE_TYPES = ['CRITICAL', 'WARNING', 'INFO', 'ACKNOWLEDGEMENT', 'RECOVERY'];
const MAX_TEXT = 20_480;

/** Opens and closes incidents at VictorOps (Splunk On-Call). */
export const victorops = defineChannel({
  name: 'victorops',
  doc: 'Opens and closes incidents at VictorOps (Splunk On-Call).',
  carriesDocuments: false,
  upstream: true,
  config,
  resolve: (given, global) => {
    const own = given.api_key !== undefined || given.api_key_file !== undefined;
    const both = atMostOne(given, 'api_key', 'api_key_file');
    if (both !== undefined) return both;
    if (!own && global.victorops_api_key === undefined && global.victorops_api_key_file === undefined)
      return 'no global VictorOps API Key set';
    const clash = RESERVED.find((name) => name in given.custom_fields);
    if (clash !== undefined) return `custom field ${clash} conflicts with a fixed field`;
    return {
      ...given,
      api_key: own ? given.api_key : global.victorops_api_key,
      api_key_file: own ? given.api_key_file : global.victorops_api_key_file,
      api_url: given.api_url ?? global.victorops_api_url,
      http_config: given.http_config ?? global.http_config,
    };
  },
  create: (options, { transport, templates, credentials }) => ({
    send: (notification, signal) => {
      const text = (given: string): string => templates.text(given, notification);
      const asked = text(options.message_type).toUpperCase();
      const type =
        statusOf(notification) === 'resolved' ? 'RECOVERY' : MESSAGE_TYPES.includes(asked) ? asked : 'CRITICAL';
      const key = credentials.read(options.api_key, options.api_key_file) ?? '';
      const url = under(options.api_url, `${encodeURIComponent(key)}/${encodeURIComponent(text(options.routing_key))}`);
      const body = {
        ...Object.fromEntries(Object.entries(options.custom_fields).map(([name, value]) => [name, text(value)])),
        message_type: type,
        entity_id: groupHash(notification.groupKey),
        entity_display_name: templates.textOr(
          options.entity_display_name,
          'victorops.default.entity_display_name',
          notification,
          () => titleText(notification, 500),
        ),
        state_message: truncate(
          templates.textOr(options.state_message, 'victorops.default.state_message', notification, () =>
            bodyText(notification, plainMarkup, MAX_TEXT),
          ),
          MAX_TEXT,
        ),
        monitoring_tool: templates.textOr(
          options.monitoring_tool,
          'victorops.default.monitoring_tool',
          notification,
          () => 'Telltale',
        ),
      };
      return postJson(transport, url, body, options.http_config, signal, {
        rules: { explain: (response) => answerField(response, 'message') },
      });
    },
  }),
});
