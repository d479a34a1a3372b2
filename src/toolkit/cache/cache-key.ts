import { createHash } from 'node:crypto';
import { ToolkitOptionsError } from '../errors';

/** What a cache key is made of. */
export interface CacheKeyOptions {
  /** Whose key it is; the start of the text, so that patterns can name it. */
  readonly namespace: string;
  /** Changes when the meaning or the form of the values does. Default 1. */
  readonly version?: number;
}

/** Bits of SHA-256 that a key keeps: a billion keys collide with a chance of 2^-133. */
const BITS = 192;

/**
 * A key for any parts: `namespace:v1:hash`. Equal values give equal keys whatever the order of properties, of Map and
 * Set; values of different types never do (1 and "1", undefined and null, a Date and its text, [] and {}).
 * An instance of a class counts as an object of its fields.
 * @throws ToolkitOptionsError for cycles, functions, symbols and what hides its state, and a namespace with other than letters, digits, . _ -
 */
export function cacheKey({ namespace, version = 1 }: CacheKeyOptions, ...parts: readonly unknown[]): string {
  if (!/^[\w.-]+$/.test(namespace)) throw new ToolkitOptionsError(`"${namespace}" is no namespace of a cache key`);
  const digest = createHash('sha256').update(canonicalText(parts)).digest();
  return `${namespace}:v${version}:${digest.subarray(0, BITS / 8).toString('base64url')}`;
}

/** The canonical text of a value: equal texts for equal values, and only for them. @throws ToolkitOptionsError */
export function canonicalText(value: unknown): string {
  return write(value, []);
}

function write(value: unknown, above: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      return `s${JSON.stringify(value)}`;
    case 'number':
      return Object.is(value, -0) ? 'n0' : `n${String(value)}`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return `i${value}`;
    case 'undefined':
      return 'u';
    case 'object':
      return value === null ? 'z' : writeObject(value, above);
    default:
      throw new ToolkitOptionsError(`a ${typeof value} cannot be part of a cache key`);
  }
}

function writeObject(value: object, above: readonly object[]): string {
  if (above.includes(value))
    throw new ToolkitOptionsError('a value that contains itself cannot be part of a cache key');
  const inside = [...above, value];
  const list = (items: Iterable<unknown>): string[] => Array.from(items, (item) => write(item, inside));
  if (Array.isArray(value)) return `[${list(value).join(',')}]`;
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof RegExp) return `r${JSON.stringify(String(value))}`;
  if (value instanceof URL) return `l${JSON.stringify(value.href)}`;
  if (value instanceof Map) {
    const pairs = Array.from(value, ([key, item]) => `${write(key, inside)}>${write(item, inside)}`);
    return `m{${pairs.sort().join(',')}}`;
  }
  if (value instanceof Set) return `e{${list(value).sort().join(',')}}`;
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return `b${value.constructor.name}${JSON.stringify(bytes.toString('base64'))}`;
  }
  if (value instanceof ArrayBuffer) return `a${JSON.stringify(Buffer.from(value).toString('base64'))}`;
  const fields = (): string =>
    Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${write(item, inside)}`)
      .sort()
      .join(',');
  if (value instanceof Error) {
    return `x{${JSON.stringify(value.name)},${JSON.stringify(value.message)},${write(value.cause, inside)},${fields()}}`;
  }
  refuseHidden(value);
  return `{${fields()}}`;
}

/** What does not show all that it is made of would have the key of another: Headers, boxed numbers, objects with private fields. */
function refuseHidden(value: object): void {
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
  if (kind !== 'Object' || (!isPlain && Object.keys(value).length === 0)) {
    throw new ToolkitOptionsError(`a ${value.constructor.name} hides its state and cannot be part of a cache key`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw new ToolkitOptionsError('an object with symbols for names cannot be part of a cache key');
  }
}
