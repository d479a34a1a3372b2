export { OtlpDecodeError } from './errors';
export type { OtlpPosition } from './errors';
export { decodeTraces, SpanColumns, SPAN_CELL, SPAN_WIDTH } from './span-columns';
export type { EncodedTables, Rejected, SpanColumnsParts } from './span-columns';
export { decodeLogs, encodeLogs, LogColumns, LOG_CELL, LOG_WIDTH, readLogRecord } from './log-columns';
export type { LogColumnsParts } from './log-columns';
export { StepwiseDecoding, stepwiseLogs, stepwiseTraces } from './stepwise';
export { MetricsSplit, PAUSE } from './split';
export { MAX_ENVELOPE_BYTES, MAX_VALUES } from './wire/reader';
export { selectRows } from './select-rows';
export { encodeMetrics } from './metrics-writer';
export { decodeMetrics } from './metrics';
export { encodeTraces, readSpan } from './span';
export { readResource, readScope } from './envelope';
export { locateKeyValue, readValueAt, someKey, someKeyInValue } from './attributes';
export type { KeyValueRange, OnKey } from './attributes';
export { textOf, WireReader } from './wire/reader';
export { WireWriter } from './wire/writer';
export { decodeLogsJson, decodeMetricsJson, decodeTracesJson, logsToJson, tracesToJson } from './json/signals';
export { jsonToProtobuf, jsonValueToProtobuf } from './json/json-to-protobuf';
export { protobufToJson } from './json/protobuf-to-json';
export type { OtlpJson } from './json/protobuf-to-json';
export type { MessageName } from './json/schema';
export {
  decodeResponse,
  decodeStatus,
  encodeResponse,
  encodeStatus,
  FULL_SUCCESS,
  responseToJson,
  SIGNALS,
} from './response';
export type { PartialSuccess, Signal } from './response';
