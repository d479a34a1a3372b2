import type { NativeHistogram } from '../domain/histogram';
import { Labels } from '../domain/labels';
import type { Exemplar, MetricMetadata } from '../domain/sample';
import { ByteReader, type ByteWriter } from './bytes';
import { readChunk, writeChunk } from './chunk';
import type { Columns } from './columns';
import { CorruptDataError } from './errors';
import { readHistogram, writeHistogram } from './histogram-codec';

/** What the log and snapshots consist of: a record is its kind and a body. */
export const RECORD = { series: 1, samples: 2, metadata: 3, exemplar: 4, chunk: 5, end: 6, deletion: 7 } as const;

const METADATA_TYPES: readonly MetricMetadata['type'][] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
];

/** What is told about the content of records, in their order. */
export interface RecordVisitor {
  /** `newest` is -Infinity for a series without samples. */
  series(id: number, labels: Labels, newest: number): void;
  sample(id: number, t: number, value: number, stale: boolean, histogram: NativeHistogram | undefined): void;
  chunk(id: number, columns: Columns): void;
  metadata(name: string, metadata: MetricMetadata): void;
  exemplar(id: number, exemplar: Exemplar): void;
  /** The samples in [start, end] of these series that were told of so far are deleted. */
  deletion(ids: readonly number[], start: number, end: number): void;
  end(): void;
}

/** A series and its number. */
export function writeSeriesRecord(out: ByteWriter, id: number, labels: Labels, newest: number): void {
  out.byte(RECORD.series);
  out.varint(id);
  out.byte(newest === -Infinity ? 0 : 1);
  if (newest !== -Infinity) out.zigzag(newest);
  writeLabels(out, labels);
}

/** Samples of many series: numbers and times as differences to the sample before. */
export class SamplesRecord {
  private count = 0;
  private id = 0;
  private t = 0;
  private start = 0;

  constructor(private readonly out: ByteWriter) {}

  get size(): number {
    return this.count;
  }

  add(id: number, t: number, value: number, stale: boolean, histogram: NativeHistogram | undefined): void {
    const { out } = this;
    if (this.count === 0) {
      out.byte(RECORD.samples);
      this.start = out.length;
      out.uint32(0);
      this.id = 0;
      this.t = 0;
    }
    this.count++;
    const delta = id - this.id;
    const kind = histogram ? 2 : stale ? 1 : 0;
    out.varint((delta >= 0 ? delta * 2 : -delta * 2 - 1) * 4 + kind);
    out.zigzag(t - this.t);
    if (histogram) writeHistogram(out, histogram);
    else if (!stale) out.double(value);
    this.id = id;
    this.t = t;
  }

  /** Completes the record; the next sample starts another. */
  finish(): void {
    if (this.count > 0) this.out.patchUint32(this.start, this.count);
    this.count = 0;
  }
}

/** What is known about a metric name. */
export function writeMetadataRecord(out: ByteWriter, name: string, { type, help, unit }: MetricMetadata): void {
  out.byte(RECORD.metadata);
  out.text(name);
  out.byte(METADATA_TYPES.indexOf(type));
  out.text(help);
  out.text(unit);
}

/** An exemplar of a series. */
export function writeExemplarRecord(out: ByteWriter, id: number, { labels, value, t }: Exemplar): void {
  out.byte(RECORD.exemplar);
  out.varint(id);
  out.double(t);
  out.double(value);
  writeLabels(out, labels);
}

/** Samples of one series, compressed. */
export function writeChunkRecord(out: ByteWriter, id: number, columns: Columns): void {
  out.byte(RECORD.chunk);
  out.varint(id);
  writeChunk(out, columns);
}

/** The samples in [start, end] of these series are deleted; what follows in the log is not. Numbers ascend. */
export function writeDeletionRecord(out: ByteWriter, ids: readonly number[], start: number, end: number): void {
  out.byte(RECORD.deletion);
  out.zigzag(start);
  out.zigzag(end);
  out.varint(ids.length);
  let last = 0;
  for (const id of ids) {
    out.varint(id - last);
    last = id;
  }
}

/** Nothing follows: the snapshot is whole. */
export function writeEndRecord(out: ByteWriter): void {
  out.byte(RECORD.end);
}

/**
 * Tells the visitor what the records in `payload` say.
 * @throws CorruptDataError
 */
export function readRecords(payload: Uint8Array, visitor: RecordVisitor): void {
  const from = new ByteReader(payload);
  while (!from.done) {
    const kind = from.byte();
    switch (kind) {
      case RECORD.series: {
        const id = from.varint();
        const newest = from.byte() === 1 ? from.zigzag() : -Infinity;
        visitor.series(id, readLabels(from), newest);
        break;
      }
      case RECORD.samples:
        readSamples(from, visitor);
        break;
      case RECORD.metadata: {
        const name = from.text();
        const type = METADATA_TYPES[from.byte()] ?? 'unknown';
        visitor.metadata(name, { type, help: from.text(), unit: from.text() });
        break;
      }
      case RECORD.exemplar: {
        const id = from.varint();
        const t = from.double();
        const value = from.double();
        visitor.exemplar(id, { t, value, labels: readLabels(from) });
        break;
      }
      case RECORD.chunk:
        visitor.chunk(from.varint(), readChunk(from));
        break;
      case RECORD.deletion: {
        const start = from.zigzag();
        const end = from.zigzag();
        let id = 0;
        const ids = Array.from({ length: from.count() }, () => (id += from.varint()));
        visitor.deletion(ids, start, end);
        break;
      }
      case RECORD.end:
        visitor.end();
        break;
      default:
        throw new CorruptDataError(`a record of unknown kind ${kind}`);
    }
  }
}

function readSamples(from: ByteReader, visitor: RecordVisitor): void {
  const count = from.uint32();
  let id = 0;
  let t = 0;
  for (let i = 0; i < count; i++) {
    const token = from.varint();
    const kind = token % 4;
    const zigzag = (token - kind) / 4;
    id += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    t += from.zigzag();
    if (kind === 2) visitor.sample(id, t, NaN, false, readHistogram(from));
    else if (kind === 1) visitor.sample(id, t, NaN, true, undefined);
    else visitor.sample(id, t, from.double(), false, undefined);
  }
}

function writeLabels(out: ByteWriter, labels: Labels): void {
  out.varint(labels.flat.length);
  for (const text of labels.flat) out.text(text);
}

function readLabels(from: ByteReader): Labels {
  const flat: string[] = [];
  const length = from.count();
  for (let i = 0; i < length; i++) flat.push(from.text());
  return Labels.fromSorted(flat);
}
