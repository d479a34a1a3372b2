import { Registry } from '../../base/registry';
import type { ChannelDefinition } from './channel';
import { email } from './email/email';
import { webhook } from './webhook/webhook';

/** Every kind of channel. */
export const channels = new Registry<ChannelDefinition>('channel', [webhook, email]);
