import type { Resource } from '../domain/resource';
import type { Span } from '../domain/span';
import { checkKeyValue } from './attributes';
import { EnvelopeReader, GrowingTable } from './envelope';
import { walkRecords } from './envelope-walker';
import type { RowFormat } from './row-format';
import { readSpan } from './span';
import { MAX_VALUES, textOf, WireReader } from './wire/reader';

/** Cells of a span's row. Offsets count from the start of the request's bytes; -1 stands for "absent". */
export const SPAN_CELL = {
  start: 0,
  end: 1,
  traceId: 2,
  spanId: 3,
  parentId: 4,
  nameStart: 5,
  nameEnd: 6,
  kind: 7,
  status: 8,
  startLo: 9,
  startHi: 10,
  endLo: 11,
  endHi: 12,
  scope: 13,
  attributeCount: 14,
} as const;

/** Cells per span. */
export const SPAN_WIDTH = 16;

/** Records of a request that cannot be taken, and why: the answer's partial success. */
export interface Rejected {
  readonly count: number;
  readonly message: string;
}

/** The tables over a request's bytes. */
export interface EncodedTables {
  readonly table: Int32Array;
  readonly resources: Int32Array;
  readonly scopes: Int32Array;
}

/** The parts of `SpanColumns` that may move to another thread. */
export interface SpanColumnsParts {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly table: Int32Array<ArrayBuffer>;
  readonly resources: Int32Array<ArrayBuffer>;
  readonly scopes: Int32Array<ArrayBuffer>;
}

/**
 * The spans of one export request as columns over its bytes: nothing is copied and no object made per span. Attributes,
 * events and links were checked, and are read when asked for.
 */
export class SpanColumns {
  readonly length: number;
  readonly buffer: Buffer;
  private readonly envelope: EnvelopeReader;

  constructor(
    readonly parts: SpanColumnsParts,
    readonly rejected: Rejected,
  ) {
    const { bytes } = parts;
    this.length = parts.table.length / SPAN_WIDTH;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.envelope = new EnvelopeReader(this.buffer, parts.resources, parts.scopes);
  }

  /** One cell of a span's row. */
  cell(index: number, cell: number): number {
    return this.parts.table[index * SPAN_WIDTH + cell] ?? 0;
  }

  name(index: number): string {
    return textOf(this.buffer, this.cell(index, SPAN_CELL.nameStart), this.cell(index, SPAN_CELL.nameEnd));
  }

  traceId(index: number): string {
    const at = this.cell(index, SPAN_CELL.traceId);
    return this.buffer.toString('hex', at, at + 16);
  }

  spanId(index: number): string {
    const at = this.cell(index, SPAN_CELL.spanId);
    return this.buffer.toString('hex', at, at + 8);
  }

  resourceOf(index: number): Resource {
    return this.envelope.resourceOf(this.cell(index, SPAN_CELL.scope));
  }

  /** Start in milliseconds since the epoch, with a fraction: for comparing and sorting, not exact to the nanosecond. */
  startMillis(index: number): number {
    return millis(this.cell(index, SPAN_CELL.startLo), this.cell(index, SPAN_CELL.startHi));
  }

  /** Duration in nanoseconds, never negative; exact up to 2^53. */
  durationNano(index: number): number {
    const lo = (this.cell(index, SPAN_CELL.endLo) >>> 0) - (this.cell(index, SPAN_CELL.startLo) >>> 0);
    const hi = (this.cell(index, SPAN_CELL.endHi) >>> 0) - (this.cell(index, SPAN_CELL.startHi) >>> 0);
    return Math.max(0, hi * 4_294_967_296 + lo);
  }

  /** The whole span as an object. */
  span(index: number): Span {
    const scope = this.cell(index, SPAN_CELL.scope);
    return readSpan(
      this.buffer,
      this.cell(index, SPAN_CELL.start),
      this.cell(index, SPAN_CELL.end),
      this.envelope.resourceOf(scope),
      this.envelope.scope(scope),
    );
  }

  /** All spans as objects. */
  spans(): Span[] {
    return Array.from({ length: this.length }, (_, index) => this.span(index));
  }
}

/** How spans are read step by step. */
export const spanRows: RowFormat<SpanColumns> = {
  width: SPAN_WIDTH,
  read: readRow,
  columns: (parts, rejected) => new SpanColumns(parts, rejected),
};

/** Milliseconds of a 64-bit count of nanoseconds given as halves of any sign. */
export function millis(lo: number, hi: number): number {
  return ((hi >>> 0) * 4_294_967_296 + (lo >>> 0)) / 1e6;
}

/**
 * Reads an ExportTraceServiceRequest (or TracesData: they are one on the wire).
 * @throws OtlpDecodeError when any part of it is malformed: nothing is half taken. Spans without valid ids are counted
 * as rejected.
 */
export function decodeTraces(bytes: Uint8Array): SpanColumns {
  const owned = ownBytes(bytes);
  const reader = new WireReader(owned);
  const table = new GrowingTable(SPAN_WIDTH, 64);
  let rejected = 0;
  let reason = '';
  const envelope = walkRecords(reader, (scope) => {
    const problem = readRow(reader, table, scope);
    if (problem === '') return;
    table.drop();
    rejected++;
    reason ||= problem;
  });
  return new SpanColumns(
    {
      bytes: owned,
      table: table.trimmed(),
      resources: envelope.resources.trimmed(),
      scopes: envelope.scopes.trimmed(),
    },
    { count: rejected, message: reason },
  );
}

/** Bytes over a plain ArrayBuffer, which can move to another thread; small pooled buffers are copied. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isOwn(bytes) ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}

/** Whether the bytes are all of a plain ArrayBuffer. */
export function isOwn(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && bytes.byteOffset === 0 && bytes.byteLength === buffer.byteLength;
}

/** Reads the span that follows into a new row; says what makes it unacceptable, or nothing. */
function readRow(reader: WireReader, table: GrowingTable, scope: number): string {
  const outer = reader.enter();
  const at = table.add();
  const cells = table.data;
  cells[at] = reader.pos;
  cells[at + SPAN_CELL.end] = reader.end;
  cells[at + SPAN_CELL.traceId] = -1;
  cells[at + SPAN_CELL.spanId] = -1;
  cells[at + SPAN_CELL.parentId] = -1;
  cells[at + SPAN_CELL.scope] = scope;
  let traceIdLength = 0;
  let spanIdLength = 0;
  let parentLength = 0;
  let attributes = 0;
  reader.values = 0;
  while (reader.pos < reader.end) {
    if (reader.values > MAX_VALUES) {
      reader.pos = reader.end;
      break;
    }
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        traceIdLength = reader.length();
        cells[at + SPAN_CELL.traceId] = reader.pos;
        reader.pos += traceIdLength;
        break;
      case 0x12:
        spanIdLength = reader.length();
        cells[at + SPAN_CELL.spanId] = reader.pos;
        reader.pos += spanIdLength;
        break;
      case 0x22:
        parentLength = reader.length();
        cells[at + SPAN_CELL.parentId] = reader.pos;
        reader.pos += parentLength;
        break;
      case 0x2a: {
        const length = reader.length();
        cells[at + SPAN_CELL.nameStart] = reader.pos;
        cells[at + SPAN_CELL.nameEnd] = reader.pos += length;
        break;
      }
      case 0x30: {
        const kind = reader.int32();
        cells[at + SPAN_CELL.kind] = kind >= 0 && kind <= 5 ? kind : 0;
        break;
      }
      case 0x39:
        reader.fixed64();
        cells[at + SPAN_CELL.startLo] = reader.lo;
        cells[at + SPAN_CELL.startHi] = reader.hi;
        break;
      case 0x41:
        reader.fixed64();
        cells[at + SPAN_CELL.endLo] = reader.lo;
        cells[at + SPAN_CELL.endHi] = reader.hi;
        break;
      case 0x4a:
        checkKeyValue(reader);
        attributes++;
        break;
      case 0x5a:
        checkParts(reader, 0x1a);
        break;
      case 0x6a:
        checkParts(reader, 0x22);
        break;
      case 0x7a:
        cells[at + SPAN_CELL.status] = readStatusCode(reader);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  cells[at + SPAN_CELL.attributeCount] = attributes;
  const { buffer } = reader;
  if (reader.values > MAX_VALUES) return tooManyValues('span');
  if (traceIdLength !== 16) return `a trace id has ${traceIdLength} bytes, not 16`;
  if (spanIdLength !== 8) return `a span id has ${spanIdLength} bytes, not 8`;
  if (isZero(buffer, cells[at + SPAN_CELL.traceId] ?? 0, 16)) return 'a trace id is all zero';
  if (isZero(buffer, cells[at + SPAN_CELL.spanId] ?? 0, 8)) return 'a span id is all zero';
  if (parentLength !== 8) {
    if (parentLength !== 0) return `a parent span id has ${parentLength} bytes, not 8`;
    cells[at + SPAN_CELL.parentId] = -1;
  } else if (isZero(buffer, cells[at + SPAN_CELL.parentId] ?? 0, 8)) cells[at + SPAN_CELL.parentId] = -1;
  return '';
}

/** Why a record is refused that has more values than are read. */
export function tooManyValues(what: string): string {
  return `a ${what} with more than ${MAX_VALUES} attributes, events, links and values within them`;
}

/** Checks an event or link, whose attributes have `attributesTag`. */
function checkParts(reader: WireReader, attributesTag: number): void {
  reader.values++;
  const outer = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === attributesTag) checkKeyValue(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readStatusCode(reader: WireReader): number {
  const outer = reader.enter();
  let code = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x18) code = reader.int32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return code >= 0 && code <= 2 ? code : 0;
}

function isZero(buffer: Buffer, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (buffer[i] !== 0) return false;
  return true;
}
