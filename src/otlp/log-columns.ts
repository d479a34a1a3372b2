import type { AttributeValue } from '../domain/attributes';
import type { LogRecord } from '../domain/log-record';
import type { InstrumentationScope, Resource } from '../domain/resource';
import {
  AttributeBuilder,
  checkAnyValue,
  checkKeyValue,
  readAnyValue,
  readKeyValue,
  writeAnyValue,
  writeAttributes,
} from './attributes';
import { EnvelopeReader, GrowingTable, writeEnvelope } from './envelope';
import { walkRecords } from './envelope-walker';
import type { RowFormat } from './row-format';
import { readHex } from './span';
import { ownBytes, tooManyValues } from './span-columns';
import type { Rejected } from './span-columns';
import { MAX_VALUES, WireReader } from './wire/reader';
import { WireWriter } from './wire/writer';

/** Cells of a log record's row. Offsets count from the start of the request's bytes; -1 stands for "absent". */
export const LOG_CELL = {
  start: 0,
  end: 1,
  traceId: 2,
  spanId: 3,
  timeLo: 4,
  timeHi: 5,
  observedLo: 6,
  observedHi: 7,
  severity: 8,
  eventStart: 9,
  eventEnd: 10,
  scope: 11,
  attributeCount: 12,
} as const;

/** Cells per log record. */
export const LOG_WIDTH = 13;

/** The parts of `LogColumns` that may move to another thread. */
export interface LogColumnsParts {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly table: Int32Array<ArrayBuffer>;
  readonly resources: Int32Array<ArrayBuffer>;
  readonly scopes: Int32Array<ArrayBuffer>;
}

/** The log records of one export request as columns over its bytes. */
export class LogColumns {
  readonly length: number;
  readonly buffer: Buffer;
  private readonly envelope: EnvelopeReader;

  constructor(
    readonly parts: LogColumnsParts,
    readonly rejected: Rejected,
  ) {
    const { bytes } = parts;
    this.length = parts.table.length / LOG_WIDTH;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.envelope = new EnvelopeReader(this.buffer, parts.resources, parts.scopes);
  }

  cell(index: number, cell: number): number {
    return this.parts.table[index * LOG_WIDTH + cell] ?? 0;
  }

  record(index: number): LogRecord {
    const scope = this.cell(index, LOG_CELL.scope);
    return readLogRecord(
      this.buffer,
      this.cell(index, LOG_CELL.start),
      this.cell(index, LOG_CELL.end),
      this.envelope.resourceOf(scope),
      this.envelope.scope(scope),
    );
  }

  records(): LogRecord[] {
    return Array.from({ length: this.length }, (_, index) => this.record(index));
  }
}

/**
 * Reads an ExportLogsServiceRequest.
 * @throws OtlpDecodeError when any part of it is malformed. A record whose ids have a wrong length keeps its text and
 * loses the ids.
 */
export function decodeLogs(bytes: Uint8Array): LogColumns {
  const owned = ownBytes(bytes);
  const reader = new WireReader(owned);
  const table = new GrowingTable(LOG_WIDTH, 64);
  let count = 0;
  let message = '';
  const envelope = walkRecords(reader, (scope) => {
    const problem = readRow(reader, table, scope);
    if (problem === '') return;
    table.drop();
    count++;
    message ||= problem;
  });
  return new LogColumns(
    {
      bytes: owned,
      table: table.trimmed(),
      resources: envelope.resources.trimmed(),
      scopes: envelope.scopes.trimmed(),
    },
    { count, message },
  );
}

/** How log records are read step by step. */
export const logRows: RowFormat<LogColumns> = {
  width: LOG_WIDTH,
  read: readRow,
  columns: (parts, rejected) => new LogColumns(parts, rejected),
};

/** Reads the record that follows into a new row; says why it cannot be taken, or nothing. */
function readRow(reader: WireReader, table: GrowingTable, scope: number): string {
  const outer = reader.enter();
  const at = table.add();
  const cells = table.data;
  cells[at] = reader.pos;
  cells[at + LOG_CELL.end] = reader.end;
  cells[at + LOG_CELL.traceId] = -1;
  cells[at + LOG_CELL.spanId] = -1;
  cells[at + LOG_CELL.scope] = scope;
  let attributes = 0;
  reader.values = 0;
  while (reader.pos < reader.end) {
    if (reader.values > MAX_VALUES) {
      reader.pos = reader.end;
      break;
    }
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        reader.fixed64();
        cells[at + LOG_CELL.timeLo] = reader.lo;
        cells[at + LOG_CELL.timeHi] = reader.hi;
        break;
      case 0x59:
        reader.fixed64();
        cells[at + LOG_CELL.observedLo] = reader.lo;
        cells[at + LOG_CELL.observedHi] = reader.hi;
        break;
      case 0x10:
        cells[at + LOG_CELL.severity] = reader.int32();
        break;
      case 0x2a:
        checkAnyValue(reader);
        break;
      case 0x32:
        checkKeyValue(reader);
        attributes++;
        break;
      case 0x4a: {
        const length = reader.length();
        if (length === 16) cells[at + LOG_CELL.traceId] = reader.pos;
        reader.pos += length;
        break;
      }
      case 0x52: {
        const length = reader.length();
        if (length === 8) cells[at + LOG_CELL.spanId] = reader.pos;
        reader.pos += length;
        break;
      }
      case 0x62: {
        const length = reader.length();
        cells[at + LOG_CELL.eventStart] = reader.pos;
        cells[at + LOG_CELL.eventEnd] = reader.pos += length;
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  cells[at + LOG_CELL.attributeCount] = attributes;
  return reader.values > MAX_VALUES ? tooManyValues('log record') : '';
}

/** Reads a LogRecord whose body is the range. */
export function readLogRecord(
  buffer: Buffer,
  start: number,
  end: number,
  resource: Resource,
  scope: InstrumentationScope,
): LogRecord {
  const reader = new WireReader(buffer, start, end);
  const attributes = new AttributeBuilder();
  let timeUnixNano = 0n;
  let observedUnixNano = 0n;
  let severityNumber = 0;
  let severityText = '';
  let eventName = '';
  let body: AttributeValue = null;
  let traceId = '';
  let spanId = '';
  let flags = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        timeUnixNano = reader.fixed64Big();
        break;
      case 0x10:
        severityNumber = reader.int32();
        break;
      case 0x1a:
        severityText = reader.string();
        break;
      case 0x2a:
        body = readAnyValue(reader);
        break;
      case 0x32:
        readKeyValue(reader, attributes);
        break;
      case 0x45:
        flags = reader.fixed32();
        break;
      case 0x4a:
        traceId = readHex(reader);
        break;
      case 0x52:
        spanId = readHex(reader);
        break;
      case 0x59:
        observedUnixNano = reader.fixed64Big();
        break;
      case 0x62:
        eventName = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  return {
    timeUnixNano,
    observedUnixNano,
    severityNumber,
    severityText,
    eventName,
    body,
    attributes: attributes.attributes,
    traceId: isId(traceId, 32) ? traceId : '',
    spanId: isId(spanId, 16) ? spanId : '',
    flags,
    resource,
    scope,
  };
}

/** Log records as an ExportLogsServiceRequest. */
export function encodeLogs(records: readonly LogRecord[]): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter(Math.max(4096, records.length * 256));
  writeEnvelope(writer, records, (record) => {
    const at = writer.begin(2);
    writer.fixed64(1, record.timeUnixNano);
    if (record.severityNumber !== 0) writer.int32(2, record.severityNumber);
    if (record.severityText !== '') writer.string(3, record.severityText);
    if (record.body !== null) writeAnyValue(writer, 5, record.body);
    writeAttributes(writer, 6, record.attributes);
    if (record.flags !== 0) writer.fixed32(8, record.flags);
    if (record.traceId !== '') writer.hex(9, record.traceId);
    if (record.spanId !== '') writer.hex(10, record.spanId);
    writer.fixed64(11, record.observedUnixNano);
    if (record.eventName !== '') writer.string(12, record.eventName);
    writer.end(at);
  });
  return writer.finish();
}

function isId(hex: string, digits: number): boolean {
  return hex.length === digits && !/^0*$/.test(hex);
}
