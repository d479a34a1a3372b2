const bits = new BigUint64Array(1);
const floats = new Float64Array(bits.buffer);

/** Prometheus' staleness marker: the signalling NaN 0x7ff0000000000002. JavaScript may not keep NaN payloads in plain numbers. */
export const STALE_BITS = 0x7ff0000000000002n;

/**
 * The marker as the number we store. Engines may canonicalise NaN when a number passes through arithmetic, never when it
 * is copied between a Float64Array and itself; stores keep markers apart (a bit per sample) rather than trust the payload.
 */
export const STALE_NAN: number = (() => {
  bits[0] = STALE_BITS;
  return floats[0] ?? NaN;
})();

/** Whether these 64 bits are the staleness marker. */
export function isStaleBits(value: bigint): boolean {
  return value === STALE_BITS;
}
