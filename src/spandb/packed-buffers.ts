/** The buffers in a worker's answer that move to the caller: those of bytes, and of packed lists. */
export function packedBuffers(result: unknown): ArrayBuffer[] {
  const bytes = typeof result === 'object' && result !== null && 'bytes' in result ? result.bytes : result;
  return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
}
