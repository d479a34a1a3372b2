import { TEMPORALITIES } from '../domain/metric-point';
import type { Metric, MetricPoints, ResourceMetrics, Temporality } from '../domain/metric-point';
import type { InstrumentationScope, Resource } from '../domain/resource';
import { AttributeBuilder, readKeyValue } from './attributes';
import { readExponentialPoint, readHistogramPoint, readNumberPoint, readSummaryPoint } from './metric-points';
import { WireReader } from './wire/reader';

/**
 * Reads an ExportMetricsServiceRequest.
 * @throws OtlpDecodeError when any part of it is malformed.
 */
export function decodeMetrics(bytes: Uint8Array): ResourceMetrics[] {
  const reader = new WireReader(bytes);
  const all: ResourceMetrics[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) all.push(readResourceMetrics(reader));
    else reader.skip(tag);
  }
  return all;
}

function readResourceMetrics(reader: WireReader): ResourceMetrics {
  const outer = reader.enter();
  let attributes: Resource['attributes'] = {};
  let schemaUrl = '';
  const scopes: { scope: InstrumentationScope; metrics: readonly Metric[] }[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) attributes = readResourceAttributes(reader);
    else if (tag === 0x12) scopes.push(readScopeMetrics(reader));
    else if (tag === 0x1a) schemaUrl = reader.string();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { resource: { attributes, schemaUrl }, scopes };
}

function readResourceAttributes(reader: WireReader): Resource['attributes'] {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) readKeyValue(reader, attributes);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return attributes.attributes;
}

function readScopeMetrics(reader: WireReader): { scope: InstrumentationScope; metrics: readonly Metric[] } {
  const outer = reader.enter();
  let scope: Omit<InstrumentationScope, 'schemaUrl'> = { name: '', version: '', attributes: {} };
  let schemaUrl = '';
  const metrics: Metric[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) scope = readMetricScope(reader);
    else if (tag === 0x12) metrics.push(readMetric(reader));
    else if (tag === 0x1a) schemaUrl = reader.string();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { scope: { ...scope, schemaUrl }, metrics };
}

function readMetricScope(reader: WireReader): Omit<InstrumentationScope, 'schemaUrl'> {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  let name = '';
  let version = '';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) name = reader.string();
    else if (tag === 0x12) version = reader.string();
    else if (tag === 0x1a) readKeyValue(reader, attributes);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { name, version, attributes: attributes.attributes };
}

function readMetric(reader: WireReader): Metric {
  const outer = reader.enter();
  let name = '';
  let description = '';
  let unit = '';
  let data: MetricPoints = { kind: 'none' };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) name = reader.string();
    else if (tag === 0x12) description = reader.string();
    else if (tag === 0x1a) unit = reader.string();
    else if (tag === 0x2a) data = { kind: 'gauge', points: readPoints(reader, readNumberPoint).points };
    else if (tag === 0x3a) data = { kind: 'sum', ...readPoints(reader, readNumberPoint) };
    else if (tag === 0x4a) data = histogramOf('histogram', readPoints(reader, readHistogramPoint));
    else if (tag === 0x52) data = histogramOf('exponentialHistogram', readPoints(reader, readExponentialPoint));
    else if (tag === 0x5a) data = { kind: 'summary', points: readPoints(reader, readSummaryPoint).points };
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { name, description, unit, data };
}

interface PointList<T> {
  readonly points: readonly T[];
  readonly temporality: Temporality;
  readonly monotonic: boolean;
}

function histogramOf<K extends string, T>(
  kind: K,
  { temporality, points }: PointList<T>,
): { kind: K; temporality: Temporality; points: readonly T[] } {
  return { kind, temporality, points };
}

/** The body of Gauge, Sum, Histogram, ExponentialHistogram and Summary alike. */
function readPoints<T>(reader: WireReader, readPoint: (reader: WireReader) => T): PointList<T> {
  const outer = reader.enter();
  const points: T[] = [];
  let temporality: Temporality = 'unspecified';
  let monotonic = false;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) points.push(readPoint(reader));
    else if (tag === 0x10) temporality = TEMPORALITIES[reader.int32()] ?? 'unspecified';
    else if (tag === 0x18) monotonic = reader.bool();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { points, temporality, monotonic };
}
