import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { CorruptStoreError } from '../../storage';
import { BloomFilter } from './bloom';
import { hashStep, hashText, operationHash } from './hash';
import type { PartCache } from './part-cache';
import { alignedBuffer, Rows } from './rows';
import { tokensOfEntry } from './scopes';
import { TOKEN_PARTS } from './seal';
import type { Dictionary, RecordRange, ScopeEntry, Segment, SegmentBounds } from './segment';

/** The kinds of parts a block is stored in. */
export const PART = { dictionary: 1, search: 2, ids: 3, offsets: 4, pageRows: 5, tokens: 6, page: 7, keys: 8 } as const;

/** Reads a part of a block from its file; undefined when there is none. */
export type ReadPart = (block: number, part: number, no: number) => Uint8Array | undefined;

/** What is kept in memory of a block on disk. */
export interface StoredBlockHead {
  readonly id: number;
  readonly bounds: SegmentBounds;
  readonly bloom: Uint8Array;
  readonly operationHashes: Uint8Array;
}

const dictionarySchema = z.object({
  operations: z.array(z.tuple([z.string(), z.string()])),
  scopes: z.array(z.tuple([z.string(), z.string(), z.string(), z.string()])),
});

const keysSchema = z.array(z.tuple([z.string(), z.number()]));

/** A block on disk; its parts are read when asked for and kept in a cache shared by all blocks. */
export class StoredBlock implements Segment {
  readonly bounds: SegmentBounds;
  private readonly bloom: BloomFilter;
  private readonly operationHashes: Uint32Array;

  constructor(
    readonly head: StoredBlockHead,
    /** Tells the blocks of different files apart in the cache. */
    private readonly file: string,
    private readonly readPart: ReadPart,
    private readonly cache: PartCache,
  ) {
    this.bounds = head.bounds;
    this.bloom = BloomFilter.from(head.bloom);
    this.operationHashes = new Uint32Array(alignedBuffer(head.operationHashes));
  }

  mayHaveOperation(service: string, name: string): boolean {
    const wanted = name === '' ? hashStep(hashText(service)) : operationHash(service, name);
    return lowerBound(this.operationHashes, wanted, this.operationHashes.length) >= 0;
  }

  mayHaveTrace(traceHash: number): boolean {
    return this.bloom.mayHave(traceHash);
  }

  rows(): Rows {
    return this.cached(PART.search, 0, (blob) => new Rows(this.bounds.count, alignedBuffer(blob)));
  }

  dictionary(): Dictionary {
    return this.cached(PART.dictionary, 0, (blob) => toDictionary(Buffer.from(blob).toString('utf8')));
  }

  ids(): Buffer {
    return this.cached(PART.ids, 0, (blob) => Buffer.from(alignedBuffer(blob)));
  }

  record(row: number): RecordRange {
    return this.recordReader()(row);
  }

  recordReader(): (row: number) => RecordRange {
    const offsets = this.cached(PART.offsets, 0, (blob) => new Uint32Array(alignedBuffer(blob)));
    const pageRows = this.cached(PART.pageRows, 0, (blob) => new Uint32Array(alignedBuffer(blob)));
    let open: { readonly first: number; readonly next: number; readonly buffer: Buffer } | undefined;
    return (row) => {
      if (open === undefined || row < open.first || row >= open.next) {
        const page = pageOf(pageRows, row);
        const buffer = this.cached(PART.page, page, (blob) => inflateRawSync(blob));
        open = { first: pageRows[page] ?? 0, next: pageRows[page + 1] ?? Infinity, buffer };
      }
      const base = offsets[open.first] ?? 0;
      return { buffer: open.buffer, start: (offsets[row] ?? 0) - base, end: (offsets[row + 1] ?? 0) - base };
    };
  }

  /** Requests were told apart when the block was made. */
  sourceOf(): number {
    return 0;
  }

  rowsWithToken(token: number): Uint16Array {
    const part = Math.floor(token / (4_294_967_296 / TOKEN_PARTS));
    const { tokens, rows } = this.cached(PART.tokens, part, (blob) => {
      const buffer = alignedBuffer(blob);
      const count = buffer.byteLength / 6;
      return { tokens: new Uint32Array(buffer, 0, count), rows: new Uint16Array(buffer, count * 4, count) };
    });
    const first = lowerBound(tokens, token, tokens.length);
    if (first < 0) return new Uint16Array(0);
    let end = first;
    while (end < tokens.length && tokens[end] === token) end++;
    return Uint16Array.from(new Set(rows.subarray(first, end)));
  }

  attributeKeys(): Iterable<string> | undefined {
    if (this.readPart(this.head.id, PART.keys, 0) === undefined) return undefined;
    return this.cached(PART.keys, 0, (blob) =>
      keysSchema.parse(JSON.parse(Buffer.from(blob).toString('utf8'))).map(([key]) => key),
    );
  }

  private cached<T extends object>(part: number, no: number, decode: (blob: Uint8Array) => T): T {
    return this.cache.get(`${this.file}/${this.head.id}/${part}/${no}`, () => {
      const blob = this.readPart(this.head.id, part, no);
      if (blob === undefined) {
        throw new CorruptStoreError(`block ${this.head.id} of ${this.file} lacks part ${part}/${no}`);
      }
      return { value: decode(blob), bytes: part === PART.page ? blob.length * 5 : blob.length };
    });
  }
}

/** The page that holds a row, by the first row of each. */
function pageOf(pageRows: Uint32Array, row: number): number {
  let page = 0;
  for (let low = 0, high = pageRows.length - 1; low <= high;) {
    const middle = (low + high) >>> 1;
    if ((pageRows[middle] ?? 0) <= row) {
      page = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  return page;
}

/** The first index of a value in ascending numbers; -1 when it is not there. */
function lowerBound(sorted: Uint32Array, value: number, length: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low < length && sorted[low] === value ? low : -1;
}

function toDictionary(json: string): Dictionary {
  const { operations, scopes } = dictionarySchema.parse(JSON.parse(json));
  const entries = scopes.map(([resource, resourceUrl, scope, scopeUrl]): ScopeEntry => ({
    resource: Buffer.from(resource, 'base64'),
    resourceUrl,
    scope: Buffer.from(scope, 'base64'),
    scopeUrl,
  }));
  return {
    operations: operations.map(([service, name]) => ({ service, name })),
    scopes: entries,
    scopeTokens: entries.map(({ resource, scope }) => tokensOfEntry(Buffer.from(resource), Buffer.from(scope))),
  };
}
