import { z } from 'zod';
import { duration } from '../../base/duration';
import { secret } from '../../base/secret';
import { atMostOne, isGiven } from './exclusive';
import { httpOptions, tlsOptions } from './http-options';

const httpUrl = (fallback: string) => z.string().default(fallback);

const settings = z.strictObject({
  /** An alert that arrives without an end is over when it was not heard of for so long. */
  resolve_timeout: duration.default(300_000),
  /** HTTP options of channels that have none. */
  http_config: httpOptions.optional(),
  smtp_from: z.string().optional(),
  smtp_hello: z.string().default('localhost'),
  /** `host:port`. */
  smtp_smarthost: z.string().optional(),
  smtp_auth_username: z.string().optional(),
  smtp_auth_password: secret.optional(),
  smtp_auth_password_file: z.string().optional(),
  smtp_auth_secret: secret.optional(),
  smtp_auth_secret_file: z.string().optional(),
  smtp_auth_identity: z.string().optional(),
  smtp_require_tls: z.boolean().default(true),
  smtp_force_implicit_tls: z.boolean().optional(),
  smtp_tls_config: tlsOptions.optional(),
  slack_api_url: secret.optional(),
  slack_api_url_file: z.string().optional(),
  slack_app_token: secret.optional(),
  slack_app_token_file: z.string().optional(),
  slack_app_url: httpUrl('https://slack.com/api/chat.postMessage'),
  pagerduty_url: httpUrl('https://events.pagerduty.com/v2/enqueue'),
  opsgenie_api_url: httpUrl('https://api.opsgenie.com/'),
  opsgenie_api_key: secret.optional(),
  opsgenie_api_key_file: z.string().optional(),
  wechat_api_url: httpUrl('https://qyapi.weixin.qq.com/cgi-bin/'),
  wechat_api_secret: secret.optional(),
  wechat_api_secret_file: z.string().optional(),
  wechat_api_corp_id: z.string().optional(),
  victorops_api_url: httpUrl('https://alert.victorops.com/integrations/generic/20131114/alert/'),
  victorops_api_key: secret.optional(),
  victorops_api_key_file: z.string().optional(),
  telegram_api_url: httpUrl('https://api.telegram.org'),
  telegram_bot_token: secret.optional(),
  telegram_bot_token_file: z.string().optional(),
  webex_api_url: httpUrl('https://webexapis.com/v1/messages'),
  rocketchat_api_url: httpUrl('https://open.rocket.chat/'),
  rocketchat_token: secret.optional(),
  rocketchat_token_file: z.string().optional(),
  rocketchat_token_id: secret.optional(),
  rocketchat_token_id_file: z.string().optional(),
  jira_api_url: z.string().optional(),
  mattermost_webhook_url: secret.optional(),
  mattermost_webhook_url_file: z.string().optional(),
});

/** The settings that may stand inline or in a file, not both. */
const INLINE_OR_FILE = [
  'slack_app_token',
  'slack_api_url',
  'opsgenie_api_key',
  'victorops_api_key',
  'telegram_bot_token',
  'smtp_auth_password',
  'smtp_auth_secret',
  'rocketchat_token',
  'rocketchat_token_id',
  'wechat_api_secret',
  'mattermost_webhook_url',
] as const;

/** The `global:` part of an Alertmanager configuration: what channels take when they do not say it themselves. */
export const globalSettings = settings.superRefine((given, context) => {
  for (const name of INLINE_OR_FILE) {
    const fault = atMostOne(given, name, `${name}_file`);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  }
  const webhook = isGiven(given.slack_api_url) || isGiven(given.slack_api_url_file);
  const token = isGiven(given.slack_app_token) || isGiven(given.slack_app_token_file);
  if (webhook && token && given.slack_api_url?.reveal() !== given.slack_app_url) {
    context.addIssue({
      code: 'custom',
      message:
        'at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured',
    });
  }
});

/** The checked `global:` part. */
export type GlobalSettings = z.output<typeof globalSettings>;
