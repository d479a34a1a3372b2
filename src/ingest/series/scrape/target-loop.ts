import type { Clock, EpochMillis, Timer } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import type { Logger } from '../../../base/logger';
import { METRIC_NAME, type Labels } from '../../../domain/labels';
import type { IncomingSample, SeriesWriter } from '../../../storage';
import { parseExposition, type Exposition } from '../exposition/parse-exposition';
import { withTimeout, type FetchMetrics } from './fetch-metrics';
import type { KeptMetadata } from './kept-metadata';
import { marker, ScrapeSeries } from './scrape-series';
import type { Target } from './target';

/** How a target is doing. */
export interface TargetStatus {
  readonly target: Target;
  readonly health: 'unknown' | 'up' | 'down';
  readonly lastError: string;
  /** When it was scraped last; 0 before the first time. */
  readonly lastScrape: EpochMillis;
  readonly lastDurationSeconds: number;
  readonly lastSamples: number;
  /** What the target told of its metrics when it last answered. */
  readonly metadata: Exposition['metadata'];
}

const REPORTS = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const;

/** What a loop needs. */
export interface TargetLoopParts {
  readonly seriesStore: SeriesWriter;
  readonly fetchMetrics: FetchMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metadata: KeptMetadata;
}

/** Scrapes one target, each time at the same place of the interval; places differ between targets. */
export class TargetLoop {
  private readonly series: ScrapeSeries;
  private readonly reports: ReadonlyMap<string, Labels>;
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  private current: TargetStatus;

  constructor(
    readonly target: Target,
    private readonly parts: TargetLoopParts,
  ) {
    this.series = new ScrapeSeries(target);
    this.reports = new Map(REPORTS.map((name) => [name, target.labels.with({ [METRIC_NAME]: name })]));
    this.current = {
      target,
      health: 'unknown',
      lastError: '',
      lastScrape: 0,
      lastDurationSeconds: 0,
      lastSamples: 0,
      metadata: new Map(),
    };
  }

  get status(): TargetStatus {
    return this.current;
  }

  start(): void {
    const { interval, labels } = this.target;
    const now = this.parts.clock.now();
    const offset = Number(BigInt(`0x${labels.fingerprint}`) % BigInt(Math.max(1, Math.floor(interval))));
    const due = Math.floor((now - offset) / interval) * interval + offset + interval;
    this.timer = this.parts.clock.schedule(due - now, () => {
      this.running = this.scrape(due).finally(() => {
        if (!this.stopped) this.start();
      });
    });
  }

  /** Ends the loop; when the target is gone for good its series are marked. */
  async stop(gone: boolean): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.running;
    if (!gone) return;
    const at = this.parts.clock.now();
    const markers = [...this.series.end(at), ...[...this.reports.values()].map((labels) => marker(labels, at))];
    await this.append(markers, new Map());
  }

  /** Never rejects. */
  private async scrape(at: EpochMillis): Promise<void> {
    const { clock, fetchMetrics, logger } = this.parts;
    const since = clock.elapsed();
    let exposition: Exposition | undefined;
    let taken: ReturnType<ScrapeSeries['update']> | undefined;
    let scraped = 0;
    let fault = '';
    try {
      const { text, contentType } = await withTimeout(clock, this.target.timeout, (signal) =>
        fetchMetrics(this.target, signal),
      );
      exposition = parseExposition(text, contentType);
      scraped = exposition.samples.length;
      taken = this.series.update(exposition, at);
    } catch (error) {
      exposition = undefined;
      fault = messageOf(error);
      logger.debug('scrape failed', { url: this.target.url, error: fault });
    }
    const seconds = (clock.elapsed() - since) / 1000;
    const { samples, added, kept } = taken ?? { samples: this.series.end(at), added: 0, kept: 0 };
    const values = [exposition ? 1 : 0, seconds, scraped, kept, added];
    REPORTS.forEach((name, index) => {
      const labels = this.reports.get(name);
      if (labels) samples.push({ labels, t: at, value: values[index] ?? 0 });
    });
    this.current = {
      target: this.target,
      health: exposition ? 'up' : 'down',
      lastError: fault,
      lastScrape: at,
      lastDurationSeconds: seconds,
      lastSamples: scraped,
      metadata: exposition ? this.parts.metadata.keep(exposition.metadata) : this.current.metadata,
    };
    await this.append(samples, exposition?.metadata ?? new Map());
  }

  private async append(samples: readonly IncomingSample[], metadata: Exposition['metadata']): Promise<void> {
    try {
      this.parts.seriesStore.describe(metadata);
      const { refused, examples } = await this.parts.seriesStore.append(samples);
      const [reason] = Object.keys(refused);
      if (reason !== undefined) {
        this.parts.logger.warn('samples of a scrape were refused', {
          url: this.target.url,
          reason,
          example: Object.values(examples)[0],
        });
      }
    } catch (error) {
      this.parts.logger.error('samples of a scrape were not stored', { url: this.target.url, error: messageOf(error) });
    }
  }
}
