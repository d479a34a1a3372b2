/** What alarms on a series with known events are worth. */
export interface WindowScore {
  /** 100 for every event told at once and no false alarm; 0 for silence. */
  readonly score: number;
  readonly events: number;
  readonly told: number;
  readonly falseAlarms: number;
}

/** A judged series: its scores and where its events begin. */
export interface Judged {
  readonly scores: readonly number[];
  readonly events: readonly number[];
}

/** What a false alarm and a missed event cost; an event that is told is worth up to 1. */
export interface ScoreProfile {
  readonly falseAlarm: number;
  readonly missed: number;
}

/** The three usual ones. */
export const PROFILES: Readonly<Record<'standard' | 'fewFalse' | 'fewMissed', ScoreProfile>> = {
  standard: { falseAlarm: 0.11, missed: 1 },
  fewFalse: { falseAlarm: 0.22, missed: 1 },
  fewMissed: { falseAlarm: 0.11, missed: 2 },
};

const WINDOW_SHARE = 0.1;
const UNJUDGED_SHARE = 0.15;
const UNJUDGED_MOST = 750;
const AT_THE_START = sigmoid(-1);

/**
 * A window around the beginning of each event, a tenth of the series all together; the earliest alarm in a window counts,
 * the earlier the more; an alarm outside costs, little right after a window. The first part of a series is not judged.
 *
 * Source: Lavin and Ahmad, Evaluating Real-time Anomaly Detection Algorithms (2015).
 */
export function windowScore(
  all: readonly Judged[],
  threshold: number,
  { falseAlarm, missed }: ScoreProfile = PROFILES.standard,
): WindowScore {
  let worth = 0;
  let events = 0;
  let told = 0;
  let falseAlarms = 0;
  for (const series of all) {
    const length = series.scores.length;
    const half = Math.floor((WINDOW_SHARE * length) / Math.max(1, series.events.length) / 2);
    const windows = series.events.map((at) => ({ from: at - half, to: at + half, best: -missed }));
    series.scores.forEach((score, at) => {
      if (score < threshold || at < Math.min(UNJUDGED_MOST, Math.floor(UNJUDGED_SHARE * length))) return;
      const window = windows.find(({ from, to }) => at >= from && at <= to);
      if (window !== undefined) {
        window.best = Math.max(window.best, sigmoid(-(window.to - at + 1) / (2 * half + 1)) / AT_THE_START);
        return;
      }
      const last = windows.filter(({ to }) => to < at).pop();
      worth += falseAlarm * (last === undefined ? -1 : sigmoid((at - last.to) / (2 * half)));
      falseAlarms++;
    });
    events += windows.length;
    told += windows.filter(({ best }) => best > -missed).length;
    worth += windows.reduce((sum, { best }) => sum + best, 0);
  }
  return { score: (100 * (worth + missed * events)) / ((1 + missed) * events), events, told, falseAlarms };
}

function sigmoid(x: number): number {
  return x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1;
}
