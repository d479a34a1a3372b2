import { TEMPORALITIES } from '../domain/metric-point';
import type {
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricExemplar,
  MetricPoints,
  NumberPoint,
  PointHead,
  ResourceMetrics,
  SummaryPoint,
} from '../domain/metric-point';
import { writeAttributes } from './attributes';
import { writeResource, writeScope } from './envelope';
import { WireWriter } from './wire/writer';

/** Metrics as an ExportMetricsServiceRequest. Values are written as doubles: a point does not tell 5 from 5.0. */
export function encodeMetrics(metrics: readonly ResourceMetrics[]): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter(16_384);
  for (const { resource, scopes } of metrics) {
    const outer = writer.begin(1);
    writeResource(writer, 1, resource);
    for (const { scope, metrics: inner } of scopes) {
      const at = writer.begin(2);
      writeScope(writer, 1, scope);
      for (const metric of inner) writeMetric(writer, metric);
      if (scope.schemaUrl !== '') writer.string(3, scope.schemaUrl);
      writer.end(at);
    }
    if (resource.schemaUrl !== '') writer.string(3, resource.schemaUrl);
    writer.end(outer);
  }
  return writer.finish();
}

/** Field numbers of a metric's kinds. */
const KIND_FIELDS = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11 } as const;

function writeMetric(writer: WireWriter, { name, description, unit, data }: Metric): void {
  const at = writer.begin(2);
  writer.string(1, name);
  if (description !== '') writer.string(2, description);
  if (unit !== '') writer.string(3, unit);
  if (data.kind !== 'none') {
    const inner = writer.begin(KIND_FIELDS[data.kind]);
    writePoints(writer, data);
    if ('temporality' in data) writer.int32(2, TEMPORALITIES.indexOf(data.temporality));
    if ('monotonic' in data && data.monotonic) writer.bool(3, true);
    writer.end(inner);
  }
  writer.end(at);
}

function writePoints(writer: WireWriter, data: MetricPoints): void {
  switch (data.kind) {
    case 'none':
      return;
    case 'gauge':
    case 'sum':
      for (const point of data.points) writeNumberPoint(writer, point);
      return;
    case 'histogram':
      for (const point of data.points) writeHistogramPoint(writer, point);
      return;
    case 'exponentialHistogram':
      for (const point of data.points) writeExponentialPoint(writer, point);
      return;
    case 'summary':
      for (const point of data.points) writeSummaryPoint(writer, point);
  }
}

function writeTimes(writer: WireWriter, { startUnixNano, timeUnixNano }: PointHead): void {
  if (startUnixNano !== 0n) writer.fixed64(2, startUnixNano);
  writer.fixed64(3, timeUnixNano);
}

function writeNumberPoint(writer: WireWriter, point: NumberPoint): void {
  const at = writer.begin(1);
  writeTimes(writer, point);
  writer.double(4, point.value);
  for (const exemplar of point.exemplars) writeExemplar(writer, 5, exemplar);
  writeAttributes(writer, 7, point.attributes);
  if (point.flags !== 0) writer.uint32(8, point.flags);
  writer.end(at);
}

function writeHistogramPoint(writer: WireWriter, point: HistogramPoint): void {
  const at = writer.begin(1);
  writeTimes(writer, point);
  writer.fixed64(4, whole(point.count));
  if (point.sum !== undefined) writer.double(5, point.sum);
  if (point.bucketCounts.length > 0) {
    const packed = writer.begin(6);
    for (const count of point.bucketCounts) writer.rawFixed64(whole(count));
    writer.end(packed);
  }
  if (point.explicitBounds.length > 0) {
    const packed = writer.begin(7);
    for (const bound of point.explicitBounds) writer.rawDouble(bound);
    writer.end(packed);
  }
  for (const exemplar of point.exemplars) writeExemplar(writer, 8, exemplar);
  writeAttributes(writer, 9, point.attributes);
  if (point.flags !== 0) writer.uint32(10, point.flags);
  if (point.min !== undefined) writer.double(11, point.min);
  if (point.max !== undefined) writer.double(12, point.max);
  writer.end(at);
}

function writeExponentialPoint(writer: WireWriter, point: ExponentialHistogramPoint): void {
  const at = writer.begin(1);
  writeAttributes(writer, 1, point.attributes);
  writeTimes(writer, point);
  writer.fixed64(4, whole(point.count));
  if (point.sum !== undefined) writer.double(5, point.sum);
  writer.sint32(6, point.scale);
  writer.fixed64(7, whole(point.zeroCount));
  writeBuckets(writer, 8, point.positive);
  writeBuckets(writer, 9, point.negative);
  if (point.flags !== 0) writer.uint32(10, point.flags);
  for (const exemplar of point.exemplars) writeExemplar(writer, 11, exemplar);
  if (point.min !== undefined) writer.double(12, point.min);
  if (point.max !== undefined) writer.double(13, point.max);
  if (point.zeroThreshold !== 0) writer.double(14, point.zeroThreshold);
  writer.end(at);
}

function writeBuckets(writer: WireWriter, field: number, { offset, bucketCounts }: ExponentialBuckets): void {
  if (bucketCounts.length === 0) return;
  const at = writer.begin(field);
  writer.sint32(1, offset);
  const packed = writer.begin(2);
  for (const count of bucketCounts) writer.rawVarint(whole(count));
  writer.end(packed);
  writer.end(at);
}

function writeSummaryPoint(writer: WireWriter, point: SummaryPoint): void {
  const at = writer.begin(1);
  writeTimes(writer, point);
  writer.fixed64(4, whole(point.count));
  writer.double(5, point.sum);
  for (const { quantile, value } of point.quantiles) {
    const inner = writer.begin(6);
    writer.double(1, quantile);
    writer.double(2, value);
    writer.end(inner);
  }
  writeAttributes(writer, 7, point.attributes);
  if (point.flags !== 0) writer.uint32(8, point.flags);
  writer.end(at);
}

function writeExemplar(writer: WireWriter, field: number, exemplar: MetricExemplar): void {
  const at = writer.begin(field);
  writer.fixed64(2, exemplar.timeUnixNano);
  writer.double(3, exemplar.value);
  if (exemplar.spanId !== '') writer.hex(4, exemplar.spanId);
  if (exemplar.traceId !== '') writer.hex(5, exemplar.traceId);
  writeAttributes(writer, 7, exemplar.attributes);
  writer.end(at);
}

/** Counts are whole; what a sender made of them may not be. */
function whole(count: number): bigint {
  return BigInt(Math.max(0, Math.round(count)));
}
