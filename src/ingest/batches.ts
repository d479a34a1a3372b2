/** The items in lists of at most `size`. */
export function* batchesOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

/** The rows in lists of at most `most`, of about `maxBytes` together; a larger row is a list of its own. */
export function* batchesOfRows(
  rows: readonly number[],
  bytesOf: (row: number) => number,
  { most, maxBytes }: { readonly most: number; readonly maxBytes: number },
): Generator<readonly number[]> {
  let batch: number[] = [];
  let size = 0;
  for (const row of rows) {
    const bytes = bytesOf(row);
    if (batch.length > 0 && (batch.length === most || size + bytes > maxBytes)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(row);
    size += bytes;
  }
  if (batch.length > 0) yield batch;
}

/** The parts one behind the other, in memory of their own: it can move to another thread. */
export function endToEnd(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
