import { z } from 'zod';
import { secret } from '../../../base/secret';
import { exactlyOne } from '../../config/exclusive';
import { defineChannel } from '../channel';
import { answerField, attemptTimeout, httpChannel } from '../common';
import { deliverHttp } from '../http';
import { webhookBody } from '../webhook/webhook';

const config = z.strictObject({
  ...httpChannel(true),
  url: z.string().optional(),
  url_file: z.string().optional(),
  alert_source_token: secret.optional(),
  alert_source_token_file: z.string().optional(),
  max_alerts: z.number().int().nonnegative().default(0),
  metadata: z.record(z.string(), z.string()).optional(),
  timeout: attemptTimeout,
});

/** Opens alerts at incident.io. */
export const incidentio = defineChannel({
  name: 'incidentio',
  doc: 'Opens alerts at incident.io.',
  carriesDocuments: false,
  upstream: true,
  config,
  resolve: (given, global) =>
    exactlyOne(given, 'url', 'url_file') ??
    (given.http_config?.authorization === undefined &&
    given.alert_source_token === undefined &&
    given.alert_source_token_file === undefined
      ? 'at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured'
      : { ...given, http_config: given.http_config ?? global.http_config }),
  create: (options, { transport, credentials }) => ({
    send: (notification, signal) => {
      const token = credentials.read(options.alert_source_token, options.alert_source_token_file);
      return deliverHttp(
        transport,
        {
          method: 'POST',
          url: options.url ?? credentials.readFile(options.url_file ?? '').trim(),
          headers: {
            'content-type': 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: webhookBody(notification, options.max_alerts),
          signal,
          options: options.http_config,
        },
        { explain: (response) => answerField(response, 'errors') },
      );
    },
  }),
});
