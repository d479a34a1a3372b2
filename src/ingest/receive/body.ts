import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../base/errors';
import { IngestRefusedError } from '../errors';

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
