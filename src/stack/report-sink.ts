import type { Alerting } from '../alerting';
import type { ReportDelivery, ReportSink } from '../reports';

/** Rows of the notification history that are looked through for what became of a report. */
const MOST_ROWS = 5_000;
/** Deliveries are told for so long after the report was due. */
const LOOK_AHEAD = 14 * 86_400_000;

/** Sends reports through the channels of alerting: its outbox keeps and repeats them, its history tells what became of them. */
export function reportSinkOf(alerting: Alerting): ReportSink {
  return {
    audience: (receivers) => {
      const { integrations, faults } = alerting.audienceOf(receivers);
      return { channels: integrations.map(({ key }) => key), faults };
    },
    send: ({ key, at, title, summary, text, html, fileName, url }, receivers, changes) =>
      alerting.announce({ key, at, to: receivers, document: { title, summary, text, html, fileName, url } }, changes),
    deliveries: async (key, since) => {
      const underway = alerting.announcing(key);
      const rows = await alerting.history.recent(since, since + LOOK_AHEAD, MOST_ROWS);
      const ended = rows.flatMap(({ value }): ReportDelivery[] => {
        if (value.groupKey !== `document:${key}` || value.integration === undefined) return [];
        if (value.event === 'delivered') return [{ channel: value.integration, state: 'delivered' }];
        if (value.event !== 'refused' && value.event !== 'dropped') return [];
        const error = value.message ?? value.reason;
        return [{ channel: value.integration, state: 'failed', ...(error === undefined ? {} : { error }) }];
      });
      return [
        ...ended,
        ...underway.map(({ integration, error }): ReportDelivery => ({
          channel: integration,
          state: 'underway',
          ...(error === undefined ? {} : { error }),
        })),
      ];
    },
  };
}
