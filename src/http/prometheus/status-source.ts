import type { Clock, EpochMillis } from '../../base/clock';
import type {
  PrometheusCount,
  PrometheusTargets,
  PrometheusTsdbStatus,
  PrometheusWalReplay,
} from '../../contracts/prometheus';
import type { Labels } from '../../domain/labels';
import type { MetricMetadata } from '../../domain/sample';
import type { SeriesReader } from '../../storage';

/** What the status endpoints tell. */
export interface StatusSource {
  /** Our own version. */
  readonly version: string;
  readonly startedAt: EpochMillis;
  /** The name of this machine. */
  readonly hostname: string;
  now(): EpochMillis;
  /** The folder that holds the data. */
  readonly dataFolder: string;
  /** How long samples are kept, as text. */
  readonly retention: string;
  flags(): Readonly<Record<string, string>>;
  tsdb(limit: number): Promise<PrometheusTsdbStatus>;
  targets(): PrometheusTargets;
  /** What was taken at the last reload of the configuration, and when; the start counts as one. */
  reloaded(): { readonly at: EpochMillis; readonly successful: boolean };
  /** The configuration in effect as YAML, without secrets. */
  configText(): string;
  /** Names of the scrape jobs, those without targets too. */
  scrapePools(): readonly string[];
  /** What each active target told of its metrics when it was scraped last. */
  targetMetadata(): Iterable<TargetMetadata>;
  /** Segments of the log of samples that were read back at the start. */
  walReplay(): PrometheusWalReplay;
  /** Where alerts go, as URLs of Alertmanager's API. */
  alertmanagers(): readonly string[];
}

/** What a target tells of its metrics. */
export interface TargetMetadata {
  readonly labels: Labels;
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
}

/** Injection token of the status. */
export const STATUS_SOURCE = Symbol('StatusSource');

/** What `StoreStatus` is told once. */
export interface StoreStatusOptions {
  readonly version: string;
  readonly startedAt: EpochMillis;
  readonly hostname: string;
  readonly dataFolder: string;
  readonly retention: string;
  readonly flags?: Readonly<Record<string, string>>;
  /** The scrape targets; none when not given. */
  readonly targets?: () => PrometheusTargets;
  /** The store's own count of what it holds, where it keeps one; else series are counted on request. */
  readonly tsdb?: (limit: number) => PrometheusTsdbStatus | Promise<PrometheusTsdbStatus>;
  /** The last reload; the start when not given. */
  readonly reloaded?: () => { readonly at: EpochMillis; readonly successful: boolean };
  readonly configText?: () => string;
  readonly scrapePools?: () => readonly string[];
  readonly targetMetadata?: () => Iterable<TargetMetadata>;
  readonly walReplay?: () => PrometheusWalReplay;
  readonly alertmanagers?: () => readonly string[];
}

const NO_TARGETS: PrometheusTargets = { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} };
const HOUR = 3_600_000;

/** A status that counts what a reader of series has in its last hour. */
export class StoreStatus implements StatusSource {
  readonly version: string;
  readonly startedAt: EpochMillis;
  readonly hostname: string;
  readonly dataFolder: string;
  readonly retention: string;

  constructor(
    private readonly reader: SeriesReader,
    private readonly clock: Clock,
    private readonly options: StoreStatusOptions,
  ) {
    this.version = options.version;
    this.startedAt = options.startedAt;
    this.hostname = options.hostname;
    this.dataFolder = options.dataFolder;
    this.retention = options.retention;
  }

  now(): EpochMillis {
    return this.clock.now();
  }

  flags(): Readonly<Record<string, string>> {
    return this.options.flags ?? {};
  }

  targets(): PrometheusTargets {
    return this.options.targets?.() ?? NO_TARGETS;
  }

  reloaded(): { readonly at: EpochMillis; readonly successful: boolean } {
    return this.options.reloaded?.() ?? { at: this.startedAt, successful: true };
  }

  configText(): string {
    return this.options.configText?.() ?? '';
  }

  scrapePools(): readonly string[] {
    return this.options.scrapePools?.() ?? [];
  }

  targetMetadata(): Iterable<TargetMetadata> {
    return this.options.targetMetadata?.() ?? [];
  }

  walReplay(): PrometheusWalReplay {
    return this.options.walReplay?.() ?? { min: 0, max: 0, current: 0 };
  }

  alertmanagers(): readonly string[] {
    return this.options.alertmanagers?.() ?? [];
  }

  async tsdb(limit: number): Promise<PrometheusTsdbStatus> {
    if (this.options.tsdb !== undefined) return this.options.tsdb(limit);
    const end = this.clock.now();
    const start = end - HOUR;
    const all = await this.reader.series([], start, end);
    const byMetric = new Map<string, number>();
    const byPair = new Map<string, number>();
    const values = new Map<string, Set<string>>();
    for (const labels of all) {
      add(byMetric, labels.metricName);
      for (const [name, value] of labels) {
        add(byPair, `${name}=${value}`);
        const known = values.get(name);
        if (known === undefined) values.set(name, new Set([value]));
        else known.add(value);
      }
    }
    const valueCounts = new Map([...values].map(([name, own]) => [name, own.size]));
    const bytes = new Map([...values].map(([name, own]) => [name, [...own].join('').length]));
    return {
      headStats: { numSeries: all.length, numLabelPairs: byPair.size, chunkCount: 0, minTime: start, maxTime: end },
      seriesCountByMetricName: largest(byMetric, limit),
      labelValueCountByLabelName: largest(valueCounts, limit),
      memoryInBytesByLabelName: largest(bytes, limit),
      seriesCountByLabelValuePair: largest(byPair, limit),
    };
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function largest(counts: ReadonlyMap<string, number>, limit: number): PrometheusCount[] {
  return [...counts]
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1))
    .slice(0, limit);
}
