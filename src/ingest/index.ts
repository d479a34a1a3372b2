export { IngestPipeline } from './pipeline';
export type { MetricsConverter } from './metrics-intake';
export type { IngestPipelineOptions, OtlpFormat } from './pipeline';
export type { SpanObserver } from './sinks';
export { InFlight } from './receive/in-flight';
export { OtlpHttpReceiver } from './receive/otlp-http-receiver';
export type { ReceiverOptions } from './receive/otlp-http-receiver';
export { OtlpGrpcReceiver } from './receive/otlp-grpc-receiver';
export { Forwarder } from './forward/forwarder';
export { ingestConfig } from './ingest.config';
export type { IngestConfig, RedactionConfig, SpanMetricsConfig } from './ingest.config';
export { RedactStage } from './stages/redact/redact-stage';
export type { RedactionCount } from './stages/redact/redact-stage';
export { SpanMetrics, SPAN_METRICS } from './span-metrics';
export { IngestRefusedError, PseudonymKeyError } from './errors';
export { PSEUDONYM_KEY_FILE, Pseudonyms } from './pseudonyms';
export { TRANSPORTS } from './stages/stage';
export type { IngestStage, StageContext, Transport } from './stages/stage';
export { AttributeReader, dialects } from './dialects';
export type { Dialect, Finding, FindingKind, Reading } from './dialects';
export { ConformanceReport, LedgerMetrics, LedgerStage, priceRow } from './ledger';
export type { ConformanceLine, LedgerStageParts, OnSamples, ReadingListener } from './ledger';
export {
  decodeRemoteWrite,
  encodeRemoteWrite,
  ExpositionSyntaxError,
  OtlpMetricsToSamples,
  parseExposition,
  RegistrySampler,
  REMOTE_WRITE_CONTENT_TYPES,
  REMOTE_WRITE_RECEIVER,
  RemoteWriteReceiver,
  Scraper,
  SCRAPER,
  snappyCompress,
  snappyDecompress,
  snappyElements,
  snappyLength,
  writeHistogram,
} from './series';
export type { RegistrySamplerOptions, ScraperOptions, TargetStatus } from './series';
