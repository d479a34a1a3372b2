import { randomBytes } from 'node:crypto';

/** A source of randomness: uniform in [0, 1). */
export type Random = () => number;

/** The machine's randomness, for jitter and sampling; not for secrets. */
export const systemRandom: Random = () => Math.random();

/** A reproducible source (mulberry32); equal seeds give equal sequences on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `bytes` random bytes as lowercase hex: 16 for a trace id, 8 for a span id. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** A random UUID of version 4. */
export function randomUuid(): string {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
