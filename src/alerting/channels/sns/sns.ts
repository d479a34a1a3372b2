import { z } from 'zod';
import { messageOf } from '../../../base/errors';
import { secret } from '../../../base/secret';
import { truncate } from '../../notify/outline';
import { refused } from '../../notify/delivery';
import type { Delivery } from '../../notify/delivery';
import { bodyText, plainMarkup, titleText } from '../../notify/outline-text';
import { isGiven } from '../../config/exclusive';
import { defineChannel } from '../channel';
import { httpChannel } from '../common';
import { deliverHttp } from '../http';
import { ambientCredentials } from './aws-credentials';
import type { AwsCredentials } from './aws-credentials';
import { AssumedRole } from './assume-role';
import { signV4 } from './sigv4';

const config = z.strictObject({
  ...httpChannel(true),
  api_url: z.string().optional(),
  sigv4: z
    .strictObject({
      region: z.string().optional(),
      access_key: z.string().optional(),
      secret_key: secret.optional(),
      profile: z.string().optional(),
      role_arn: z.string().optional(),
      use_fips_sts_endpoint: z.boolean().optional(),
      external_id: z.string().optional(),
    })
    .prefault({}),
  topic_arn: z.string().optional(),
  phone_number: z.string().optional(),
  target_arn: z.string().optional(),
  subject: z.string().optional(),
  message: z.string().optional(),
  attributes: z.record(z.string(), z.string()).default({}),
  /** Accepted; all channels share one HTTP client. */
  use_aws_http_client: z.boolean().optional(),
});

/** SNS counts bytes, a text message characters. */
const MAX = { subject: 100, message: 60_000, sms: 1600 } as const;

/** Publishes to Amazon SNS, with keys from the configuration, the environment or a profile; a role is taken on if one is named. */
export const sns = defineChannel({
  name: 'sns',
  doc: 'Publishes to Amazon SNS; keys from the configuration, the environment or a profile.',
  upstream: true,
  config,
  resolve: (given, global) => {
    const targets = [given.topic_arn, given.target_arn, given.phone_number].filter(
      (target) => target !== undefined && target !== '',
    );
    if (targets.length !== 1) return 'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config';
    const { access_key: key, secret_key: secretKey } = given.sigv4;
    if (isGiven(key) !== isGiven(secretKey))
      return 'must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SNS config';
    return { ...given, http_config: given.http_config ?? global.http_config };
  },
  create: (options, { transport, templates, credentials, clock, environment }) => {
    const { access_key: key, secret_key: secretKey, profile, region: given, role_arn: roleArn } = options.sigv4;
    const ownKeys = (): AwsCredentials =>
      key === undefined || key === ''
        ? ambientCredentials(profile, environment)
        : { accessKey: key, secretKey: credentials.read(secretKey, undefined) ?? '' };
    let role: AssumedRole | undefined;
    return {
      send: async (notification, signal) => {
        const text = (given: string | undefined): string => templates.text(given ?? '', notification);
        const arn = text(options.topic_arn ?? options.target_arn);
        const region = given ?? (arn.split(':')[3] || (environment['AWS_REGION'] ?? 'us-east-1'));
        const url = new URL(text(options.api_url) || `https://sns.${region}.amazonaws.com/`);
        const phone = text(options.phone_number);
        const limit = phone === '' ? MAX.message : MAX.sms;
        const message = templates.textOr(options.message, 'sns.default.message', notification, () =>
          bodyText(notification, plainMarkup, limit),
        );
        const form = new URLSearchParams({
          Action: 'Publish',
          Version: '2010-03-31',
          Message: truncate(message, limit),
        });
        if (options.topic_arn !== undefined) form.set('TopicArn', arn);
        else if (options.target_arn !== undefined) form.set('TargetArn', arn);
        else form.set('PhoneNumber', phone);
        const subject = templates.textOr(options.subject, 'sns.default.subject', notification, () =>
          titleText(notification, MAX.subject),
        );
        if (phone === '' && subject !== '')
          form.set('Subject', truncate(subject.replace(/[^\x20-\x7e]+/g, ' ').trim(), MAX.subject));
        if (arn.endsWith('.fifo')) {
          form.set('MessageDeduplicationId', notification.id);
          form.set('MessageGroupId', 'telltale');
        }
        Object.entries(options.attributes).forEach(([name, value], index) => {
          form.set(`MessageAttributes.entry.${index + 1}.Name`, name);
          form.set(`MessageAttributes.entry.${index + 1}.Value.DataType`, 'String');
          form.set(`MessageAttributes.entry.${index + 1}.Value.StringValue`, text(value));
        });
        const body = form.toString();
        let keys: AwsCredentials | Delivery;
        try {
          keys = ownKeys();
        } catch (error) {
          return refused(messageOf(error), 'authError');
        }
        if (roleArn !== undefined && roleArn !== '') {
          role ??= new AssumedRole(
            {
              roleArn,
              region,
              externalId: options.sigv4.external_id,
              fips: options.sigv4.use_fips_sts_endpoint ?? false,
              endpoint: environment['AWS_ENDPOINT_URL_STS'],
            },
            transport,
            clock,
          );
          keys = await role.credentials(keys, options.http_config, signal);
        }
        if ('kind' in keys) return keys;
        const headers = signV4({ url, body, region, service: 'sns', at: clock.now(), ...keys });
        return deliverHttp(
          transport,
          {
            method: 'POST',
            url: url.href,
            headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
            body,
            signal,
            options: options.http_config,
          },
          { explain: (response) => /<Message>([^<]*)<\/Message>/.exec(response.body)?.[1] },
        );
      },
    };
  },
});
