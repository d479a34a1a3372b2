import type {
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  MetricExemplar,
  NumberPoint,
  SummaryPoint,
} from '../domain/metric-point';
import { AttributeBuilder, readKeyValue } from './attributes';
import { readHex } from './span';
import type { WireReader } from './wire/reader';

/** Reads the NumberDataPoint that follows. */
export function readNumberPoint(reader: WireReader): NumberPoint {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  const exemplars: MetricExemplar[] = [];
  let startUnixNano = 0n;
  let timeUnixNano = 0n;
  let value = 0;
  let flags = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x11) startUnixNano = reader.fixed64Big();
    else if (tag === 0x19) timeUnixNano = reader.fixed64Big();
    else if (tag === 0x21) value = reader.double();
    else if (tag === 0x2a) exemplars.push(readExemplar(reader));
    else if (tag === 0x31) value = Number(reader.sfixed64());
    else if (tag === 0x3a) readKeyValue(reader, attributes);
    else if (tag === 0x40) flags = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { attributes: attributes.attributes, startUnixNano, timeUnixNano, flags, value, exemplars };
}

/** Reads the HistogramDataPoint that follows. */
export function readHistogramPoint(reader: WireReader): HistogramPoint {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  const exemplars: MetricExemplar[] = [];
  const bucketCounts: number[] = [];
  const explicitBounds: number[] = [];
  let startUnixNano = 0n;
  let timeUnixNano = 0n;
  let count = 0;
  let sum: number | undefined;
  let min: number | undefined;
  let max: number | undefined;
  let flags = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x11) startUnixNano = reader.fixed64Big();
    else if (tag === 0x19) timeUnixNano = reader.fixed64Big();
    else if (tag === 0x21) count = fixedCount(reader);
    else if (tag === 0x29) sum = reader.double();
    else if (tag === 0x32) readPacked(reader, bucketCounts, fixedCount);
    else if (tag === 0x31) bucketCounts.push(fixedCount(reader));
    else if (tag === 0x3a) readPacked(reader, explicitBounds, readDouble);
    else if (tag === 0x39) explicitBounds.push(reader.double());
    else if (tag === 0x42) exemplars.push(readExemplar(reader));
    else if (tag === 0x4a) readKeyValue(reader, attributes);
    else if (tag === 0x50) flags = reader.uint32();
    else if (tag === 0x59) min = reader.double();
    else if (tag === 0x61) max = reader.double();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return {
    attributes: attributes.attributes,
    startUnixNano,
    timeUnixNano,
    flags,
    count,
    sum,
    min,
    max,
    bucketCounts,
    explicitBounds,
    exemplars,
  };
}

/** Reads the ExponentialHistogramDataPoint that follows. */
export function readExponentialPoint(reader: WireReader): ExponentialHistogramPoint {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  const exemplars: MetricExemplar[] = [];
  let startUnixNano = 0n;
  let timeUnixNano = 0n;
  let count = 0;
  let sum: number | undefined;
  let min: number | undefined;
  let max: number | undefined;
  let scale = 0;
  let zeroCount = 0;
  let zeroThreshold = 0;
  let positive = NO_BUCKETS;
  let negative = NO_BUCKETS;
  let flags = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) readKeyValue(reader, attributes);
    else if (tag === 0x11) startUnixNano = reader.fixed64Big();
    else if (tag === 0x19) timeUnixNano = reader.fixed64Big();
    else if (tag === 0x21) count = fixedCount(reader);
    else if (tag === 0x29) sum = reader.double();
    else if (tag === 0x30) scale = reader.sint32();
    else if (tag === 0x39) zeroCount = fixedCount(reader);
    else if (tag === 0x42) positive = readBuckets(reader);
    else if (tag === 0x4a) negative = readBuckets(reader);
    else if (tag === 0x50) flags = reader.uint32();
    else if (tag === 0x5a) exemplars.push(readExemplar(reader));
    else if (tag === 0x61) min = reader.double();
    else if (tag === 0x69) max = reader.double();
    else if (tag === 0x71) zeroThreshold = reader.double();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return {
    attributes: attributes.attributes,
    startUnixNano,
    timeUnixNano,
    flags,
    count,
    sum,
    min,
    max,
    scale,
    zeroCount,
    zeroThreshold,
    positive,
    negative,
    exemplars,
  };
}

/** Reads the SummaryDataPoint that follows. */
export function readSummaryPoint(reader: WireReader): SummaryPoint {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  const quantiles: { quantile: number; value: number }[] = [];
  let startUnixNano = 0n;
  let timeUnixNano = 0n;
  let count = 0;
  let sum = 0;
  let flags = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x11) startUnixNano = reader.fixed64Big();
    else if (tag === 0x19) timeUnixNano = reader.fixed64Big();
    else if (tag === 0x21) count = fixedCount(reader);
    else if (tag === 0x29) sum = reader.double();
    else if (tag === 0x32) quantiles.push(readQuantile(reader));
    else if (tag === 0x3a) readKeyValue(reader, attributes);
    else if (tag === 0x40) flags = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { attributes: attributes.attributes, startUnixNano, timeUnixNano, flags, count, sum, quantiles };
}

const NO_BUCKETS: ExponentialBuckets = { offset: 0, bucketCounts: [] };

/** A count as a number: beyond 2^53 it is rounded, as Prometheus' floats are. */
function fixedCount(reader: WireReader): number {
  reader.fixed64();
  return reader.hi * 4_294_967_296 + reader.lo;
}

function varintCount(reader: WireReader): number {
  reader.varint();
  return reader.hi * 4_294_967_296 + reader.lo;
}

function readDouble(reader: WireReader): number {
  return reader.double();
}

function readPacked(reader: WireReader, into: number[], read: (reader: WireReader) => number): void {
  const outer = reader.enter();
  while (reader.pos < reader.end) into.push(read(reader));
  reader.leave(outer);
}

function readBuckets(reader: WireReader): ExponentialBuckets {
  const outer = reader.enter();
  const bucketCounts: number[] = [];
  let offset = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) offset = reader.sint32();
    else if (tag === 0x12) readPacked(reader, bucketCounts, varintCount);
    else if (tag === 0x10) bucketCounts.push(varintCount(reader));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { offset, bucketCounts };
}

function readQuantile(reader: WireReader): { quantile: number; value: number } {
  const outer = reader.enter();
  let quantile = 0;
  let value = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x09) quantile = reader.double();
    else if (tag === 0x11) value = reader.double();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { quantile, value };
}

function readExemplar(reader: WireReader): MetricExemplar {
  const outer = reader.enter();
  const attributes = new AttributeBuilder();
  let timeUnixNano = 0n;
  let value = 0;
  let traceId = '';
  let spanId = '';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x11) timeUnixNano = reader.fixed64Big();
    else if (tag === 0x19) value = reader.double();
    else if (tag === 0x22) spanId = readHex(reader);
    else if (tag === 0x2a) traceId = readHex(reader);
    else if (tag === 0x31) value = Number(reader.sfixed64());
    else if (tag === 0x3a) readKeyValue(reader, attributes);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { timeUnixNano, value, traceId, spanId, attributes: attributes.attributes };
}
