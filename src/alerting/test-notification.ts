import type { EpochMillis } from '../base/clock';
import { randomUuid } from '../base/ids';
import { Labels } from '../domain/labels';
import type { Notification } from './notify/notification';

/** A made-up notification, recognisable as such: for trying out receivers and templates. */
export function testNotification(
  receiver: string,
  labels: Readonly<Record<string, string>>,
  at: EpochMillis,
  externalUrl: string,
): Notification {
  const set = Labels.of({ alertname: 'TestAlert', severity: 'info', ...labels });
  return {
    id: randomUuid(),
    groupKey: `{}:{alertname=${JSON.stringify(set.get('alertname'))}}#test`,
    receiver,
    reason: 'test',
    at,
    groupLabels: set.only('alertname'),
    routeLabels: {},
    externalUrl,
    alerts: [
      {
        labels: set,
        annotations: {
          summary: 'This is a test: nothing is wrong.',
          description: `Sent by hand to receiver ${receiver}, to see whether it arrives.`,
        },
        startsAt: at,
        endsAt: undefined,
        generatorUrl: externalUrl,
      },
    ],
  };
}
