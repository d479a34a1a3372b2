import { compareCodePoints, Labels } from '../../../domain/labels';
import type { ScrapeConfig, ScrapeJobConfig } from '../series.config';

/** Something to scrape. */
export interface Target {
  /** Equal for targets that are scraped alike; changes when any of their settings do. */
  readonly key: string;
  readonly job: ScrapeJobConfig;
  readonly url: string;
  /** Of every series of the target: `job`, `instance` and those of its group. */
  readonly labels: Labels;
  readonly interval: number;
  readonly timeout: number;
}

/** Targets written together, with the labels they share. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The targets of a job. Labels named `__scheme__`, `__metrics_path__` and `__param_…` change where they are scraped. */
export function targetsOf(job: ScrapeJobConfig, groups: readonly TargetGroup[], config: ScrapeConfig): Target[] {
  const interval = job.scrape_interval ?? config.interval;
  const timeout = Math.min(job.scrape_timeout ?? config.timeout, interval);
  const found = new Map<string, Target>();
  for (const group of groups) {
    for (const address of group.targets) {
      const url = urlOf(job, address, group.labels);
      const own = Object.entries(group.labels).filter(([name]) => !name.startsWith('__'));
      const labels = Labels.of({ job: job.job_name, instance: address, ...Object.fromEntries(own) });
      const key = [job.job_name, url, interval, timeout, labels.key].join('\u{ff}');
      found.set(key, { key, job, url, labels, interval, timeout });
    }
  }
  return [...found.values()];
}

function urlOf(job: ScrapeJobConfig, address: string, labels: Readonly<Record<string, string>>): string {
  const scheme = labels['__scheme__'] ?? job.scheme;
  const path = labels['__metrics_path__'] ?? job.metrics_path;
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries(job.params)) for (const value of values) params.append(name, value);
  for (const [name, value] of Object.entries(labels)) {
    if (name.startsWith('__param_')) params.set(name.slice('__param_'.length), value);
  }
  params.sort();
  const query = params.toString();
  return `${scheme}://${address}${path.startsWith('/') ? path : `/${path}`}${query === '' ? '' : `?${query}`}`;
}

/** Order of targets in lists. */
export function compareTargets(a: Target, b: Target): number {
  return compareCodePoints(a.job.job_name, b.job.job_name) || compareCodePoints(a.url, b.url);
}
