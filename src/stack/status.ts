import { hostname } from 'node:os';
import { formatDuration } from '../base/duration';
import type { Clock } from '../base/clock';
import { printConfig } from '../config';
import type { PrometheusTarget, PrometheusTargets } from '../contracts/prometheus';
import { StoreStatus } from '../http/prometheus';
import type { StatusSource } from '../http/prometheus';
import type { Scraper, TargetStatus } from '../ingest';
import type { TsdbSeriesStore } from '../tsdb';
import type { Reload } from './reload';
import { packageVersion } from './shipped';

/** What the status endpoints tell of this stack. */
export function stackStatus(reload: Reload, series: TsdbSeriesStore, scraper: Scraper, clock: Clock): StatusSource {
  const config = reload.effective;
  return new StoreStatus(series, clock, {
    version: packageVersion(),
    startedAt: clock.now(),
    hostname: hostname(),
    dataFolder: config.data,
    retention: formatDuration(config.tsdb.retention),
    flags: {
      'storage.tsdb.path': config.data,
      'storage.tsdb.retention.time': formatDuration(config.tsdb.retention),
      'query.lookback-delta': formatDuration(config.promql.lookback),
      'query.timeout': formatDuration(config.promql.timeout),
      'web.enable-admin-api': String(config.server.adminApi),
      'web.listen-address': `${config.server.host}:${config.server.port}`,
    },
    targets: () => targetsOf(scraper),
    reloaded: () => reload.last,
    configText: () => printConfig(reload.effective),
    scrapePools: () => scraper.pools(),
    targetMetadata: () => scraper.targets().map(({ target, metadata }) => ({ labels: target.labels, metadata })),
    walReplay: () => series.replayed,
    // Alerts go to our own alerting, which speaks Alertmanager's API at the same address.
    alertmanagers: () => [`http://${config.server.host}:${config.server.port}/api/v2/alerts`],
  });
}

function targetsOf(scraper: Scraper): PrometheusTargets {
  return {
    activeTargets: scraper.targets().map(toPrometheusTarget),
    droppedTargets: [...scraper.dropped().values()].flatMap((dropped) =>
      dropped.map((labels) => ({ discoveredLabels: labels.toRecord() })),
    ),
    droppedTargetCounts: Object.fromEntries([...scraper.dropped()].map(([job, dropped]) => [job, dropped.length])),
  };
}

function toPrometheusTarget({
  target,
  health,
  lastError,
  lastScrape,
  lastDurationSeconds,
}: TargetStatus): PrometheusTarget {
  return {
    discoveredLabels: target.discovered.toRecord(),
    labels: target.labels.toRecord(),
    scrapePool: target.job.job_name,
    scrapeUrl: target.url,
    globalUrl: target.url,
    lastError,
    lastScrape: new Date(lastScrape).toISOString(),
    lastScrapeDuration: lastDurationSeconds,
    health,
    scrapeInterval: formatDuration(target.interval),
    scrapeTimeout: formatDuration(target.timeout),
  };
}
