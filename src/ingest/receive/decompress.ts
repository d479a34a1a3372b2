import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { messageOf } from '../../base/errors';
import { nextTurn } from '../../base/turn';
import { IngestRefusedError } from '../errors';

/** Makes a decompressor for a body. */
type Decompressor = (bytes: Buffer, options: { readonly chunkSize: number }) => Transform;

/** zstd is in newer Nodes only. */
const zstd: unknown = Reflect.get(zlib, 'createZstdDecompress');

const gunzip: Decompressor = (_bytes, options) => zlib.createGunzip(options);

const DECOMPRESSORS: Readonly<Record<string, Decompressor | undefined>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: (bytes, options) => {
    // Some clients send the bare stream, without zlib's header.
    const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0;
    return isZlib ? zlib.createInflate(options) : zlib.createInflateRaw(options);
  },
  zstd: isMaker(zstd) ? (_bytes, options) => zstd(options) : undefined,
};

/** Names of the encodings that are understood, as a client may be told. */
export const CONTENT_ENCODINGS: readonly string[] = Object.keys(DECOMPRESSORS).filter(
  (name) => name !== 'x-gzip' && DECOMPRESSORS[name] !== undefined,
);

/** Memory for what comes out at a time: little for the usual body, more for large ones, which then take fewer turns. */
const CHUNK_BYTES = { small: 16_384, large: 131_072, largeFrom: 65_536 } as const;
/** Bytes copied at a stretch: a millisecond or less. */
const COPY_BYTES = 1_048_576;

/**
 * Decompresses a request's body, off the main thread, up to a limit. The main thread is given what comes out in pieces
 * and lays them end to end with turns of the event loop between.
 * @throws IngestRefusedError 415 for an encoding that is not known, 413 beyond the limit, 400 when it is broken.
 */
export async function decompress(bytes: Buffer, encoding: string, limit: number): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return bytes;
  const create = DECOMPRESSORS[name];
  if (!create) {
    const message = `content encoding "${name.slice(0, 40)}" is not understood; use ${CONTENT_ENCODINGS.join(', ')} or none`;
    throw new IngestRefusedError(415, message);
  }
  const { small, large, largeFrom } = CHUNK_BYTES;
  const stream = create(bytes, { chunkSize: bytes.length < largeFrom ? small : large });
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        stream.destroy();
        reject(new IngestRefusedError(413, `the body is larger than ${limit} bytes decompressed`));
      } else chunks.push(chunk);
    });
    stream.on('end', resolve);
    stream.on('error', (error) =>
      reject(new IngestRefusedError(400, `the body is not valid ${name}: ${messageOf(error)}`)),
    );
    stream.end(bytes);
  });
  return endToEnd(chunks, size);
}

async function endToEnd(chunks: readonly Buffer[], size: number): Promise<Buffer> {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  // Memory of its own: what decodes it need not copy it, and may hand it on to another thread.
  const whole = Buffer.allocUnsafeSlow(size);
  let at = 0;
  let copied = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
    if (at - copied < COPY_BYTES) continue;
    copied = at;
    await nextTurn();
  }
  return whole;
}

function isMaker(value: unknown): value is (options: { readonly chunkSize: number }) => Transform {
  return typeof value === 'function';
}
