export { Alerting } from './alerting';
export type { AlertingOptions, ReceiverStatus } from './alerting';
export type { Announcement, Audience } from './announce';
export { alertingConfig, alertmanagerPartsOf } from './alerting.config';
export type { AlertingConfig } from './alerting.config';
export { channels } from './channels';
export { defineChannel } from './channels/channel';
export type { Channel, ChannelDefinition, ChannelSource, ChannelSurroundings } from './channels/channel';
export type { HttpRequest, HttpResponse, HttpTransport } from './channels/http';
export { webhookBody } from './channels/webhook/webhook';
export type { ConfigurationSource } from './configuration';
export { matchersText, matcherText, parseMatcher, parseMatchers } from './config/matchers';
export { readAlertmanagerConfig } from './config/read';
export type { Integration, Receiver, ResolvedAlerting } from './config/resolve';
export { exportedConfiguration } from './config/show';
export {
  ForbiddenAddressError,
  InvalidAlertingConfigError,
  InvalidSilenceError,
  MatcherSyntaxError,
  TimeIntervalSyntaxError,
  UnknownSilenceError,
  UnreadableSecretError,
} from './errors';
export type { AlertingFault } from './errors';
export type { AlertExplanation, ChannelExplanation, StageVerdict } from './explain/why';
export type { HeartbeatStatus } from './heartbeats';
export type { HistoryRow } from './history';
export type { PostedAlert, StoredAlert } from './intake/stored-alert';
export { readRecurrence } from './mute/silence';
export type { Silence, SilenceRecurrence, SilenceRequest, SilenceState } from './mute/silence';
export { Silences } from './mute/silences';
export type { Acknowledgement } from './notify/acknowledgements';
export type { DeliverInstead } from './notify/channel-set';
export type { Delivery, FailureReason } from './notify/delivery';
export type { EvidenceSource } from './notify/evidence';
export type {
  Evidence,
  Notification,
  NotificationReason,
  NotifiedAlert,
  NotifiedDocument,
} from './notify/notification';
export { timeText } from './notify/time-text';
export { playNotifications } from './play';
export type { NotificationPlay, PlayedNotification } from './play';
export { AlertQueries } from './queries';
export type { AlertFilter, AlertView, GroupView } from './queries';
export type { Route } from './routing/route';

/** Injection token of `Alerting`. */
export const ALERTING = Symbol('Alerting');
