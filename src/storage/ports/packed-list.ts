/**
 * A list as JSON text in UTF-8, as the store's own thread wrote it: threads that only hand it on need not read it, and its
 * bytes move from thread to thread without being copied.
 */
export interface PackedList {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many items. */
  readonly count: number;
}

/** Packs a list. */
export function packList(items: readonly unknown[]): PackedList {
  return packTexts(items.map((item) => JSON.stringify(item)));
}

/** Packs items that are JSON text already. */
export function packTexts(items: readonly string[]): PackedList {
  return { bytes: new TextEncoder().encode(`[${items.join(',')}]`), count: items.length };
}

/** The items again. The caller knows what was packed. */
export function unpackList(bytes: Uint8Array): unknown[] {
  const items: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return Array.isArray(items) ? items : [];
}
