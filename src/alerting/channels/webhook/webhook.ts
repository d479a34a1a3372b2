import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secret } from '../../../base/secret';
import { httpOptions } from '../../config/http-options';
import { firingOf, commonLabels, commonPairs, statusOf } from '../../notify/notification';
import type { Notification, NotifiedDocument } from '../../notify/notification';
import { timeText } from '../../notify/time-text';
import { exactlyOne } from '../../config/exclusive';
import { defineChannel, urlFault } from '../channel';
import { attemptTimeout } from '../common';
import { deliverHttp } from '../http';
import { renderPayload } from './payload';

const config = z.strictObject({
  /** Whether to tell that alerts are over. */
  send_resolved: z.boolean().default(true),
  /** Authorization, TLS, proxy. */
  http_config: httpOptions.optional(),
  /** Where to POST to; a template. */
  url: secret.optional(),
  /** The same, from a file. */
  url_file: z.string().optional(),
  /** Only the first so many alerts are sent; 0 for all. */
  max_alerts: z.number().int().nonnegative().default(0),
  timeout: attemptTimeout,
  /** A body of one's own: a tree whose texts are templates. */
  payload: z.unknown().optional(),
  /** Signs each body with HMAC-SHA256, in `X-Telltale-Signature: sha256=…`. */
  signing_secret: secret.optional(),
  /** The same, from a file. */
  signing_secret_file: z.string().optional(),
});

/** POSTs each notification as JSON: Alertmanager's version 4, or a payload of one's own. */
export const webhook = defineChannel({
  name: 'webhook',
  doc: 'POSTs each notification as JSON, signed if wanted.',
  upstream: true,
  config,
  resolve: (given, global) =>
    exactlyOne(given, 'url', 'url_file') ??
    urlFault('url', given.url?.reveal()) ?? { ...given, http_config: given.http_config ?? global.http_config },
  create: (options, { transport, templates, credentials }) => ({
    send: async (notification, signal) => {
      const url = templates.text(credentials.read(options.url, options.url_file) ?? '', notification);
      const body =
        options.payload === undefined
          ? webhookBody(notification, options.max_alerts)
          : JSON.stringify(renderPayload(options.payload, (text) => templates.text(text, notification)));
      const key = credentials.read(options.signing_secret, options.signing_secret_file);
      const headers: Record<string, string> = {
        'content-type': 'application/json',
        'user-agent': 'Telltale',
        'idempotency-key': notification.id,
        ...(key === undefined
          ? {}
          : { 'x-telltale-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` }),
      };
      return deliverHttp(transport, { method: 'POST', url, headers, body, signal, options: options.http_config });
    },
  }),
});

/** Alertmanager's webhook message, version 4. */
export function webhookBody(notification: Notification, maxAlerts: number): string {
  const alerts = maxAlerts > 0 ? notification.alerts.slice(0, maxAlerts) : notification.alerts;
  return JSON.stringify({
    receiver: quoteMeta(notification.receiver),
    status: statusOf(notification),
    alerts: alerts.map((alert) => ({
      status: alert.endsAt === undefined ? 'firing' : 'resolved',
      labels: alert.labels.toRecord(),
      annotations: alert.annotations,
      startsAt: timeText(alert.startsAt),
      endsAt: timeText(alert.endsAt),
      generatorURL: alert.generatorUrl,
      fingerprint: alert.labels.fingerprint,
    })),
    notification_reason: notification.reason,
    groupLabels: notification.groupLabels.toRecord(),
    commonLabels: commonLabels(notification.alerts).toRecord(),
    commonAnnotations: commonPairs(notification.alerts.map((alert) => alert.annotations)),
    routeLabels: notification.routeLabels,
    externalURL: notification.externalUrl,
    version: '4',
    groupKey: notification.groupKey,
    truncatedAlerts: notification.alerts.length - alerts.length,
    // Ours: equal for every attempt of one message.
    deliveryId: notification.id,
    firingCount: firingOf(notification).length,
    ...(notification.document === undefined ? {} : { document: documentBody(notification.document) }),
  });
}

/** What a webhook gets of a document: all but the page. */
function documentBody({ title, summary, text, url }: NotifiedDocument): unknown {
  return { title, summary, text, url };
}

/** The receiver's name is given as a regular expression that matches it: Alertmanager's own oddity, kept. */
function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
