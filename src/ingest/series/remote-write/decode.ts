import { Labels, METRIC_NAME } from '../../../domain/labels';
import type { Exemplar, MetricMetadata } from '../../../domain/sample';
import { OtlpDecodeError, WireReader } from '../../../otlp';
import type { IncomingSample } from '../../../storage';
import { RemoteWriteDecodeError } from '../errors';
import { readHistogram, readMarkedDouble } from './histogram';

/** The protobuf messages of remote write. */
export type RemoteWriteVersion = '1.0' | '2.0';

/** What a request brings. */
export interface RemoteWrite {
  readonly samples: IncomingSample[];
  readonly metadata: Map<string, MetricMetadata>;
}

const TYPES: readonly MetricMetadata['type'][] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
];

/**
 * Reads a WriteRequest (1.0) or io.prometheus.write.v2.Request (2.0), already decompressed.
 * @throws RemoteWriteDecodeError
 */
export function decodeRemoteWrite(bytes: Uint8Array, version: RemoteWriteVersion): RemoteWrite {
  try {
    return version === '1.0' ? decodeFirst(new WireReader(bytes)) : decodeSecond(bytes);
  } catch (error) {
    if (error instanceof OtlpDecodeError) throw new RemoteWriteDecodeError(error.message, { cause: error });
    throw error;
  }
}

function decodeFirst(reader: WireReader): RemoteWrite {
  const samples: IncomingSample[] = [];
  const metadata = new Map<string, MetricMetadata>();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) readSeriesFirst(reader, samples);
    else if (tag === 0x1a) readMetadataFirst(reader, metadata);
    else reader.skip(tag);
  }
  return { samples, metadata };
}

function readSeriesFirst(reader: WireReader, into: IncomingSample[]): void {
  const outer = reader.enter();
  const pairs: (readonly [string, string])[] = [];
  const parts = new SeriesParts();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) pairs.push(readPair(reader));
    else if (tag === 0x12) parts.readSample(reader);
    else if (tag === 0x1a) parts.exemplars.push(readExemplarFirst(reader));
    else if (tag === 0x22) parts.readHistogram(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  parts.write(labelsOf(pairs), into);
}

function readExemplarFirst(reader: WireReader): Exemplar {
  const outer = reader.enter();
  const pairs: (readonly [string, string])[] = [];
  let value = 0;
  let t = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) pairs.push(readPair(reader));
    else if (tag === 0x11) value = reader.double();
    else if (tag === 0x18) t = Number(reader.int64());
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { labels: Labels.of(pairs), value, t };
}

function readPair(reader: WireReader): readonly [string, string] {
  const outer = reader.enter();
  let name = '';
  let value = '';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) name = reader.string();
    else if (tag === 0x12) value = reader.string();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return [name, value];
}

function readMetadataFirst(reader: WireReader, into: Map<string, MetricMetadata>): void {
  const outer = reader.enter();
  let type = 0;
  let name = '';
  let help = '';
  let unit = '';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) type = reader.uint32();
    else if (tag === 0x12) name = reader.string();
    else if (tag === 0x22) help = reader.string();
    else if (tag === 0x2a) unit = reader.string();
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (name !== '') into.set(name, { type: TYPES[type] ?? 'unknown', help, unit });
}

/** Symbols are read first: nothing says that they come before what refers to them. */
function decodeSecond(bytes: Uint8Array): RemoteWrite {
  const symbols: string[] = [];
  const first = new WireReader(bytes);
  while (first.pos < first.end) {
    const tag = first.tag();
    if (tag === 0x22) symbols.push(first.string());
    else first.skip(tag);
  }
  const samples: IncomingSample[] = [];
  const metadata = new Map<string, MetricMetadata>();
  const reader = new WireReader(bytes);
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x2a) readSeriesSecond(reader, symbols, samples, metadata);
    else reader.skip(tag);
  }
  return { samples, metadata };
}

function readSeriesSecond(
  reader: WireReader,
  symbols: readonly string[],
  into: IncomingSample[],
  metadata: Map<string, MetricMetadata>,
): void {
  const outer = reader.enter();
  const refs: number[] = [];
  const parts = new SeriesParts();
  let described: MetricMetadata | undefined;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) readRefs(reader, refs);
    else if (tag === 0x08) refs.push(reader.uint32());
    else if (tag === 0x12) parts.readSample(reader);
    else if (tag === 0x1a) parts.readHistogram(reader);
    else if (tag === 0x22) parts.exemplars.push(readExemplarSecond(reader, symbols));
    else if (tag === 0x2a) described = readMetadataSecond(reader, symbols);
    else reader.skip(tag);
  }
  reader.leave(outer);
  const labels = labelsOf(pairsOf(refs, symbols));
  if (described && (described.type !== 'unknown' || described.help !== '' || described.unit !== '')) {
    metadata.set(familyOf(labels.metricName, described.type), described);
  }
  parts.write(labels, into);
}

function readExemplarSecond(reader: WireReader, symbols: readonly string[]): Exemplar {
  const outer = reader.enter();
  const refs: number[] = [];
  let value = 0;
  let t = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) readRefs(reader, refs);
    else if (tag === 0x08) refs.push(reader.uint32());
    else if (tag === 0x11) value = reader.double();
    else if (tag === 0x18) t = Number(reader.int64());
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { labels: Labels.of(pairsOf(refs, symbols)), value, t };
}

function readMetadataSecond(reader: WireReader, symbols: readonly string[]): MetricMetadata {
  const outer = reader.enter();
  let type = 0;
  let help = 0;
  let unit = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) type = reader.uint32();
    else if (tag === 0x18) help = reader.uint32();
    else if (tag === 0x20) unit = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { type: TYPES[type] ?? 'unknown', help: symbolAt(symbols, help), unit: symbolAt(symbols, unit) };
}

function readRefs(reader: WireReader, into: number[]): void {
  const outer = reader.enter();
  while (reader.pos < reader.end) into.push(reader.uint32());
  reader.leave(outer);
}

function pairsOf(refs: readonly number[], symbols: readonly string[]): (readonly [string, string])[] {
  if (refs.length % 2 !== 0) throw new RemoteWriteDecodeError('a label name without a value');
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i < refs.length; i += 2) {
    pairs.push([symbolAt(symbols, refs[i] ?? 0), symbolAt(symbols, refs[i + 1] ?? 0)]);
  }
  return pairs;
}

function symbolAt(symbols: readonly string[], index: number): string {
  const symbol = symbols[index];
  if (symbol === undefined && index === 0) return '';
  if (symbol === undefined) throw new RemoteWriteDecodeError(`symbol ${index} of ${symbols.length}`);
  return symbol;
}

/** @throws RemoteWriteDecodeError for a series without a name, with a label twice, or with a nameless label. */
function labelsOf(pairs: readonly (readonly [string, string])[]): Labels {
  const seen = new Set<string>();
  for (const [name] of pairs) {
    if (name === '') throw new RemoteWriteDecodeError('a label without a name');
    if (seen.has(name)) throw new RemoteWriteDecodeError(`label "${name}" comes twice in one series`);
    seen.add(name);
  }
  const labels = Labels.of(pairs);
  if (!labels.has(METRIC_NAME)) throw new RemoteWriteDecodeError(`a series without a name: ${labels.toString()}`);
  return labels;
}

/** Metadata belongs to the family, whose series have suffixes. */
function familyOf(name: string, type: MetricMetadata['type']): string {
  if (type === 'histogram' || type === 'gaugehistogram') return name.replace(/_(?:bucket|sum|count|gsum|gcount)$/, '');
  return type === 'summary' ? name.replace(/_(?:sum|count)$/, '') : name;
}

/** The samples, histograms and exemplars of one series, until its labels are known. */
class SeriesParts {
  readonly exemplars: Exemplar[] = [];
  private readonly samples: Omit<IncomingSample, 'labels'>[] = [];

  readSample(reader: WireReader): void {
    const outer = reader.enter();
    let value = { value: 0, stale: false };
    let t = 0;
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === 0x09) value = readMarkedDouble(reader);
      else if (tag === 0x10) t = Number(reader.int64());
      else reader.skip(tag);
    }
    reader.leave(outer);
    this.samples.push({ t, value: value.value, ...(value.stale && { stale: true }) });
  }

  readHistogram(reader: WireReader): void {
    const { t, histogram, stale } = readHistogram(reader);
    this.samples.push(stale ? { t, value: NaN, stale } : { t, value: NaN, histogram });
  }

  /** Each exemplar travels with a sample; those that are left over with the last. */
  write(labels: Labels, into: IncomingSample[]): void {
    const count = Math.max(this.samples.length, this.samples.length > 0 ? this.exemplars.length : 0);
    for (let i = 0; i < count; i++) {
      const sample = this.samples[Math.min(i, this.samples.length - 1)];
      const exemplar = this.exemplars[i];
      if (sample) into.push({ labels, ...sample, ...(exemplar && { exemplar }) });
    }
  }
}
