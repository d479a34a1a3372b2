export { OtlpMetricsToSamples } from './otlp/otlp-metrics-to-samples';
export type { ConvertedMetrics } from './otlp/otlp-metrics-to-samples';
export { translateLabelName, translateMetricName, translateUnit, TRANSLATIONS } from './otlp/translate-name';
export type { MetricKind, Translation } from './otlp/translate-name';
export { otlpSeriesConfig, scrapeConfig, scrapeJobConfig } from './series.config';
export type { OtlpSeriesConfig, ScrapeConfig, ScrapeJobConfig } from './series.config';
