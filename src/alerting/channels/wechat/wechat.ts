import { z } from 'zod';
import type { EpochMillis } from '../../../base/clock';
import { secret } from '../../../base/secret';
import { refused, retry } from '../../notify/delivery';
import type { Delivery } from '../../notify/delivery';
import { truncate } from '../../notify/outline';
import { bodyText, plainMarkup, titleText } from '../../notify/outline-text';
import type { Notification } from '../../notify/notification';
import { defineChannel } from '../channel';
import type { Channel, ChannelSurroundings } from '../channel';
import { answerField, httpChannel, postJson, under } from '../common';
import { failureOf } from '../http';

const config = z.strictObject({
  ...httpChannel(false),
  api_secret: secret.optional(),
  api_secret_file: z.string().optional(),
  corp_id: z.string().optional(),
  api_url: z.string().optional(),
  message: z.string().optional(),
  message_type: z.enum(['text', 'markdown']).default('text'),
  to_user: z.string().default(''),
  to_party: z.string().default(''),
  to_tag: z.string().default(''),
  agent_id: z.string().default(''),
});
type Options = z.output<typeof config> & { readonly api_url: string; readonly corp_id: string };

const MAX_TEXT = 2000;
/** Tokens last two hours. */
const TOKEN_LIFE = 7_000_000;

/** Sends by WeChat Work. */
export const wechat = defineChannel({
  name: 'wechat',
  doc: 'Sends by WeChat Work.',
  upstream: true,
  pace: { concurrency: 1 },
  config,
  resolve: (given, global) => {
    const corp = given.corp_id ?? global.wechat_api_corp_id;
    const own = given.api_secret !== undefined || given.api_secret_file !== undefined;
    if (corp === undefined) return 'no global Wechat CorpID set';
    if (!own && global.wechat_api_secret === undefined && global.wechat_api_secret_file === undefined)
      return 'no global Wechat Api Secret set either inline or in a file';
    return {
      ...given,
      corp_id: corp,
      api_secret: own ? given.api_secret : global.wechat_api_secret,
      api_secret_file: own ? given.api_secret_file : global.wechat_api_secret_file,
      api_url: given.api_url ?? global.wechat_api_url,
      http_config: given.http_config ?? global.http_config,
    };
  },
  create: (options, surroundings) => new WechatChannel(options, surroundings),
});

class WechatChannel implements Channel {
  private token: { readonly value: string; readonly until: EpochMillis } | undefined;

  constructor(
    private readonly options: Options,
    private readonly surroundings: ChannelSurroundings,
  ) {}

  async send(notification: Notification, signal: AbortSignal): Promise<Delivery> {
    const { options } = this;
    const { templates, transport, clock } = this.surroundings;
    try {
      if (this.token === undefined || this.token.until < clock.now()) {
        this.token = { value: await this.login(signal), until: clock.now() + TOKEN_LIFE };
      }
    } catch (error) {
      return failureOf(error, signal);
    }
    const text = (given: string): string => templates.text(given, notification);
    const content = templates.textOr(
      options.message,
      'wechat.default.message',
      notification,
      () => `${titleText(notification, 200)}\n${bodyText(notification, plainMarkup, MAX_TEXT - 210)}`,
    );
    const body = {
      touser: text(options.to_user),
      toparty: text(options.to_party),
      totag: text(options.to_tag),
      agentid: text(options.agent_id),
      safe: '0',
      msgtype: options.message_type,
      [options.message_type]: { content: truncate(content, MAX_TEXT) },
    };
    const url = under(options.api_url, `message/send?access_token=${encodeURIComponent(this.token.value)}`);
    return postJson(transport, url, body, options.http_config, signal, {
      rules: {
        judge: (response) => {
          const code = answerField(response, 'errcode');
          if (code === undefined || code === '0') return undefined;
          const message = `WeChat ${code}: ${answerField(response, 'errmsg') ?? ''}`;
          // 40014 and 42001: the token is no longer valid.
          if (code === '40014' || code === '42001') {
            this.token = undefined;
            return retry(message, 'authError');
          }
          return code === '-1' || code === '45009' ? retry(message, 'serverError') : refused(message);
        },
      },
    });
  }

  private async login(signal: AbortSignal): Promise<string> {
    const { options } = this;
    const { credentials, transport } = this.surroundings;
    const key = credentials.read(options.api_secret, options.api_secret_file) ?? '';
    const query = new URLSearchParams({ corpid: options.corp_id, corpsecret: key });
    const response = await transport({
      method: 'GET',
      url: under(options.api_url, `gettoken?${query.toString()}`),
      headers: {},
      signal,
      options: options.http_config,
    });
    const token = answerField(response, 'access_token');
    if (token === undefined || token === '')
      throw new Error(`WeChat gives no token: ${answerField(response, 'errmsg') ?? response.status}`);
    return token;
  }
}
