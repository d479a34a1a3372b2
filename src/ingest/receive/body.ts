import type { IncomingMessage } from 'node:http';
import * as zlib from 'node:zlib';
import { messageOf } from '../../base/errors';
import { IngestRefusedError } from '../errors';

type Callback = (error: Error | null, result: Buffer) => void;
type Decompress = (bytes: Buffer, options: { maxOutputLength: number }, callback: Callback) => void;

/** zstd is in newer Nodes only. */
const zstd: unknown = Reflect.get(zlib, 'zstdDecompress');

const DECOMPRESSORS: Readonly<Record<string, Decompress | undefined>> = {
  gzip: (bytes, options, callback) => zlib.gunzip(bytes, options, callback),
  'x-gzip': (bytes, options, callback) => zlib.gunzip(bytes, options, callback),
  deflate: (bytes, options, callback) => {
    // Some clients send the bare stream, without zlib's header.
    const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0;
    (isZlib ? zlib.inflate : zlib.inflateRaw)(bytes, options, callback);
  },
  zstd: isDecompress(zstd) ? zstd : undefined,
};

/** Names of the encodings that are understood, as a client may be told. */
export const CONTENT_ENCODINGS: readonly string[] = Object.keys(DECOMPRESSORS).filter(
  (name) => name !== 'x-gzip' && DECOMPRESSORS[name] !== undefined,
);

/**
 * Decompresses a request's body, off the main thread, up to a limit.
 * @throws IngestRefusedError 415 for an encoding that is not known, 413 beyond the limit, 400 when it is broken.
 */
export function decompress(bytes: Buffer, encoding: string, limit: number): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return Promise.resolve(bytes);
  const run = DECOMPRESSORS[name];
  if (!run) {
    const message = `content encoding "${name.slice(0, 40)}" is not understood; use ${CONTENT_ENCODINGS.join(', ')} or none`;
    return Promise.reject(new IngestRefusedError(415, message));
  }
  return new Promise((resolve, reject) => {
    run(bytes, { maxOutputLength: limit }, (error, result) => {
      if (error === null) resolve(result);
      else if (isTooLarge(error))
        reject(new IngestRefusedError(413, `the body is larger than ${limit} bytes decompressed`));
      else reject(new IngestRefusedError(400, `the body is not valid ${name}: ${messageOf(error)}`));
    });
  });
}

/** Bodies whose announced length is beyond this get their memory at once. */
const LARGE_BYTES = 262_144;

/**
 * Reads a request's body.
 * @param onBytes is told of each piece as it arrives; what it throws ends the reading.
 * @throws IngestRefusedError 413 as soon as the limit is passed: the rest is not kept.
 */
export function readBody(request: IncomingMessage, limit: number, onBytes: (count: number) => void): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    // A large body is laid end to end as it arrives: doing so at the end would hold up everything else.
    const whole = announced > LARGE_BYTES ? Buffer.allocUnsafeSlow(announced) : undefined;
    let size = 0;
    const done = (error?: Error): void => {
      request.off('data', onData).off('end', onEnd).off('error', onError).off('aborted', onAborted);
      if (error) reject(error);
      else if (whole !== undefined) resolve(whole.subarray(0, size));
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size));
    };
    const onData = (chunk: Buffer): void => {
      const before = size;
      size += chunk.length;
      if (size > limit || (whole !== undefined && size > whole.length)) {
        done(tooLarge(limit));
        return;
      }
      if (whole === undefined) chunks.push(chunk);
      else chunk.copy(whole, before);
      try {
        onBytes(chunk.length);
      } catch (error) {
        done(error instanceof Error ? error : new Error(messageOf(error)));
      }
    };
    const onEnd = (): void => done();
    const onError = (error: Error): void =>
      done(new IngestRefusedError(400, `the body did not arrive: ${error.message}`));
    const onAborted = (): void => done(new IngestRefusedError(400, 'the client went away'));
    request.on('data', onData).on('end', onEnd).on('error', onError).on('aborted', onAborted);
  });
}

function tooLarge(limit: number): IngestRefusedError {
  return new IngestRefusedError(413, `the body is larger than ${limit} bytes; send smaller batches`);
}

function isTooLarge(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function isDecompress(value: unknown): value is Decompress {
  return typeof value === 'function';
}
