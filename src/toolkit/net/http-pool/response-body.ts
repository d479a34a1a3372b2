import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Readable, Transform } from 'node:stream';

/** What the pool asks servers for. */
export const ACCEPT_ENCODING = 'gzip, br, deflate';

/** The body without its compression; a coding that is not known is left as it is. */
export function decodedBody(body: Readable, coding: string | undefined): Readable {
  const decoder = decoderOf(coding?.trim().toLowerCase());
  if (decoder === undefined) return body;
  // Faults of either side come out of the decoder.
  pipeline(body, decoder, () => undefined);
  return decoder;
}

/** Whether `decodedBody` would decode. */
export function isEncoded(coding: string | undefined): boolean {
  return coding !== undefined && CODINGS.has(coding.trim().toLowerCase());
}

const CODINGS = new Set(['gzip', 'x-gzip', 'br', 'deflate']);

function decoderOf(coding: string | undefined): Transform | undefined {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return createInflate();
    default:
      return undefined;
  }
}

/** All of a body. */
export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
