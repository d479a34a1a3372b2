import type { Clock, Timer } from '../../../base/clock';
import type { Logger } from '../../../base/logger';
import type { Telemetry } from '../../../base/telemetry';
import type { Labels } from '../../../domain/labels';
import type { SeriesWriter } from '../../../storage';
import type { ScrapeConfig } from '../series.config';
import { fetchMetrics, type FetchMetrics } from './fetch-metrics';
import { FileDiscovery } from './file-discovery';
import { KeptMetadata } from './kept-metadata';
import { compareTargets, targetsOf, type Target } from './target';
import { TargetLoop, type TargetStatus } from './target-loop';

/** Injection token of the scraper. */
export const SCRAPER = Symbol('Scraper');

/** What a scraper is built from. */
export interface ScraperOptions {
  readonly config: ScrapeConfig;
  readonly seriesStore: SeriesWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** What relative paths of target files start from. */
  readonly directory: string;
  /** How metrics are got; over HTTP unless given. */
  readonly fetchMetrics?: FetchMetrics;
}

/** Files of targets are looked at this often, or at their refresh interval if that is shorter. */
const LOOK_INTERVAL = 5_000;

/** Scrapes the configured targets into the series store. */
export class Scraper {
  private readonly files: FileDiscovery;
  private readonly loops = new Map<string, TargetLoop>();
  private readonly metadata = new KeptMetadata();
  private readonly faults = new Set<string>();
  private droppedByJob: ReadonlyMap<string, readonly Labels[]> = new Map();
  private config: ScrapeConfig;
  private timer: Timer | undefined;
  private refreshing: Promise<void> = Promise.resolve();
  private running = false;

  constructor(private readonly options: ScraperOptions) {
    this.config = options.config;
    this.files = new FileDiscovery(options.directory);
    options.telemetry.observedGauge('telltale_scrape_targets', 'Targets scraped.', () => this.loops.size);
    options.telemetry.observedGauge('telltale_scrape_targets_down', 'Targets whose last scrape failed.', () => {
      return this.targets().filter(({ health }) => health === 'down').length;
    });
  }

  async start(): Promise<void> {
    this.running = true;
    await this.refresh();
    this.look();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.timer?.cancel();
    await this.refreshing;
    await Promise.all([...this.loops.values()].map((loop) => loop.stop(false)));
    this.loops.clear();
  }

  /** Takes another configuration: targets that stay are left alone, those that go are marked as ended. */
  async reload(config: ScrapeConfig): Promise<void> {
    this.config = config;
    if (this.running) await this.refresh();
  }

  /** How every target is doing, in order of job and address. */
  targets(): TargetStatus[] {
    return [...this.loops.values()].map(({ status }) => status).sort((a, b) => compareTargets(a.target, b.target));
  }

  /** Names of all jobs. */
  pools(): string[] {
    return this.config.jobs.map(({ job_name: name }) => name);
  }

  /** Labels of the targets that relabelling dropped, by job, as they were before. */
  dropped(): ReadonlyMap<string, readonly Labels[]> {
    return this.droppedByJob;
  }

  /** Reads target files again and starts and stops loops accordingly. */
  refresh(): Promise<void> {
    this.refreshing = this.refreshing.then(() => this.applyTargets());
    return this.refreshing;
  }

  private look(): void {
    const intervals = this.config.jobs.flatMap(({ file_sd_configs: files }) =>
      files.map((file) => file.refresh_interval),
    );
    const wait = Math.max(100, Math.min(LOOK_INTERVAL, ...intervals));
    this.timer = this.options.clock.schedule(wait, () => {
      const hasFiles = this.config.jobs.some(({ file_sd_configs: files }) => files.length > 0);
      void (hasFiles ? this.refresh() : Promise.resolve()).then(() => {
        if (this.running) this.look();
      });
    });
  }

  private async applyTargets(): Promise<void> {
    const wanted = new Map<string, Target>();
    const droppedByJob = new Map<string, readonly Labels[]>();
    for (const job of this.config.jobs) {
      const patterns = job.file_sd_configs.flatMap(({ files }) => files);
      const found = await this.files.read(patterns, ({ message }) => this.tellOnce(message));
      const { targets, dropped, faults } = targetsOf(job, [...job.static_configs, ...found], this.config);
      for (const fault of faults) this.tellOnce(fault);
      if (dropped.length > 0) droppedByJob.set(job.job_name, dropped);
      for (const target of targets) {
        if (wanted.size < this.config.maxTargets) wanted.set(target.key, target);
        else this.tellOnce(`more than ${this.config.maxTargets} targets; ${target.url} is left out`);
      }
    }
    this.droppedByJob = droppedByJob;
    for (const [key, loop] of [...this.loops]) {
      if (wanted.has(key)) continue;
      this.loops.delete(key);
      await loop.stop(true);
    }
    if (!this.running) return;
    const { seriesStore, clock, logger } = this.options;
    for (const [key, target] of wanted) {
      if (this.loops.has(key)) continue;
      const loop = new TargetLoop(target, {
        seriesStore,
        clock,
        logger,
        fetchMetrics: this.options.fetchMetrics ?? fetchMetrics,
        metadata: this.metadata,
      });
      this.loops.set(key, loop);
      loop.start();
    }
  }

  /** A fault that stays is not told again every few seconds. */
  private tellOnce(message: string): void {
    if (this.faults.has(message)) return;
    if (this.faults.size > 1000) this.faults.clear();
    this.faults.add(message);
    this.options.logger.warn('targets', { fault: message });
  }
}
