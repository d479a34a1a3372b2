export type {
  AppendOutcome,
  IncomingSample,
  NewestSample,
  RefusalReason,
  SelectHints,
  SeriesAdmin,
  SeriesColumns,
  SeriesReader,
  SeriesRemover,
  SeriesStore,
  SeriesWriter,
} from './ports/series-store';
export type {
  Dependency,
  EncodedRecords,
  LogSearch,
  SpanReader,
  SpanStore,
  SpanWriter,
  TraceSearch,
  TraceSummary,
} from './ports/span-store';
export type { SpanConstant, SpanFilter, SpanLevel, SpanOperand, SpanReference } from './ports/span-filter';
export { compileSpanFilter } from './span-filter';
export { logHas, logSays, spanHas } from './record-attributes';
export type { WantedAttributes } from './record-attributes';
export type {
  OperationDigest,
  SpanDetail,
  SpanDetailQuery,
  SpanDigest,
  SpanDigester,
  SpanDigestQuery,
} from './ports/span-digest';
export { packList, packTexts, unpackList } from './ports/packed-list';
export type { PackedList } from './ports/packed-list';
export type { StateChange, StateEntry, StateStore } from './ports/state-store';
export { CorruptStoreError, LimitExceededError, StoreUnavailableError } from './errors';
export type {
  LedgerChange,
  LedgerQuery,
  LedgerReader,
  LedgerStore,
  LedgerWriter,
  SessionQuery,
} from './ports/ledger-store';
export { LEDGER_STORE } from './ports/ledger-store';
export { SPAN_STORE } from './ports/span-store';
export { SERIES_STORE } from './ports/series-store';
export { MemorySeriesStore } from './memory/memory-series-store';
export { MemorySpanStore } from './memory/memory-span-store';
