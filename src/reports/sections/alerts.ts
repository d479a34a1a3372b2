import type { AlertFacts, PeriodFacts } from '../facts';
import type { ReportCell, ReportPeriod, ReportSection } from '../report';
import { known, table } from './group';

/** Two episodes closer than this are one trouble told twice. */
const FLAP_GAP = 10 * 60_000;

/** How often an alert came back soon after it had resolved. */
export function flapsOf({ episodes }: AlertFacts): number {
  return episodes.filter((episode, index) => {
    const end = episodes[index - 1]?.end;
    return end !== undefined && episode.start - end < FLAP_GAP;
  }).length;
}

/** Which alerts fired, flapped, were taken up or never came, with the change to make. */
export function alertsSection({ alerts }: PeriodFacts, period: ReportPeriod): ReportSection {
  const rows = alerts.map((alert): ReportCell[] => {
    const ended = alert.episodes.flatMap(({ start, end }) => (end === undefined ? [] : [end - start]));
    return [
      alert.name,
      alert.episodes.length,
      known(alert.acknowledged),
      flapsOf(alert),
      ended.length === 0 ? null : ended.reduce((a, b) => a + b, 0) / ended.length,
      patchOf(alert, period),
    ];
  });
  return {
    id: 'alerts',
    title: 'Alert quality',
    notes: rows.length === 0 ? ['No alert fired in this period.'] : [],
    tables:
      rows.length === 0
        ? []
        : [
            table(
              'Alerts',
              [
                ['name', 'Alert', 'text'],
                ['fired', 'Fired', 'count'],
                ['acknowledged', 'Acknowledged', 'count'],
                ['flapped', 'Flapped', 'count'],
                ['resolve', 'Mean time to resolve', 'ms'],
                ['patch', 'Change', 'text'],
              ],
              rows.sort((a, b) => Number(b[1]) - Number(a[1])),
            ),
          ],
    charts: [],
  };
}

function patchOf(alert: AlertFacts, period: ReportPeriod): string {
  const flaps = flapsOf(alert);
  if (flaps >= 3) {
    const gaps = alert.episodes.flatMap((episode, index) => {
      const end = alert.episodes[index - 1]?.end;
      return end === undefined || episode.start - end >= FLAP_GAP ? [] : [episode.start - end];
    });
    return `keep_firing_for: ${Math.ceil(Math.max(...gaps) / 60_000)}m`;
  }
  if (alert.episodes.length === 0) {
    const days = Math.round((period.end - period.start) / 86_400_000);
    return days >= 7 ? `never fired in ${days} days: test it with "telltale backtest"` : '';
  }
  if (alert.episodes.length >= 5 && alert.acknowledged === 0) return 'nobody took it up: severity: info, or remove it';
  return '';
}
