import { z } from 'zod';
import { secret } from '../../../base/secret';
import { atMostOne, isGiven } from '../../config/exclusive';
import { outlineOf, truncate } from '../../notify/outline';
import { bodyText, plainMarkup, titleText } from '../../notify/outline-text';
import { firingOf, resolvedOf, statusOf } from '../../notify/notification';
import type { Notification } from '../../notify/notification';
import { defineChannel } from '../channel';
import type { ChannelSurroundings } from '../channel';
import { answerField, attemptTimeout, compact, groupHash, httpChannel, postJson } from '../common';
import { renderPayload } from '../webhook/payload';

const config = z.strictObject({
  ...httpChannel(true),
  /** Of an Events API v2 integration. */
  routing_key: secret.optional(),
  routing_key_file: z.string().optional(),
  /** Of a v1 integration. */
  service_key: secret.optional(),
  service_key_file: z.string().optional(),
  url: z.string().optional(),
  client: z.string().optional(),
  client_url: z.string().optional(),
  description: z.string().optional(),
  details: z.record(z.string(), z.unknown()).default({}),
  images: z
    .array(z.strictObject({ src: z.string().optional(), alt: z.string().optional(), href: z.string().optional() }))
    .default([]),
  links: z.array(z.strictObject({ href: z.string().optional(), text: z.string().optional() })).default([]),
  source: z.string().optional(),
  severity: z.string().optional(),
  class: z.string().optional(),
  component: z.string().optional(),
  group: z.string().optional(),
  timeout: attemptTimeout,
});
type Options = z.output<typeof config> & { readonly url: string };

const MAX_SUMMARY = 1024;
/** An event may have 512 KB. */
const MAX_EVENT = 512_000;
const SEVERITIES = new Set(['critical', 'error', 'warning', 'info']);

/** Triggers and resolves incidents at PagerDuty; a group is one incident. */
export const pagerduty = defineChannel({
  name: 'pagerduty',
  doc: 'Triggers and resolves PagerDuty incidents; a group is one incident.',
  carriesDocuments: false,
  upstream: true,
  pace: { concurrency: 8, burst: 120, per: 60_000 },
  config,
  resolve: (given, global) => {
    const keys = [given.routing_key, given.routing_key_file, given.service_key, given.service_key_file];
    if (!keys.some(isGiven)) return 'missing service or routing key in PagerDuty config';
    const both =
      atMostOne(given, 'routing_key', 'routing_key_file') ?? atMostOne(given, 'service_key', 'service_key_file');
    if (both !== undefined) return both;
    return { ...given, url: given.url ?? global.pagerduty_url, http_config: given.http_config ?? global.http_config };
  },
  create: (options, surroundings) => ({
    send: (notification, signal) => {
      const { credentials, transport } = surroundings;
      const routingKey = credentials.read(options.routing_key, options.routing_key_file);
      const event = eventOf(options, notification, surroundings);
      if (routingKey === undefined) {
        const serviceKey = credentials.read(options.service_key, options.service_key_file) ?? '';
        const url = 'https://events.pagerduty.com/generic/2010-04-15/create_event.json';
        const body = {
          service_key: serviceKey,
          event_type: event.action,
          incident_key: event.key,
          description: event.summary,
          client: event.client,
          client_url: event.clientUrl,
          details: event.details,
        };
        return postJson(transport, url, compact(body), options.http_config, signal, {
          rules: { retryStatuses: [403, 429] },
        });
      }
      return postJson(transport, options.url, eventV2(routingKey, event), options.http_config, signal, {
        rules: {
          retryStatuses: [429],
          explain: (response) => answerField(response, 'errors') ?? answerField(response, 'message'),
        },
      });
    },
  }),
});

interface Event {
  readonly action: 'trigger' | 'resolve';
  readonly key: string;
  readonly summary: string;
  readonly client: string;
  readonly clientUrl: string;
  readonly details: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
  readonly images: unknown[];
  readonly links: unknown[];
}

function eventOf(options: Options, notification: Notification, { templates }: ChannelSurroundings): Event {
  const text = (given: string | undefined): string => templates.text(given ?? '', notification);
  const outline = outlineOf(notification);
  const client = templates.textOr(options.client, 'pagerduty.default.client', notification, () => 'Telltale');
  const severity = options.severity === undefined ? outline.severity : text(options.severity);
  const firing = firingOf(notification);
  const resolved = resolvedOf(notification);
  const details = {
    firing: firing.length === 0 ? '' : bodyText({ ...notification, alerts: firing }, plainMarkup, 20_000),
    resolved: resolved.length === 0 ? '' : bodyText({ ...notification, alerts: resolved }, plainMarkup, 20_000),
    num_firing: String(firing.length),
    num_resolved: String(resolved.length),
    ...(renderPayload(options.details, (given) => templates.text(given, notification)) as Record<string, unknown>),
  };
  return {
    action: statusOf(notification) === 'firing' ? 'trigger' : 'resolve',
    key: groupHash(notification.groupKey),
    summary: truncate(
      templates.textOr(options.description, 'pagerduty.default.description', notification, () =>
        titleText(notification, MAX_SUMMARY),
      ),
      MAX_SUMMARY,
    ),
    client,
    clientUrl: templates.textOr(
      options.client_url,
      'pagerduty.default.clientURL',
      notification,
      () => outline.actions.at(-1)?.url ?? notification.externalUrl,
    ),
    details,
    payload: compact({
      source: options.source === undefined ? client : text(options.source),
      severity: SEVERITIES.has(severity) ? severity : 'error',
      class: text(options.class),
      component: text(options.component),
      group: text(options.group),
    }),
    images: options.images.map((image) =>
      compact({ src: text(image.src), alt: text(image.alt), href: text(image.href) }),
    ),
    links:
      options.links.length > 0
        ? options.links.map((link) => compact({ href: text(link.href), text: text(link.text) }))
        : outline.actions.map(({ text: title, url }) => ({ href: url, text: title })),
  };
}

function eventV2(routingKey: string, event: Event): unknown {
  const build = (details: unknown): Record<string, unknown> =>
    compact({
      routing_key: routingKey,
      event_action: event.action,
      dedup_key: event.key,
      client: event.client,
      client_url: event.clientUrl,
      images: event.images,
      links: event.links,
      payload: { summary: event.summary, ...event.payload, custom_details: details },
    });
  const whole = build(event.details);
  return JSON.stringify(whole).length <= MAX_EVENT
    ? whole
    : build({ error: 'the details were left out: the event would be larger than 512 KB' });
}
