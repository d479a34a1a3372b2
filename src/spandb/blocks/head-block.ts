import { LOG_CELL, LOG_WIDTH, SPAN_CELL, SPAN_WIDTH, textOf, WireReader } from '../../otlp';
import type { EncodedTables } from '../../otlp';
import { KeyCounts } from './keys';
import { hashRange } from './hash';
import { BLOCK_ROWS, FLAG, ID, ID_BYTES, Rows } from './rows';
import { ScopeTable } from './scopes';
import type { Dictionary, Operation, RecordRange, Segment, SegmentBounds } from './segment';
import { impliedTokens, tokensOf } from './tokens';
import type { KeySink, RecordKind } from './tokens';

/** A request's records on their way into a head. */
export interface Batch extends EncodedTables {
  readonly id: number;
  readonly buffer: Buffer;
  readonly skip: Uint8Array | undefined;
}

/** The newest records, in the order of their arrival, in memory; the same are in the day file as they were received. */
export class HeadBlock implements Segment {
  count = 0;
  /** Bytes of the requests held. */
  bytes = 0;
  /** The last batch all of whose rows are here or in an earlier block. */
  lastWholeBatch = 0;
  /** The last batch of which at least one row is here. */
  lastBatch = 0;
  readonly scopes = new ScopeTable();
  readonly operations: Operation[] = [];
  readonly batchOf = new Uint16Array(BLOCK_ROWS);
  private readonly columns = new Rows(BLOCK_ROWS);
  private readonly identity = Buffer.alloc(BLOCK_ROWS * ID_BYTES);
  private readonly identityView = new DataView(
    this.identity.buffer,
    this.identity.byteOffset,
    this.identity.byteLength,
  );
  private readonly from = new Int32Array(BLOCK_ROWS);
  private readonly to = new Int32Array(BLOCK_ROWS);
  private readonly batches: Buffer[] = [];
  private readonly readers: WireReader[] = [];
  private readonly operationIndex = new Map<string, number>();
  private readonly services = new Set<string>();
  private readonly keys = new KeyCounts();
  private keysUpTo = 0;
  private scopesUpTo = 0;
  private minStart = Infinity;
  private maxStart = -Infinity;
  private maxDuration = 0;

  constructor(readonly kind: RecordKind) {}

  get full(): boolean {
    return this.count === BLOCK_ROWS;
  }

  /** Adds rows of a batch from row `first`; gives the first row that found no place, or -1 when all did. */
  add(batch: Batch, first: number): number {
    const width = this.kind === 'span' ? SPAN_WIDTH : LOG_WIDTH;
    const total = batch.table.length / width;
    const index = this.batches.push(batch.buffer) - 1;
    this.readers.push(new WireReader(batch.buffer));
    this.bytes += batch.buffer.length;
    this.lastBatch = batch.id;
    const scopeIndex: number[] = [];
    for (let row = first; row < total; row++) {
      if (batch.skip !== undefined && batch.skip[row] === 1) continue;
      if (this.full) return row;
      const cells = batch.table.subarray(row * width, (row + 1) * width);
      const scope = cells[this.kind === 'span' ? SPAN_CELL.scope : LOG_CELL.scope] ?? 0;
      const mine = (scopeIndex[scope] ??= this.scopes.add(batch.buffer, batch, scope));
      if (this.kind === 'span') this.addSpan(batch.buffer, cells, mine);
      else this.addLog(batch.buffer, cells, mine);
      this.batchOf[this.count] = index;
      this.from[this.count] = cells[0] ?? 0;
      this.to[this.count] = cells[1] ?? 0;
      this.count++;
    }
    this.lastWholeBatch = batch.id;
    return -1;
  }

  get bounds(): SegmentBounds {
    const { kind, count, minStart, maxStart, maxDuration } = this;
    return { kind, count, minStart, maxStart, maxDuration };
  }

  mayHaveOperation(service: string, name: string): boolean {
    return name === '' ? this.services.has(service) : this.operationIndex.has(operationKey(service, name));
  }

  mayHaveTrace(): boolean {
    return true;
  }

  rows(): Rows {
    return this.columns;
  }

  dictionary(): Dictionary {
    return { operations: this.operations, scopes: this.scopes.entries, scopeTokens: this.scopes.tokens };
  }

  ids(): Buffer {
    return this.identity;
  }

  record(row: number): RecordRange {
    const buffer = this.batches[this.batchOf[row] ?? 0];
    if (buffer === undefined || row >= this.count) throw new RangeError(`no row ${row}`);
    return { buffer, start: this.from[row] ?? 0, end: this.to[row] ?? 0 };
  }

  recordReader(): (row: number) => RecordRange {
    return (row) => this.record(row);
  }

  sourceOf(row: number): number {
    return this.batchOf[row] ?? 0;
  }

  rowsWithToken(token: number): Uint16Array {
    const found: number[] = [];
    for (let row = 0; row < this.count; row++) {
      let has = false;
      this.tokens(row, (candidate) => (has ||= candidate === token));
      if (has) found.push(row);
    }
    return Uint16Array.from(found);
  }

  /** All tokens of a row's own; `keys` is told of its attribute keys on the way. */
  tokens(row: number, onToken: (token: number) => void, keys?: KeySink): void {
    const reader = this.readers[this.batchOf[row] ?? 0];
    if (reader === undefined) return;
    tokensOf(reader, this.kind, this.from[row] ?? 0, this.to[row] ?? 0, onToken, keys);
    if (this.kind !== 'span') return;
    const flags = this.columns.flags[row] ?? 0;
    impliedTokens(flags & FLAG.statusMask, (flags >> FLAG.kindShift) & FLAG.kindMask, onToken);
  }

  *attributeKeys(): Iterable<string> {
    for (const [key] of this.keyCounts().list()) yield key;
  }

  /** The keys of all rows and of their envelopes; what came since the last time is added. */
  keyCounts(): KeyCounts {
    for (; this.keysUpTo < this.count; this.keysUpTo++) this.keys.add(this.record(this.keysUpTo), this.kind);
    this.addEnvelopes(this.keys, this.scopesUpTo);
    this.scopesUpTo = this.scopes.entries.length;
    return this.keys;
  }

  /** Adds the keys of resources and scopes, from one of them on. */
  addEnvelopes(keys: KeyCounts, from = 0): void {
    for (const { resource, scope } of this.scopes.entries.slice(from)) {
      keys.addEnvelope(resource, 'resource');
      keys.addEnvelope(scope, 'scope');
    }
  }

  private addSpan(buffer: Buffer, cells: Int32Array, scope: number): void {
    const row = this.count;
    const { columns, identity, identityView } = this;
    const traceAt = cells[SPAN_CELL.traceId] ?? 0;
    const spanAt = cells[SPAN_CELL.spanId] ?? 0;
    const parentAt = cells[SPAN_CELL.parentId] ?? -1;
    const at = row * ID_BYTES;
    buffer.copy(identity, at + ID.trace, traceAt, traceAt + 16);
    buffer.copy(identity, at + ID.span, spanAt, spanAt + 8);
    if (parentAt >= 0) buffer.copy(identity, at + ID.parent, parentAt, parentAt + 8);
    const startLo = (cells[SPAN_CELL.startLo] ?? 0) >>> 0;
    const startHi = (cells[SPAN_CELL.startHi] ?? 0) >>> 0;
    const endLo = (cells[SPAN_CELL.endLo] ?? 0) >>> 0;
    const endHi = (cells[SPAN_CELL.endHi] ?? 0) >>> 0;
    identityView.setUint32(at + ID.start, startLo, true);
    identityView.setUint32(at + ID.start + 4, startHi, true);
    identityView.setUint32(at + ID.end, endLo, true);
    identityView.setUint32(at + ID.end + 4, endHi, true);
    const start = (startHi * 4_294_967_296 + startLo) / 1e6;
    const duration = Math.max(0, (endHi - startHi) * 4_294_967_296 + (endLo - startLo));
    columns.traceHash[row] = hashRange(buffer, traceAt, traceAt + 16);
    columns.flags[row] =
      (cells[SPAN_CELL.status] ?? 0) |
      ((cells[SPAN_CELL.kind] ?? 0) << FLAG.kindShift) |
      (parentAt < 0 ? FLAG.root : 0);
    const name = textOf(buffer, cells[SPAN_CELL.nameStart] ?? 0, cells[SPAN_CELL.nameEnd] ?? 0);
    this.place(row, scope, start, duration, name);
  }

  private addLog(buffer: Buffer, cells: Int32Array, scope: number): void {
    const row = this.count;
    const { columns, identity, identityView } = this;
    const at = row * ID_BYTES;
    const traceAt = cells[LOG_CELL.traceId] ?? -1;
    const spanAt = cells[LOG_CELL.spanId] ?? -1;
    if (traceAt >= 0) buffer.copy(identity, at + ID.trace, traceAt, traceAt + 16);
    if (spanAt >= 0) buffer.copy(identity, at + ID.span, spanAt, spanAt + 8);
    const timed = (cells[LOG_CELL.timeLo] ?? 0) !== 0 || (cells[LOG_CELL.timeHi] ?? 0) !== 0;
    const lo = (cells[timed ? LOG_CELL.timeLo : LOG_CELL.observedLo] ?? 0) >>> 0;
    const hi = (cells[timed ? LOG_CELL.timeHi : LOG_CELL.observedHi] ?? 0) >>> 0;
    identityView.setUint32(at + ID.start, lo, true);
    identityView.setUint32(at + ID.start + 4, hi, true);
    columns.traceHash[row] = traceAt >= 0 ? hashRange(buffer, traceAt, traceAt + 16) : 0;
    const name = textOf(buffer, cells[LOG_CELL.eventStart] ?? 0, cells[LOG_CELL.eventEnd] ?? 0);
    this.place(row, scope, (hi * 4_294_967_296 + lo) / 1e6, cells[LOG_CELL.severity] ?? 0, name);
  }

  private place(row: number, scope: number, start: number, duration: number, name: string): void {
    const { columns } = this;
    columns.scope[row] = scope;
    columns.start[row] = start;
    columns.duration[row] = duration;
    columns.op[row] = this.operation(this.scopes.services[scope] ?? '', name);
    if (start < this.minStart) this.minStart = start;
    if (start > this.maxStart) this.maxStart = start;
    if (duration > this.maxDuration) this.maxDuration = duration;
  }

  private operation(service: string, name: string): number {
    const key = operationKey(service, name);
    let index = this.operationIndex.get(key);
    if (index === undefined) {
      index = this.operations.push({ service, name }) - 1;
      this.operationIndex.set(key, index);
      this.services.add(service);
    }
    return index;
  }
}

function operationKey(service: string, name: string): string {
  return `${service}\u0000${name}`;
}
