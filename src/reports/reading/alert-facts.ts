import type { EpochMillis, Millis } from '../../base/clock';
import type { MatrixSeries } from '../../promql';
import type { AlertFacts } from '../facts';
import type { ReportPeriod } from '../report';
import type { Ask } from './ask';

/** What a source of alerting rules knows beside the series. */
export interface AlertSource {
  /** Names of all alerting rules, those that never fired too, with their hold in ms. */
  rules(): Promise<readonly { readonly name: string; readonly forMs: Millis }[]>;
  /** How many firings of each alert somebody took up in the period; undefined where that is not known. */
  acknowledged?(period: ReportPeriod): Promise<ReadonlyMap<string, number>>;
}

/** How alerts behaved, by the series that rules leave. */
export async function readAlerts(
  ask: Ask,
  { start, end }: ReportPeriod,
  source: AlertSource | undefined,
): Promise<AlertFacts[]> {
  const step = Math.max(15_000, Math.ceil((end - start) / 10_000 / 1000) * 1000);
  const series = await ask.range('max by (alertname) (ALERTS{alertstate="firing"})', start, end, step);
  const rules = (await source?.rules()) ?? [];
  const acknowledged = await source?.acknowledged?.({ start, end });
  const holds = new Map(rules.map(({ name, forMs }) => [name, forMs]));
  const fired = series.map((each): AlertFacts => {
    const name = each.labels.get('alertname');
    const forMs = holds.get(name);
    const taken = acknowledged === undefined ? undefined : (acknowledged.get(name) ?? 0);
    return {
      name,
      episodes: episodesOf(each, step, end),
      ...(forMs === undefined ? {} : { forMs }),
      ...(taken === undefined ? {} : { acknowledged: taken }),
    };
  });
  const known = new Set(fired.map(({ name }) => name));
  const silent = [...holds]
    .filter(([name]) => !known.has(name))
    .map(([name, forMs]): AlertFacts => ({ name, episodes: [], forMs }));
  return [...fired, ...silent];
}

/** Stretches in which a series has points; one that reaches the end of the period lasts. */
function episodesOf(
  { timestamps }: MatrixSeries,
  step: Millis,
  end: EpochMillis,
): { start: EpochMillis; end?: EpochMillis }[] {
  const episodes: { start: EpochMillis; end?: EpochMillis }[] = [];
  let begin: EpochMillis | undefined;
  let last = 0;
  for (const t of timestamps) {
    if (begin !== undefined && t - last > step * 1.5) {
      episodes.push({ start: begin, end: last + step });
      begin = undefined;
    }
    begin ??= t;
    last = t;
  }
  if (begin !== undefined) episodes.push(last + step >= end ? { start: begin } : { start: begin, end: last + step });
  return episodes;
}
