import type { LogRecord } from '../../domain/log-record';
import type { ResourceMetrics } from '../../domain/metric-point';
import type { Span } from '../../domain/span';
import { decodeLogs, encodeLogs } from '../log-columns';
import type { LogColumns } from '../log-columns';
import { decodeMetrics } from '../metrics';
import { encodeTraces } from '../span';
import { decodeTraces } from '../span-columns';
import type { SpanColumns } from '../span-columns';
import { jsonToProtobuf } from './json-to-protobuf';
import { protobufToJson } from './protobuf-to-json';
import type { OtlpJson } from './protobuf-to-json';

/**
 * Reads an ExportTraceServiceRequest in JSON text.
 * @throws OtlpDecodeError with the JSON path.
 */
export function decodeTracesJson(bytes: Uint8Array): SpanColumns {
  return decodeTraces(jsonToProtobuf(bytes, 'TracesRequest'));
}

/**
 * Reads an ExportLogsServiceRequest in JSON text.
 * @throws OtlpDecodeError with the JSON path.
 */
export function decodeLogsJson(bytes: Uint8Array): LogColumns {
  return decodeLogs(jsonToProtobuf(bytes, 'LogsRequest'));
}

/**
 * Reads an ExportMetricsServiceRequest in JSON text.
 * @throws OtlpDecodeError with the JSON path.
 */
export function decodeMetricsJson(bytes: Uint8Array): ResourceMetrics[] {
  return decodeMetrics(jsonToProtobuf(bytes, 'MetricsRequest'));
}

/** Spans as OTLP/JSON: `{ resourceSpans: [...] }`. */
export function tracesToJson(spans: readonly Span[]): OtlpJson {
  return { resourceSpans: [], ...protobufToJson(encodeTraces(spans), 'TracesRequest') };
}

/** Log records as OTLP/JSON: `{ resourceLogs: [...] }`. */
export function logsToJson(records: readonly LogRecord[]): OtlpJson {
  return { resourceLogs: [], ...protobufToJson(encodeLogs(records), 'LogsRequest') };
}
