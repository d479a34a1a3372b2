import { parseDuration } from '../../../base/duration';
import { compareCodePoints, Labels } from '../../../domain/labels';
import { relabeller, type Relabel } from '../relabel/relabel';
import type { ScrapeConfig, ScrapeJobConfig } from '../series.config';

/** Something to scrape. */
export interface Target {
  /** Equal for targets that are scraped alike; changes when any of their settings do. */
  readonly key: string;
  readonly job: ScrapeJobConfig;
  readonly url: string;
  /** Of every series of the target: `job`, `instance` and those of its group, as relabelling left them. */
  readonly labels: Labels;
  /** What was known of it before relabelling. */
  readonly discovered: Labels;
  readonly interval: number;
  readonly timeout: number;
}

/** Targets written together, with the labels they share. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What became of the targets that are written. */
export interface FoundTargets {
  readonly targets: readonly Target[];
  /** Labels, before relabelling, of those that relabelling dropped. */
  readonly dropped: readonly Labels[];
  readonly faults: readonly string[];
}

/**
 * The targets of a job, after its relabelling. Labels named `__address__`, `__scheme__`, `__metrics_path__`,
 * `__param_…`, `__scrape_interval__` and `__scrape_timeout__` say where and when they are scraped; no label that begins
 * with two underscores is left on the series.
 */
export function targetsOf(job: ScrapeJobConfig, groups: readonly TargetGroup[], config: ScrapeConfig): FoundTargets {
  const interval = job.scrape_interval ?? config.interval;
  const timeout = Math.min(job.scrape_timeout ?? config.timeout, interval);
  const relabel = relabeller(job.relabel_configs);
  const found = new Map<string, Target>();
  const dropped: Labels[] = [];
  const faults: string[] = [];
  for (const group of groups) {
    for (const address of group.targets) {
      const discovered = discoveredLabels(job, address, group.labels, interval, timeout);
      try {
        const target = targetOf(job, relabel, discovered);
        if (target === undefined) dropped.push(discovered);
        else found.set(target.key, target);
      } catch (error) {
        faults.push(
          `target ${address} of job ${job.job_name}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }
  return { targets: [...found.values()], dropped, faults };
}

function discoveredLabels(
  job: ScrapeJobConfig,
  address: string,
  group: Readonly<Record<string, string>>,
  interval: number,
  timeout: number,
): Labels {
  const params = Object.entries(job.params).map(([name, [first = '']]) => [`__param_${name}`, first]);
  return Labels.of({
    job: job.job_name,
    __scheme__: job.scheme,
    __metrics_path__: job.metrics_path,
    __scrape_interval__: `${interval}ms`,
    __scrape_timeout__: `${timeout}ms`,
    ...Object.fromEntries(params),
    ...group,
    __address__: address,
  });
}

/** Undefined when relabelling drops it. @throws Error that says what is missing. */
function targetOf(job: ScrapeJobConfig, relabel: Relabel, discovered: Labels): Target | undefined {
  const labels = relabel(discovered);
  if (labels === undefined) return undefined;
  const address = labels.get('__address__');
  if (address === '') throw new Error('no address after relabelling');
  if (address.includes('/')) throw new Error(`"${address}" is not a host and port`);
  const url = urlOf(job, address, labels);
  const interval = parseDuration(labels.get('__scrape_interval__'));
  const timeout = Math.min(parseDuration(labels.get('__scrape_timeout__')), interval);
  if (interval <= 0 || timeout <= 0) throw new Error('the scrape interval and timeout must be greater than 0');
  const kept = [...labels].filter(([name]) => !name.startsWith('__'));
  const own = Labels.of({ instance: address, ...Object.fromEntries(kept) });
  const key = [job.job_name, url, interval, timeout, own.key].join('\u{ff}');
  return { key, job, url, labels: own, discovered, interval, timeout };
}

function urlOf(job: ScrapeJobConfig, address: string, labels: Labels): string {
  const scheme = labels.get('__scheme__');
  if (scheme !== 'http' && scheme !== 'https') throw new Error(`"${scheme}" is no scheme: http and https are`);
  const path = labels.get('__metrics_path__');
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries(job.params)) for (const value of values) params.append(name, value);
  for (const [name, value] of labels) {
    if (!name.startsWith('__param_')) continue;
    const param = name.slice('__param_'.length);
    // The label is the first value; more values of the job's own stay behind it.
    const more = (job.params[param] ?? []).slice(1);
    params.delete(param);
    for (const one of [value, ...more]) params.append(param, one);
  }
  params.sort();
  const query = params.toString();
  return `${scheme}://${address}${path.startsWith('/') ? path : `/${path}`}${query === '' ? '' : `?${query}`}`;
}

/** Order of targets in lists. */
export function compareTargets(a: Target, b: Target): number {
  return compareCodePoints(a.job.job_name, b.job.job_name) || compareCodePoints(a.url, b.url);
}
