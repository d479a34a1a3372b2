import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import type { Telemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { anomalyConfig } from '../anomaly.config';
import { normal, randomFrom } from '../testing/generate';
import { AnomalyWatch } from './anomaly-watch';
import type { WatchedValues } from './anomaly-watch';
import type { RecordedSample } from './watched-series';

const MINUTE = 60_000;

interface World {
  readonly clock: ManualClock;
  readonly watch: AnomalyWatch;
  readonly recorded: RecordedSample[];
  readonly asked: string[];
  readonly counts: Map<string, number>;
}

/** A watch over one expression whose series are given as functions of minutes since the clock's start. */
function world(
  series: Readonly<Record<string, (minute: number) => number>>,
  config: Record<string, unknown> = {},
): World {
  const clock = new ManualClock();
  const recorded: RecordedSample[] = [];
  const asked: string[] = [];
  const counts = new Map<string, number>();
  const origin = clock.now();
  const telemetry: Telemetry = {
    ...noTelemetry,
    counter: (name) => ({ add: (by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by) }),
  };
  const watch = new AnomalyWatch({
    clock,
    logger: silentLogger,
    telemetry,
    config: anomalyConfig.parse({ automatic: false, watches: [{ name: 'load', expr: 'load' }], ...config }),
    query: (expr, start, end, step) => {
      asked.push(`${expr} ${(end - start) / step}`);
      if (expr === 'broken') return Promise.reject(new Error('no such function'));
      const answer = Object.entries(series).map(([job, value]): WatchedValues => {
        const timestamps: number[] = [];
        for (let t = start; t <= end; t += step) if (!Number.isNaN(value((t - origin) / MINUTE))) timestamps.push(t);
        return {
          labels: Labels.of({ __name__: 'load', job }),
          timestamps,
          values: timestamps.map((t) => value((t - origin) / MINUTE)),
        };
      });
      return Promise.resolve(answer.filter(({ timestamps }) => timestamps.length > 0));
    },
    record: (samples) => Promise.resolve(recorded.push(...samples)),
  });
  return { clock, watch, recorded, asked, counts };
}

async function minutes({ clock, watch }: World, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    await clock.advance(MINUTE);
    await watch.look(clock.now());
  }
}

const named = (recorded: readonly RecordedSample[], name: string): RecordedSample[] =>
  recorded.filter(({ labels, stale }) => labels.metricName === name && stale !== true);

const noisy = (shift: (minute: number) => number): ((minute: number) => number) => {
  const random = randomFrom(3);
  const noise = Array.from({ length: 5000 }, () => normal(random));
  return (minute) => 100 + 5 * (noise[minute + 1000] ?? 0) + shift(minute);
};

test('a shift raises the score above its threshold, with its sign; what came before hardly ever does', async () => {
  const w = world({ api: noisy((minute) => (minute > 60 ? -30 : 0)) });
  await minutes(w, 60);
  const scores = named(w.recorded, 'anomaly_score');
  const threshold = named(w.recorded, 'anomaly_threshold')[0]?.value ?? NaN;
  expect(threshold).toBeGreaterThan(3);
  expect(scores).toHaveLength(60);
  expect(scores.filter(({ value }) => Math.abs(value) > threshold)).toEqual([]);
  expect(scores[0]?.labels.toRecord()).toEqual({ __name__: 'anomaly_score', watch: 'load', job: 'api' });
  await minutes(w, 10);
  expect(
    Math.min(
      ...named(w.recorded, 'anomaly_score')
        .slice(60)
        .map(({ value }) => value),
    ),
  ).toBeLessThan(-threshold);
});

test('the band holds what is usual', async () => {
  const usual = noisy(() => 0);
  const w = world({ api: usual });
  await minutes(w, 100);
  const lower = named(w.recorded, 'anomaly_band_lower');
  const upper = named(w.recorded, 'anomaly_band_upper');
  const inside = lower.filter(({ value }, at) => value < usual(at + 1) && usual(at + 1) < (upper[at]?.value ?? NaN));
  expect(lower).toHaveLength(100);
  expect(inside.length).toBeGreaterThanOrEqual(99);
  expect((upper[99]?.value ?? NaN) - (lower[99]?.value ?? NaN)).toBeLessThan(60);
});

test('the past is read once, learned from and not recorded', async () => {
  const w = world({ api: noisy(() => 0) }, { history: '2h' });
  await minutes(w, 2);
  expect(w.asked).toEqual(['load 120', 'load 0']);
  expect(named(w.recorded, 'anomaly_score').map(({ t }) => t)).toEqual([w.clock.now() - MINUTE, w.clock.now()]);
  const long = world({ api: () => 1 }, { history: '30d' });
  await minutes(long, 1);
  expect(long.asked).toEqual(['load 10000']);
});

test('series beyond the limits are counted and left out', async () => {
  const many = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`job${at}`, noisy(() => 0)]));
  const w = world(many, { maxSeriesPerWatch: 3 });
  await minutes(w, 2);
  expect(w.watch.size).toBe(3);
  expect(w.counts.get('telltale_anomaly_series_refused_total')).toBe(4);
  const all = world(many, { maxSeries: 2 });
  await minutes(all, 1);
  expect(all.watch.size).toBe(2);
});

test('a series that ends is marked, and forgotten in time', async () => {
  const w = world({ api: (minute) => (minute <= 3 ? 1 : NaN) }, { forgetAfter: '10m' });
  await minutes(w, 5);
  expect(w.recorded.filter(({ stale }) => stale === true).map(({ labels }) => labels.metricName)).toEqual([
    'anomaly_score',
    'anomaly_band_lower',
    'anomaly_band_upper',
  ]);
  expect(w.watch.size).toBe(1);
  await minutes(w, 10);
  expect(w.watch.size).toBe(0);
});

test('an expression that fails is counted, and the others are judged', async () => {
  const w = world(
    { api: noisy(() => 0) },
    {
      watches: [
        { name: 'broken', expr: 'broken' },
        { name: 'load', expr: 'load' },
      ],
    },
  );
  await minutes(w, 2);
  expect(w.counts.get('telltale_anomaly_failures_total')).toBe(2);
  expect(named(w.recorded, 'anomaly_score')).toHaveLength(2);
});

test('it ticks by itself, and leaves no timer behind', async () => {
  const w = world({ api: noisy(() => 0) });
  await w.watch.start();
  await w.clock.advance(MINUTE);
  await w.watch.stop();
  expect(w.asked).toHaveLength(1);
  expect(w.clock.pending).toBe(0);
});

test('names, limits and the rate of false alarms are checked', () => {
  expect(anomalyConfig.safeParse({ watches: [{ name: 'No Name', expr: 'up' }] }).success).toBe(false);
  expect(anomalyConfig.safeParse({ falseAlarmsPerWeek: 0 }).success).toBe(false);
  expect(anomalyConfig.safeParse({ maxSeries: 0 }).success).toBe(false);
});
