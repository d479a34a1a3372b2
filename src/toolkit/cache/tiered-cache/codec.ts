import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { gunzip, gzip } from 'node:zlib';
import { ResourceFailedError } from '../../errors';
import type { CacheEntry } from './memory-tier';

/** Turns values into bytes and back. */
export interface Codec<V> {
  encode(value: V): Uint8Array;
  /** @throws when the bytes are no such value */
  decode(bytes: Uint8Array): V;
}

/** Node's structured clone: keeps undefined, Map, Set, Date, BigInt, typed arrays and cycles. Values must be trusted. */
export function structuredCodec<V>(): Codec<V> {
  return { encode: (value) => serialize(value), decode: (bytes) => deserialize(bytes) };
}

const FORMAT = 1;
const PLAIN = 0;
const GZIPPED = 1;
const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** The bytes of an entry for other tiers; compressed above a size, off the event loop, when that makes them smaller. */
export async function packEntry<V>(entry: CacheEntry<V>, codec: Codec<V>, compressAbove: number): Promise<Uint8Array> {
  const { storedAt, freshUntil, staleUntil, tags } = entry;
  const head = Buffer.from(JSON.stringify({ storedAt, freshUntil, staleUntil, tags }));
  const value = codec.encode(entry.value);
  const zipped = value.length > compressAbove ? await compress(value, { level: 1 }) : undefined;
  const smaller = zipped !== undefined && zipped.length < value.length ? zipped : undefined;
  const prefix = Buffer.alloc(6);
  prefix.writeUInt8(FORMAT, 0);
  prefix.writeUInt8(smaller === undefined ? PLAIN : GZIPPED, 1);
  prefix.writeUInt32LE(head.length, 2);
  return Buffer.concat([prefix, head, smaller ?? value]);
}

/** @throws ResourceFailedError when the bytes are of another format */
export async function unpackEntry<V>(bytes: Uint8Array, codec: Codec<V>): Promise<CacheEntry<V>> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 6 || buffer.readUInt8(0) !== FORMAT)
    throw new ResourceFailedError('a cached entry is of another format');
  const end = 6 + buffer.readUInt32LE(2);
  const head: unknown = JSON.parse(buffer.toString('utf8', 6, end));
  if (!isHead(head)) throw new ResourceFailedError('a cached entry has a broken head');
  const body = buffer.subarray(end);
  const value = codec.decode(buffer.readUInt8(1) === GZIPPED ? await decompress(body) : body);
  return { ...head, value };
}

function isHead(value: unknown): value is Omit<CacheEntry<never>, 'value'> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'storedAt' in value &&
    typeof value.storedAt === 'number' &&
    'freshUntil' in value &&
    typeof value.freshUntil === 'number' &&
    'staleUntil' in value &&
    typeof value.staleUntil === 'number' &&
    'tags' in value &&
    Array.isArray(value.tags)
  );
}
