import { formatFloat } from './float-format';

/**
 * How Go's kinds appear here: string, bool and nil as themselves, float64 as number, every integer as bigint, slices as
 * arrays, map[string]string as StringMap, other maps as Map, structs as plain objects (own properties are the fields,
 * functions among them the methods) or as instances of classes whose public names start with a capital.
 */
export type Value = unknown;

/** A map[string]string: a missing key is the empty string. Methods take precedence over keys of the same name. */
export class StringMap {
  private readonly entries: ReadonlyMap<string, string>;

  constructor(
    record: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
    readonly methods: Readonly<Record<string, (...args: readonly Value[]) => Value>> = {},
  ) {
    this.entries = record instanceof Map ? record : new Map(Object.entries(record));
  }

  get(key: string): string {
    return this.entries.get(key) ?? '';
  }

  get size(): number {
    return this.entries.size;
  }

  /** Sorted, as Go ranges over maps in templates. */
  get keys(): string[] {
    return [...this.entries.keys()].sort();
  }
}

/** Text that is HTML already: not escaped again. */
export class SafeHtml {
  constructor(readonly html: string) {}

  /** As `{{ }}` prints it. */
  goString(): string {
    return this.html;
  }
}

/** Something with a text form of its own, Go's fmt.Stringer. */
export interface Stringer {
  goString(): string;
  /** The name of its type, for messages; that of the class by default. */
  readonly goType?: string;
}

/** Whether the value prints by its own method. */
export function isStringer(value: Value): value is Stringer {
  return typeof value === 'object' && value !== null && 'goString' in value && typeof value.goString === 'function';
}

/** Go's notion of truth: false, 0, nil and everything empty are false. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0 || value === 0n) {
    return false;
  }
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof StringMap || value instanceof Map) return value.size > 0;
  return true;
}

/** The name of Go's type that the value stands for, for messages. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'function':
      return 'func()';
  }
  if (value === undefined || value === null) return '<nil>';
  if (value instanceof StringMap) return 'map[string]string';
  if (value instanceof Map) return 'map[string]interface {}';
  if (Array.isArray(value)) return '[]interface {}';
  if (isStringer(value) && value.goType !== undefined) return value.goType;
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== 'Object' ? name : 'struct';
}

/** The value in Go's `%v` form; `nil` is what an absent value prints. */
export function toText(value: Value, nil = '<nil>'): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return formatFloat(value, 'g');
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'function':
      return 'func()';
  }
  if (value === undefined || value === null) return nil;
  if (isStringer(value)) return value.goString();
  if (Array.isArray(value)) return `[${value.map((item) => toText(item)).join(' ')}]`;
  const pairs = entriesOf(value);
  if (pairs === undefined) return String(value);
  if (value instanceof StringMap || value instanceof Map) {
    return `map[${pairs.map(([key, item]) => `${toText(key)}:${toText(item)}`).join(' ')}]`;
  }
  return `{${pairs
    .filter(([, item]) => typeof item !== 'function')
    .map(([, item]) => toText(item))
    .join(' ')}}`;
}

/** Keys and values of a map (sorted by key) or a struct (in order of declaration); undefined for other values. */
export function entriesOf(value: Value): [key: Value, value: Value][] | undefined {
  if (value instanceof StringMap) return value.keys.map((key) => [key, value.get(key)]);
  if (value instanceof Map) {
    return [...value.entries()].sort(([a], [b]) => (toText(a) < toText(b) ? -1 : toText(a) > toText(b) ? 1 : 0));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  return undefined;
}
