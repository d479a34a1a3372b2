import { formatDuration } from '../base/duration';
import type { Clock } from '../base/clock';
import type { StackConfig } from '../config';
import type { PrometheusTarget, PrometheusTargets } from '../contracts/prometheus';
import { StoreStatus } from '../http/prometheus';
import type { StatusSource } from '../http/prometheus';
import type { Scraper, TargetStatus } from '../ingest';
import type { TsdbSeriesStore } from '../tsdb';
import { packageVersion } from './shipped';

/** What the status endpoints tell of this stack. */
export function stackStatus(
  config: StackConfig,
  series: TsdbSeriesStore,
  scraper: Scraper,
  clock: Clock,
): StatusSource {
  return new StoreStatus(series, clock, {
    version: packageVersion(),
    startedAt: clock.now(),
    dataFolder: config.data,
    retention: formatDuration(config.tsdb.retention),
    flags: {
      'storage.tsdb.path': config.data,
      'storage.tsdb.retention.time': formatDuration(config.tsdb.retention),
      'query.lookback-delta': formatDuration(config.promql.lookback),
      'query.timeout': formatDuration(config.promql.timeout),
      'web.listen-address': `${config.server.host}:${config.server.port}`,
    },
    targets: () => targetsOf(config, scraper),
  });
}

function targetsOf(config: StackConfig, scraper: Scraper): PrometheusTargets {
  return {
    activeTargets: scraper.targets().map((status) => toPrometheusTarget(status, config)),
    droppedTargets: [],
    droppedTargetCounts: {},
  };
}

function toPrometheusTarget(
  { target, health, lastError, lastScrape, lastDurationSeconds }: TargetStatus,
  config: StackConfig,
): PrometheusTarget {
  return {
    discoveredLabels: target.labels.toRecord(),
    labels: target.labels.toRecord(),
    scrapePool: target.labels.get('job'),
    scrapeUrl: target.url,
    globalUrl: target.url,
    lastError,
    lastScrape: new Date(lastScrape).toISOString(),
    lastScrapeDuration: lastDurationSeconds,
    health,
    scrapeInterval: formatDuration(config.scrape.interval),
    scrapeTimeout: formatDuration(config.scrape.timeout),
  };
}
