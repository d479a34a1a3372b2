import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { Counter, Histogram, Telemetry } from '../../base/telemetry';
import { Ticker } from '../../base/ticker';
import { nextTurn } from '../../base/turn';
import { Labels, METRIC_NAME } from '../../domain/labels';
import type { AnomalyConfig } from '../anomaly.config';
import { deviationsOf, rarityFor } from '../score';
import { automaticWatches } from './automatic';
import type { Watch } from './automatic';
import { WatchedSeries } from './watched-series';
import type { RecordedSample } from './watched-series';

/** One series of an answer. */
export interface WatchedValues {
  readonly labels: Labels;
  /** Ascending times and their values, equally many. */
  readonly timestamps: ArrayLike<EpochMillis>;
  readonly values: ArrayLike<number>;
}

/** What the watch asks and where it writes. */
export interface WatchPorts {
  /** The expression's values at start, start + step … up to and including end. */
  query(expr: string, start: EpochMillis, end: EpochMillis, step: Millis): Promise<readonly WatchedValues[]>;
  record(samples: readonly RecordedSample[]): Promise<unknown>;
}

/** What a watch is built with. */
export interface AnomalyWatchOptions extends WatchPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly config: AnomalyConfig;
}

/** Points of the past that are read at most: a range query may give no more than 11,000. */
const MOST_HISTORY = 10_000;
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

/**
 * Looks at every watched expression once per interval and records, for each of its series, how unusual it is:
 * `anomaly_score` (signed: in standard deviations a normal value would be off to be as rare), `anomaly_band_lower` and
 * `anomaly_band_upper` (what is usual), all with the label `watch`, and `anomaly_threshold` (the score that chance passes
 * `falseAlarmsPerWeek` times a week). Series beyond the limits are counted, not judged.
 */
export class AnomalyWatch {
  private readonly watches: readonly Watch[];
  private readonly series = new Map<string, Map<string, WatchedSeries>>();
  private readonly ticker: Ticker;
  private readonly threshold: number;
  private readonly failures: Counter;
  private readonly refused: Counter;
  private readonly seconds: Histogram;
  private readonly told = new Set<string>();
  private readonly warmed = new Set<string>();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: AnomalyWatchOptions) {
    const { config, clock, telemetry } = options;
    const own = new Set(config.watches.map(({ name }) => name));
    // A watch of the same name takes the place of an automatic one.
    this.watches = [
      ...(config.automatic ? automaticWatches.filter(({ name }) => !own.has(name)) : []),
      ...config.watches,
    ];
    this.threshold = deviationsOf(rarityFor(config.falseAlarmsPerWeek, config.interval));
    this.ticker = new Ticker(clock, config.interval, (at) => (this.running = this.look(at)));
    this.failures = telemetry.counter('telltale_anomaly_failures_total', 'Looks at a watched expression that failed.');
    this.refused = telemetry.counter(
      'telltale_anomaly_series_refused_total',
      'Series that were not judged because of maxSeries or maxSeriesPerWatch, once per look.',
    );
    this.seconds = telemetry.histogram('telltale_anomaly_look_seconds', 'Time of one look at all watches.', BUCKETS);
    telemetry.observedGauge('telltale_anomaly_series', 'Series that are judged.', () => this.size);
    telemetry.observedGauge('telltale_anomaly_series_limit', 'Series that may be judged.', () => config.maxSeries);
  }

  /** Series judged now. */
  get size(): number {
    let size = 0;
    for (const known of this.series.values()) size += known.size;
    return size;
  }

  start(): Promise<void> {
    if (this.options.config.enabled && this.watches.length > 0) this.ticker.start();
    return Promise.resolve();
  }

  /** Resolves when a look under way has ended. */
  async stop(): Promise<void> {
    this.ticker.stop();
    await this.running;
  }

  /** One look at every watch. Never rejects. */
  async look(at: EpochMillis): Promise<void> {
    const { clock } = this.options;
    const began = clock.elapsed();
    for (const watch of this.watches) await this.lookAt(watch, at);
    await this.record(
      this.watches
        .filter(({ name }) => (this.series.get(name)?.size ?? 0) > 0)
        .map(({ name }) => ({
          labels: Labels.of({ [METRIC_NAME]: 'anomaly_threshold', watch: name }),
          t: at,
          value: this.threshold,
        })),
    );
    this.seconds.observe((clock.elapsed() - began) / 1000);
  }

  private async lookAt({ name, expr }: Watch, at: EpochMillis): Promise<void> {
    const { config, logger, query } = this.options;
    const known = this.series.get(name) ?? new Map<string, WatchedSeries>();
    this.series.set(name, known);
    try {
      // The first look reads the past too: what was learned survives a restart without being stored.
      const first = !this.warmed.has(name);
      const past = Math.min(MOST_HISTORY, Math.floor(config.history / config.interval));
      const start = first ? at - past * config.interval : at;
      const answer = await query(expr, start, at, config.interval);
      this.warmed.add(name);
      const samples: RecordedSample[] = [];
      for (const values of answer) {
        samples.push(...this.judge(name, known, values, at));
        // A long past takes milliseconds per series: others get their turn in between.
        if (values.timestamps.length > 1) await nextTurn();
      }
      for (const [key, series] of known) {
        if (series.seenAt < at) samples.push(...series.end(at));
        if (at - series.seenAt >= config.forgetAfter) known.delete(key);
      }
      await this.record(samples);
    } catch (error) {
      this.failures.add();
      this.tellOnce(name, () =>
        logger.warn('a watched expression failed', { watch: name, expr, error: messageOf(error) }),
      );
    }
  }

  private judge(
    watch: string,
    known: Map<string, WatchedSeries>,
    { labels, timestamps, values }: WatchedValues,
    at: EpochMillis,
  ): RecordedSample[] {
    const { config, logger } = this.options;
    const { key } = labels;
    let series = known.get(key);
    if (series === undefined) {
      if (known.size >= config.maxSeriesPerWatch || this.size >= config.maxSeries) {
        this.refused.add();
        this.tellOnce(`${watch} limit`, () =>
          logger.warn('more series than are judged', { watch, limit: config.maxSeriesPerWatch, all: config.maxSeries }),
        );
        return [];
      }
      series = new WatchedSeries(watch, labels, config.memory, this.threshold);
      known.set(key, series);
    }
    let last: RecordedSample[] = [];
    for (let index = 0; index < timestamps.length; index++) {
      const t = timestamps[index] ?? NaN;
      const value = values[index] ?? NaN;
      if (Number.isFinite(value)) last = t === at ? series.observe(t, value) : (series.observe(t, value), []);
    }
    // The past is learned from, not recorded: it may have been recorded before.
    return last;
  }

  private async record(samples: readonly RecordedSample[]): Promise<void> {
    if (samples.length === 0) return;
    try {
      await this.options.record(samples);
    } catch (error) {
      this.failures.add();
      this.tellOnce('record', () => this.options.logger.warn('scores were not recorded', { error: messageOf(error) }));
    }
  }

  private tellOnce(key: string, tell: () => void): void {
    if (this.told.has(key)) return;
    this.told.add(key);
    tell();
  }
}
