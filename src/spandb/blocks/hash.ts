const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a, 32 bits, over a range, continuing from `seed`. */
export function hashRange(bytes: Uint8Array, start: number, end: number, seed = OFFSET): number {
  let hash = seed;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), PRIME);
  return hash >>> 0;
}

/** FNV-1a, 32 bits, over the UTF-8 form of a text, continuing from `seed`. */
export function hashText(text: string, seed = OFFSET): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) {
      const bytes = Buffer.from(text, 'utf8');
      return hashRange(bytes, 0, bytes.length, seed);
    }
    hash = Math.imul(hash ^ unit, PRIME);
  }
  return hash >>> 0;
}

/** Ends one part of a hash of several, so that ("ab", "c") and ("a", "bc") differ. */
export function hashStep(hash: number): number {
  return Math.imul(hash ^ 0xff, PRIME) >>> 0;
}

/** The hash of an operation; with an empty name, of the service alone. */
export function operationHash(service: string, name: string): number {
  return hashText(name, hashStep(hashText(service)));
}

/** The hash of an attribute with a value in text form. */
export function attributeHash(key: string, text: string): number {
  return hashText(text, hashStep(hashText(key)));
}
