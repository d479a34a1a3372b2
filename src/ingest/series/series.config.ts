import { z } from 'zod';
import { duration } from '../../base/duration';
import { secret } from '../../base/secret';
import { TRANSLATIONS } from './otlp/translate-name';
import { relabelRuleConfig } from './relabel/relabel.config';

/** How OTLP metrics become series. */
export const otlpSeriesConfig = z.strictObject({
  /** How names and units become series names. */
  translation: z.enum(TRANSLATIONS).default('underscore-escaping-with-suffixes'),
  /** Resource attributes that become labels of every series, beside job and instance. */
  promoteResourceAttributes: z.array(z.string()).default([]),
  /** Whether series carry their instrumentation scope in `otel_scope_…` labels. */
  scopeLabels: z.boolean().default(true),
  /** Whether each resource gets a `target_info` series with its attributes. */
  targetInfo: z.boolean().default(true),
  /** Series of delta sums and histograms that are accumulated; the least recent go first. */
  maxDeltaSeries: z.number().int().positive().default(200_000),
});
export type OtlpSeriesConfig = z.output<typeof otlpSeriesConfig>;

const labels = z.record(z.string(), z.string());

/** One job: targets that are scraped alike. */
export const scrapeJobConfig = z.strictObject({
  /** The `job` label. */
  job_name: z.string().min(1),
  /** Time between two scrapes of a target. */
  scrape_interval: duration.optional(),
  /** A scrape that takes longer failed; at most the interval. */
  scrape_timeout: duration.optional(),
  /** Path of the metrics. */
  metrics_path: z.string().default('/metrics'),
  /** `http` or `https`. */
  scheme: z.enum(['http', 'https']).default('http'),
  /** URL parameters of the request. */
  params: z.record(z.string(), z.array(z.string())).default({}),
  /** Whether labels of the target's own win over ours; else they are kept as `exported_…`. */
  honor_labels: z.boolean().default(false),
  /** Whether timestamps of the target's own count. */
  honor_timestamps: z.boolean().default(true),
  /** More samples than this fail the scrape; 0: no bound. */
  sample_limit: z.number().int().nonnegative().default(0),
  /** More labels on one sample fail the scrape; 0: no bound. */
  label_limit: z.number().int().nonnegative().default(0),
  /** A longer label name fails the scrape, in bytes; 0: no bound. */
  label_name_length_limit: z.number().int().nonnegative().default(0),
  /** A longer label value fails the scrape, in bytes; 0: no bound. */
  label_value_length_limit: z.number().int().nonnegative().default(0),
  /** A longer body fails the scrape, in bytes. */
  body_size_limit: z
    .number()
    .int()
    .positive()
    .default(64 * 1_048_576),
  /** Targets written here. */
  static_configs: z.array(z.strictObject({ targets: z.array(z.string()), labels: labels.default({}) })).default([]),
  /** Targets read from JSON or YAML files, which are read again when they change. */
  file_sd_configs: z
    .array(z.strictObject({ files: z.array(z.string()).min(1), refresh_interval: duration.default(300_000) }))
    .default([]),
  /** Rules that change, keep or drop targets by their labels, as in Prometheus. */
  relabel_configs: z.array(relabelRuleConfig).default([]),
  /** Rules that change, keep or drop samples by their labels, as in Prometheus. */
  metric_relabel_configs: z.array(relabelRuleConfig).default([]),
  /** Name and password for the targets. */
  basic_auth: z.strictObject({ username: z.string(), password: secret }).optional(),
  /** A bearer token for the targets. */
  authorization: z.strictObject({ type: z.string().default('Bearer'), credentials: secret }).optional(),
});
export type ScrapeJobConfig = z.output<typeof scrapeJobConfig>;

/** The `scrape:` section of the configuration file; jobs are written as in Prometheus. */
export const scrapeConfig = z.strictObject({
  /** Time between two scrapes of a target whose job names none. */
  interval: duration.default(15_000),
  /** How long a scrape may take when its job names no limit. */
  timeout: duration.default(10_000),
  /** What is scraped. */
  jobs: z.array(scrapeJobConfig).default([]),
  /** Most targets in all. */
  maxTargets: z.number().int().positive().default(1000),
  /** Time between two samplings of the metrics of this process. */
  selfInterval: duration.default(15_000),
});
export type ScrapeConfig = z.output<typeof scrapeConfig>;
