import { playResources } from './resources';
import { playSessions } from './sessions';
import { spanSeries } from './span-series';
import { USUAL_SHAPE } from './week';
import type { Week, WeekOptions } from './week';

const DAY = 86_400_000;

/**
 * A week of an assistant: sessions of several people with heavy-tailed sizes and times, a daily cycle, quiet weekends,
 * accidents and two incidents, and the resources it shares. Equal options give equal weeks; leaving out a planted
 * problem changes nothing else.
 */
export function generateWeek(options: Partial<WeekOptions> = {}): Week {
  const full: WeekOptions = {
    seed: 1,
    plants: new Set(),
    start: 1_772_323_200_000,
    days: 7,
    shape: USUAL_SHAPE,
    ...options,
  };
  const sessions = playSessions(full);
  const resources = playResources(full);
  return {
    start: full.start,
    end: full.start + full.days * DAY,
    calls: sessions.calls,
    spans: sessions.spans,
    samples:
      full.spanMetrics === true
        ? [...resources.samples, ...spanSeries(sessions.spans, full.start, full.start + full.days * DAY)]
        : resources.samples,
    totalMs: sessions.totalMs + resources.totalMs,
  };
}
