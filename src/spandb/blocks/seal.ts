import { deflateRaw } from 'node:zlib';
import { promisify } from 'node:util';
import { BloomFilter } from './bloom';
import { hashStep, hashText, operationHash } from './hash';
import type { HeadBlock } from './head-block';
import { KeyCounts } from './keys';
import { FLAG, ID_BYTES, Rows, spanKey } from './rows';
import type { SegmentBounds } from './segment';

const deflate = promisify(deflateRaw);

/** Token postings are spread over so many parts by the token's upper bits, so that a look-up reads one of them. */
export const TOKEN_PARTS = 16;

/** Bytes of records per page before compression. */
const PAGE_BYTES = 64 * 1024;

/** A block's parts as they are stored. */
export interface SealedBlock {
  readonly bounds: SegmentBounds;
  readonly bloom: Uint8Array;
  /** Hashes of operations and of services, ascending. */
  readonly operationHashes: Uint8Array;
  readonly dictionary: string;
  readonly search: Uint8Array;
  readonly ids: Uint8Array;
  /** Offset of each row's record in the uncompressed pages laid end to end, and the end of the last. */
  readonly offsets: Uint8Array;
  /** First row of each page. */
  readonly pageRows: Uint8Array;
  readonly pages: readonly Uint8Array[];
  readonly tokens: readonly Uint8Array[];
  readonly operations: readonly { readonly service: string; readonly name: string; readonly kind: number }[];
  /** Attribute keys with the number of records that have each, as JSON. */
  readonly keys: string;
}

/** Which rows of a head stay, by its trace; decided when it is sealed. Absent: all. */
export type KeepTrace = (rows: readonly number[], head: HeadBlock) => boolean;

/**
 * Turns a head into a block: rows in the order of their traces (log records by time), each span once, records compressed
 * by page, attributes indexed. Undefined when nothing stays.
 */
export async function seal(head: HeadBlock, keep?: KeepTrace): Promise<SealedBlock | undefined> {
  const order = head.kind === 'span' ? spanOrder(head, keep) : logOrder(head);
  const count = order.length;
  if (count === 0) return undefined;
  const source = head.rows();
  const rows = new Rows(count);
  const ids = Buffer.alloc(count * ID_BYTES);
  const offsets = new Uint32Array(count + 1);
  const keys = new KeyCounts();
  head.addEnvelopes(keys);
  const pageRows: number[] = [];
  const pages: Buffer[] = [];
  const postings: number[] = [];
  let chunks: Buffer[] = [];
  let chunkBytes = 0;
  let offset = 0;
  let maxDuration = 0;
  let minStart = Infinity;
  let maxStart = -Infinity;
  const flush = (): void => {
    if (chunks.length > 0) pages.push(Buffer.concat(chunks));
    chunks = [];
    chunkBytes = 0;
  };
  order.forEach((from, to) => {
    rows.copy(to, source, from);
    head.ids().copy(ids, to * ID_BYTES, from * ID_BYTES, (from + 1) * ID_BYTES);
    const record = head.record(from);
    if (chunkBytes === 0) pageRows.push(to);
    offsets[to] = offset;
    chunks.push(record.buffer.subarray(record.start, record.end));
    const size = record.end - record.start;
    offset += size;
    chunkBytes += Math.max(1, size);
    if (chunkBytes >= PAGE_BYTES) flush();
    head.tokens(from, (token) => void postings.push(token * 65_536 + to), keys);
    const start = rows.start[to] ?? 0;
    minStart = Math.min(minStart, start);
    maxStart = Math.max(maxStart, start);
    maxDuration = Math.max(maxDuration, rows.duration[to] ?? 0);
  });
  flush();
  offsets[count] = offset;
  return {
    bounds: { kind: head.kind, count, minStart, maxStart, maxDuration },
    bloom: traceFilter(rows).bytes,
    operationHashes: operationHashesOf(head, rows),
    dictionary: dictionaryOf(head),
    search: rows.bytes,
    ids,
    offsets: new Uint8Array(offsets.buffer),
    pageRows: new Uint8Array(Uint32Array.from(pageRows).buffer),
    pages: await compressed(pages),
    tokens: tokenParts(postings),
    operations: operationsOf(head, rows),
    keys: JSON.stringify([...keys.list()]),
  };
}

/** One page after the other: all at once they would take every core from those who serve. */
async function compressed(pages: readonly Buffer[]): Promise<Uint8Array[]> {
  const result: Uint8Array[] = [];
  for (const page of pages) result.push(await deflate(page, { level: 1 }));
  return result;
}

/** Row numbers by trace, then arrival; of a span that came twice the last counts. */
function spanOrder(head: HeadBlock, keep: KeepTrace | undefined): number[] {
  const { traceHash, flags } = head.rows();
  const keys = new Float64Array(head.count);
  for (let row = 0; row < head.count; row++) keys[row] = (traceHash[row] ?? 0) * 65_536 + row;
  keys.sort();
  const ids = head.ids();
  const order: number[] = [];
  let run: number[] = [];
  let runHash = -1;
  const close = (): void => {
    const unique = run.length > 1 ? withoutRepeats(run, ids, flags) : run;
    if (unique.length > 0 && (keep === undefined || keep(unique, head))) order.push(...unique);
    run = [];
  };
  for (const key of keys) {
    const hash = Math.floor(key / 65_536);
    if (hash !== runHash) {
      close();
      runHash = hash;
    }
    run.push(key % 65_536);
  }
  close();
  return order;
}

/** Rows of one trace (or of traces that share a hash), of those with one key the last. */
function withoutRepeats(run: readonly number[], ids: Buffer, flags: Uint8Array): number[] {
  const last = new Map<string, number>();
  for (const row of run)
    last.set(ids.toString('latin1', row * ID_BYTES, row * ID_BYTES + 16) + spanKey(ids, row, flags[row] ?? 0), row);
  return last.size === run.length ? [...run] : [...last.values()].sort((a, b) => a - b);
}

/** Log records by time; identical ones that came with different requests are one record sent twice. */
function logOrder(head: HeadBlock): number[] {
  const { start } = head.rows();
  const order = Array.from({ length: head.count }, (_, row) => row).sort(
    (a, b) => (start[a] ?? 0) - (start[b] ?? 0) || a - b,
  );
  const kept: number[] = [];
  let at = 0;
  while (at < order.length) {
    let end = at + 1;
    while (end < order.length && start[order[end] ?? 0] === start[order[at] ?? 0]) end++;
    kept.push(...(end - at === 1 ? order.slice(at, end) : withoutResent(head, order.slice(at, end))));
    at = end;
  }
  return kept;
}

/** Of records of one instant: each as often as the request that has it most often. */
function withoutResent(head: HeadBlock, rows: readonly number[]): number[] {
  const perBatch = new Map<string, number>();
  const kept = new Map<string, number>();
  return rows.filter((row) => {
    const { buffer, start, end } = head.record(row);
    const content = `${head.rows().scope[row]}:${buffer.toString('latin1', start, end)}`;
    const key = `${head.batchOf[row]}:${content}`;
    const nth = (perBatch.get(key) ?? 0) + 1;
    perBatch.set(key, nth);
    if (nth <= (kept.get(content) ?? 0)) return false;
    kept.set(content, nth);
    return true;
  });
}

function traceFilter(rows: Rows): BloomFilter {
  const different = new Set(rows.traceHash);
  const filter = BloomFilter.for(different.size);
  for (const hash of different) filter.add(hash);
  return filter;
}

function operationHashesOf(head: HeadBlock, rows: Rows): Uint8Array {
  const hashes = new Set<number>();
  for (const op of new Set(rows.op)) {
    const operation = head.operations[op];
    if (operation === undefined) continue;
    hashes.add(operationHash(operation.service, operation.name));
    hashes.add(hashStep(hashText(operation.service)));
  }
  return new Uint8Array(Uint32Array.from(hashes).sort().buffer);
}

function operationsOf(head: HeadBlock, rows: Rows): { service: string; name: string; kind: number }[] {
  const seen = new Map<number, { service: string; name: string; kind: number }>();
  for (let row = 0; row < rows.capacity; row++) {
    const op = rows.op[row] ?? 0;
    const kind = ((rows.flags[row] ?? 0) >> FLAG.kindShift) & FLAG.kindMask;
    const operation = head.operations[op];
    if (operation !== undefined && !seen.has(op * 8 + kind)) seen.set(op * 8 + kind, { ...operation, kind });
  }
  return [...seen.values()];
}

/** The dictionary as JSON: operations, and scopes with base64 bodies. */
function dictionaryOf(head: HeadBlock): string {
  return JSON.stringify({
    operations: head.operations.map(({ service, name }) => [service, name]),
    scopes: head.scopes.entries.map(({ resource, resourceUrl, scope, scopeUrl }) => [
      Buffer.from(resource).toString('base64'),
      resourceUrl,
      Buffer.from(scope).toString('base64'),
      scopeUrl,
    ]),
  });
}

/** Postings as parts: each is the tokens, ascending, followed by their rows. */
function tokenParts(postings: readonly number[]): Uint8Array[] {
  const sorted = Float64Array.from(postings).sort();
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let part = 0; part < TOKEN_PARTS; part++) {
    const limit = ((part + 1) * 4_294_967_296 * 65_536) / TOKEN_PARTS;
    const begin = at;
    while (at < sorted.length && (sorted[at] ?? 0) < limit) at++;
    const count = at - begin;
    const buffer = new ArrayBuffer(count * 6);
    const tokens = new Uint32Array(buffer, 0, count);
    const rows = new Uint16Array(buffer, count * 4, count);
    for (let i = 0; i < count; i++) {
      const posting = sorted[begin + i] ?? 0;
      tokens[i] = Math.floor(posting / 65_536);
      rows[i] = posting % 65_536;
    }
    parts.push(new Uint8Array(buffer));
  }
  return parts;
}
