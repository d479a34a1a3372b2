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

/** The concrete change: longer holds for what flaps, for what fires and resolves by itself, for what nobody takes up. */
function patchOf(alert: AlertFacts, period: ReportPeriod): string {
  const { episodes, forMs } = alert;
  const flaps = flapsOf(alert);
  const lengths = episodes.flatMap(({ start, end }) => (end === undefined ? [] : [end - start])).sort((a, b) => a - b);
  if (flaps >= 3) {
    const gaps = episodes.flatMap((episode, index) => {
      const end = episodes[index - 1]?.end;
      return end === undefined || episode.start - end >= FLAP_GAP ? [] : [episode.start - end];
    });
    const bridge = `keep_firing_for: ${minutes(Math.max(...gaps))}`;
    // Most episodes shorter than this are over before anyone could act: a hold leaves the lasting ones.
    const short = lengths[Math.floor(0.8 * lengths.length)] ?? 0;
    return lengths.length >= 5 && short <= FLAP_GAP
      ? `for: ${minutes((forMs ?? 0) + short)} (now ${forMs === undefined ? 'unknown' : minutes(forMs)}), ${bridge}`
      : bridge;
  }
  if (episodes.length === 0) {
    const days = Math.round((period.end - period.start) / 86_400_000);
    return days >= 7 ? `never fired in ${days} days: test it with "telltale backtest"` : '';
  }
  if (episodes.length >= 5 && alert.acknowledged === 0) return 'nobody took it up: severity: info, or remove it';
  return '';
}

function minutes(ms: number): string {
  return ms === 0 ? '0m' : `${Math.max(1, Math.ceil(ms / 60_000))}m`;
}
