import { z } from 'zod';
import { timeText } from '../../notify/time-text';
import { defineChannel, urlFault } from '../channel';
import { httpChannel, postJson, under } from '../common';

const config = z.strictObject({
  ...httpChannel(true),
  /** The base URL of the other Alertmanager. */
  url: z.string(),
  /** What still fires is vouched for so long, in seconds: longer than the repeat interval. */
  vouch_seconds: z.number().positive().default(18_000),
});

/** Forwards alerts to an Alertmanager. */
export const alertmanager = defineChannel({
  name: 'alertmanager',
  doc: 'Forwards the alerts to another Alertmanager.',
  carriesDocuments: false,
  config,
  resolve: (given, global) =>
    urlFault('url', given.url) ?? { ...given, http_config: given.http_config ?? global.http_config },
  create: (options, { transport }) => ({
    send: (notification, signal) => {
      const alerts = notification.alerts.map((alert) => ({
        labels: alert.labels.toRecord(),
        annotations: alert.annotations,
        startsAt: timeText(alert.startsAt),
        endsAt: timeText(alert.endsAt ?? notification.at + options.vouch_seconds * 1000),
        generatorURL: alert.generatorUrl,
      }));
      return postJson(transport, under(options.url, 'api/v2/alerts'), alerts, options.http_config, signal);
    },
  }),
});
