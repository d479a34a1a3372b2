import type { EpochMillis } from '../base/clock';
import { silentLogger } from '../base/logger';
import { noTelemetry } from '../base/telemetry';
import { ManualClock } from '../base/testing/manual-clock';
import { MemoryStateStore } from '../storage/memory';
import { Alerting } from './alerting';
import { alertingConfig } from './alerting.config';
import type { AlertingConfig } from './alerting.config';
import type { PostedAlert } from './intake/stored-alert';
import { delivered } from './notify/delivery';
import { statusOf } from './notify/notification';
import type { Notification } from './notify/notification';

/** What is played. */
export interface NotificationPlay {
  /** The `alerting:` section; by default only the file counts. */
  readonly config?: AlertingConfig;
  /** An Alertmanager configuration in place of the section's routes. */
  readonly alertmanagerFile?: { readonly path: string; readonly text: string };
  /** What relative file names start from. */
  readonly directory: string;
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  /** What is handed over, by time. */
  readonly alerts: readonly { readonly at: EpochMillis; readonly alerts: readonly PostedAlert[] }[];
}

/** A notification that would have been sent. */
export interface PlayedNotification {
  readonly at: EpochMillis;
  readonly receiver: string;
  /** `ops/webhook/0`. */
  readonly integration: string;
  readonly status: 'firing' | 'resolved';
  readonly notification: Notification;
}

/**
 * Plays alerts through a configuration in virtual time: what would be sent, when, to whom. Nothing leaves the process. For
 * tests of routing (`notification_test`) and for trying a configuration on past alerts.
 * @throws InvalidAlertingConfigError
 */
export async function playNotifications(play: NotificationPlay): Promise<PlayedNotification[]> {
  const clock = new ManualClock(play.start);
  const played: PlayedNotification[] = [];
  const alerting = new Alerting({
    state: new MemoryStateStore(),
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    random: () => 0.5,
    config: play.config ?? alertingConfig.parse({}),
    externalUrl: 'http://telltale.example',
    directory: play.directory,
    ...(play.alertmanagerFile === undefined ? {} : { alertmanagerFile: play.alertmanagerFile }),
    deliver: (integration, notification) => {
      const { receiver } = notification;
      played.push({ at: clock.now(), receiver, integration, status: statusOf(notification), notification });
      return Promise.resolve(delivered());
    },
  });
  await alerting.start();
  try {
    for (const { at, alerts } of [...play.alerts].sort((a, b) => a.at - b.at)) {
      await clock.advanceTo(at);
      await alerting.post(alerts);
    }
    await clock.advanceTo(play.end);
  } finally {
    await alerting.stop();
  }
  return played;
}
