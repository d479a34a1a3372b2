import { Registry } from '../../base/registry';
import { alertmanager } from './alertmanager/alertmanager';
import type { ChannelDefinition } from './channel';
import { command } from './command/command';
import { discord } from './discord/discord';
import { email } from './email/email';
import { file } from './file/file';
import { googlechat } from './googlechat/googlechat';
import { incidentio } from './incidentio/incidentio';
import { jira } from './jira/jira';
import { mattermost } from './mattermost/mattermost';
import { msteams } from './msteams/msteams';
import { msteamsv2 } from './msteamsv2/msteamsv2';
import { ntfy } from './ntfy/ntfy';
import { opsgenie } from './opsgenie/opsgenie';
import { pagerduty } from './pagerduty/pagerduty';
import { pushover } from './pushover/pushover';
import { rocketchat } from './rocketchat/rocketchat';
import { slack } from './slack/slack';
import { sns } from './sns/sns';
import { telegram } from './telegram/telegram';
import { victorops } from './victorops/victorops';
import { webex } from './webex/webex';
import { webhook } from './webhook/webhook';
import { wechat } from './wechat/wechat';

/** Every kind of channel. */
export const channels = new Registry<ChannelDefinition>('channel', [
  webhook,
  email,
  slack,
  msteamsv2,
  msteams,
  discord,
  pagerduty,
  opsgenie,
  telegram,
  ntfy,
  pushover,
  googlechat,
  mattermost,
  command,
  file,
  alertmanager,
  webex,
  sns,
  victorops,
  wechat,
  jira,
  rocketchat,
  incidentio,
]);
