import type { Labels } from '../../domain/labels';

const MASK = (1n << 64n) - 1n;
const P1 = 11400714785074694791n;
const P2 = 14029467366897019727n;
const P3 = 1609587929392839161n;
const P4 = 9650029242287828579n;
const P5 = 2870177450012600261n;

const encoder = new TextEncoder();
const offsets = new WeakMap<Labels, number>();

/** Where a label set falls in [0, 1): Prometheus' choice for `limit_ratio`, from the xxHash of its packed labels. */
export function samplingOffset(labels: Labels): number {
  let offset = offsets.get(labels);
  if (offset === undefined) {
    offset = Number(xxhash64(pack(labels))) / 2 ** 64;
    offsets.set(labels, offset);
  }
  return offset;
}

/** Names and values, each after its length: one byte, or 255 and three. */
function pack(labels: Labels): Uint8Array {
  const parts: number[] = [];
  for (const text of labels.flat) {
    const bytes = encoder.encode(text);
    if (bytes.length < 255) parts.push(bytes.length);
    else parts.push(255, bytes.length & 255, (bytes.length >> 8) & 255, (bytes.length >> 16) & 255);
    for (const byte of bytes) parts.push(byte);
  }
  return Uint8Array.from(parts);
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function round(accumulator: bigint, input: bigint): bigint {
  return (rotate((accumulator + input * P2) & MASK, 31n) * P1) & MASK;
}

function merge(accumulator: bigint, value: bigint): bigint {
  return ((accumulator ^ round(0n, value)) * P1 + P4) & MASK;
}

/** xxHash64 with seed 0. */
export function xxhash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    let [v1, v2, v3, v4] = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
    for (; at + 32 <= bytes.length; at += 32) {
      v1 = round(v1, view.getBigUint64(at, true));
      v2 = round(v2, view.getBigUint64(at + 8, true));
      v3 = round(v3, view.getBigUint64(at + 16, true));
      v4 = round(v4, view.getBigUint64(at + 24, true));
    }
    hash = (rotate(v1, 1n) + rotate(v2, 7n) + rotate(v3, 12n) + rotate(v4, 18n)) & MASK;
    for (const v of [v1, v2, v3, v4]) hash = merge(hash, v);
  } else {
    hash = P5;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & MASK;
  }
  if (at + 4 <= bytes.length) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = (rotate(hash ^ ((BigInt(bytes[at] ?? 0) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}
