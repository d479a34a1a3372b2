import { escapeHtml, escapeJs, escapeQuery } from './html';
import { sprintf } from './printf';
import type { FunctionMap } from './function';
import { StringMap, entriesOf, isTrue, toText, typeName } from './values';
import type { Value } from './values';

/** Go's predeclared template functions; `and` and `or` are in the executor, for they need not evaluate all arguments. */
export const builtins: FunctionMap = {
  not: (value) => !isTrue(value),
  len: (value) => BigInt(lengthOf(value)),
  index: (value, ...keys) => keys.reduce(indexOf, value),
  slice: (value, ...bounds) => sliceOf(value, bounds),
  print: (...args) => print(args),
  println: (...args) => `${args.map((arg) => toText(arg)).join(' ')}\n`,
  printf: (format, ...args) => {
    if (typeof format !== 'string') throw new Error(`wrong type for value; expected string; got ${typeName(format)}`);
    return sprintf(format, args);
  },
  html: (...args) => escapeHtml(print(args)),
  js: (...args) => escapeJs(print(args)),
  urlquery: (...args) => escapeQuery(print(args)),
  call: (target, ...args) => {
    if (typeof target !== 'function') throw new Error(`non-function of type ${typeName(target)}`);
    const result: unknown = Reflect.apply(target, undefined, args);
    return result;
  },
  eq: (first, ...others) => {
    if (others.length === 0) throw new Error('missing argument for comparison');
    return others.some((other) => equal(first, other));
  },
  ne: (a, b) => !equal(a, b),
  lt: (a, b) => less(a, b),
  le: (a, b) => less(a, b) || equal(a, b),
  gt: (a, b) => !less(a, b) && !equal(a, b),
  ge: (a, b) => !less(a, b),
};

function print(args: readonly Value[]): string {
  let text = '';
  args.forEach((arg, index) => {
    // Sprint puts spaces between operands when neither is a string.
    if (index > 0 && typeof arg !== 'string' && typeof args[index - 1] !== 'string') text += ' ';
    text += toText(arg);
  });
  return text;
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof StringMap || value instanceof Map) return value.size;
  if (value === undefined || value === null) throw new Error('len of nil pointer');
  const entries = entriesOf(value);
  if (entries === undefined) throw new Error(`len of type ${typeName(value)}`);
  return entries.length;
}

function indexOf(value: Value, key: Value): Value {
  if (value instanceof StringMap) return value.get(toText(key));
  if (value instanceof Map) return value.get(key);
  if (Array.isArray(value) || typeof value === 'string') {
    const at = integerOf(key, 'index');
    if (at < 0 || at >= lengthOf(value)) throw new Error(`index out of range: ${at}`);
    return typeof value === 'string' ? BigInt(Buffer.from(value)[at] ?? 0) : value[at];
  }
  if (value === undefined || value === null) throw new Error('index of untyped nil');
  if (typeof value === 'object' && typeof key === 'string') {
    return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  }
  throw new Error(`can't index item of type ${typeName(value)}`);
}

function sliceOf(value: Value, bounds: readonly Value[]): Value {
  if (typeof value !== 'string' && !Array.isArray(value))
    throw new Error(`can't slice item of type ${typeName(value)}`);
  const length = lengthOf(value);
  const from = bounds[0] === undefined ? 0 : integerOf(bounds[0], 'slice');
  const to = bounds[1] === undefined ? length : integerOf(bounds[1], 'slice');
  if (from < 0 || to > length || from > to) throw new Error(`slice bounds out of range: ${from}:${to}`);
  return typeof value === 'string' ? Buffer.from(value).subarray(from, to).toString() : value.slice(from, to);
}

function integerOf(value: Value, what: string): number {
  if (typeof value === 'bigint') return Number(value);
  throw new Error(`cannot ${what} slice/array with type ${typeName(value)}`);
}

function equal(a: Value, b: Value): boolean {
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? null) === (b ?? null);
  if (typeof a !== typeof b) throw incompatible(a, b);
  if (typeof a === 'object') return a === b || toText(a) === toText(b);
  return a === b;
}

function less(a: Value, b: Value): boolean {
  if (!isOrdered(a) || !isOrdered(b)) throw new Error('invalid type for comparison');
  if (typeof a !== typeof b) throw incompatible(a, b);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return typeof a === 'bigint' && typeof b === 'bigint' && a < b;
}

function isOrdered(value: Value): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}

function incompatible(a: Value, b: Value): Error {
  return new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
}
