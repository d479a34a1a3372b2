export { ConformanceReport } from './conformance';
export type { ConformanceLine } from './conformance';
export { LedgerMetrics } from './ledger-metrics';
export type { OnSamples } from './ledger-metrics';
export { LedgerStage } from './ledger-stage';
export type { LedgerStageParts, ReadingListener } from './ledger-stage';
export { priceRow } from './price-row';
export { TraceSynthesizer } from './trace-synthesizer';
export type { TraceSynthesizerParts } from './trace-synthesizer';
