import type { AttributeValue, Attributes } from '../domain/attributes';
import { isDouble, markDouble } from '../domain/doubles';
import { MAX_NESTING, MAX_VALUES, textOf } from './wire/reader';
import type { WireReader } from './wire/reader';
import type { WireWriter } from './wire/writer';

/** Field numbers of AnyValue. */
const ANY = { string: 1, bool: 2, int: 3, double: 4, array: 5, kvlist: 6, bytes: 7 } as const;

/** Attributes being filled. A key such as `__proto__` is a key like any other. */
export class AttributeBuilder {
  private readonly values: Record<string, AttributeValue> = {};

  /** @param only keys that are wanted; the values of others are passed over. All without. */
  constructor(private readonly only?: ReadonlySet<string>) {}

  /** Whether the value of a key is wanted. */
  takes(key: string): boolean {
    return this.only === undefined || this.only.has(key);
  }

  set(key: string, value: AttributeValue): void {
    if (key === '__proto__') {
      Object.defineProperty(this.values, key, { value, enumerable: true, configurable: true, writable: true });
    } else this.values[key] = value;
  }

  get attributes(): Attributes {
    return this.values;
  }
}

/** Reads the KeyValue that follows into `into`. */
export function readKeyValue(reader: WireReader, into: AttributeBuilder, depth = 0): void {
  const outer = reader.enter();
  let key = '';
  let value: AttributeValue = null;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) key = reader.string();
    // A value that comes before its key is read to be sure.
    else if (tag === 0x12 && (key === '' || into.takes(key))) value = readAnyValue(reader, depth);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (!into.takes(key)) return;
  into.set(key, value);
  if (wasDouble && Number.isSafeInteger(value)) markDouble(into.attributes, key);
}

/** Reads the AnyValue that follows. */
export function readAnyValue(reader: WireReader, depth = 0): AttributeValue {
  if (depth > MAX_NESTING) reader.fail('attribute values nested too deeply');
  const outer = reader.enter();
  const value = readAnyBody(reader, depth);
  reader.leave(outer);
  return value;
}

/** Whether the number read last was a double: 1.0 and 1 are the same to JavaScript. */
let wasDouble = false;

function readAnyBody(reader: WireReader, depth: number): AttributeValue {
  let value: AttributeValue = null;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value = reader.string();
        break;
      case 0x10:
        value = reader.bool();
        break;
      case 0x18:
        value = reader.int64();
        wasDouble = false;
        break;
      case 0x21:
        value = reader.double();
        wasDouble = true;
        break;
      case 0x2a:
        value = readArray(reader, depth);
        break;
      case 0x32:
        value = readKeyValueList(reader, depth);
        break;
      case 0x3a:
        value = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  return value;
}

/** Passes over the KeyValue that follows, checking all of it while the reader has not met too many values. */
export function checkKeyValue(reader: WireReader, depth = 0): void {
  if (++reader.values > MAX_VALUES) {
    reader.skipBytes();
    return;
  }
  const outer = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) reader.skipBytes();
    else if (tag === 0x12) checkAnyValue(reader, depth);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

/** Passes over the AnyValue that follows, checking all of it as `checkKeyValue` does. */
export function checkAnyValue(reader: WireReader, depth = 0): void {
  if (depth > MAX_NESTING) reader.fail('attribute values nested too deeply');
  const outer = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a || tag === 0x3a) reader.skipBytes();
    else if (tag === 0x2a || tag === 0x32) {
      const list = reader.enter();
      while (reader.pos < reader.end) {
        const inner = reader.tag();
        if (inner !== 0x0a) reader.skip(inner);
        else if (tag === 0x32) checkKeyValue(reader, depth + 1);
        else if (++reader.values > MAX_VALUES) reader.pos = reader.end;
        else checkAnyValue(reader, depth + 1);
      }
      reader.leave(list);
    } else reader.skip(tag);
  }
  reader.leave(outer);
}

/** The key's byte range of a KeyValue whose body is [start, end), and its value's AnyValue body; for scans without objects. */
export interface KeyValueRange {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
}

/** Locates key and value of the KeyValue that follows, without reading them; the reader ends behind it. */
export function locateKeyValue(reader: WireReader, into: KeyValueRange): void {
  const outer = reader.enter();
  into.keyStart = into.keyEnd = reader.pos;
  into.valueStart = into.valueEnd = reader.pos;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      const length = reader.length();
      into.keyStart = reader.pos;
      into.keyEnd = reader.pos += length;
    } else if (tag === 0x12) {
      const length = reader.length();
      into.valueStart = reader.pos;
      into.valueEnd = reader.pos += length;
    } else reader.skip(tag);
  }
  reader.leave(outer);
}

/** The text a range of the reader's bytes holds. */
export function rangeText(reader: WireReader, start: number, end: number): string {
  return textOf(reader.buffer, start, end);
}

/** Writes attributes as repeated KeyValue of `field`. */
export function writeAttributes(writer: WireWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    const at = writer.begin(field);
    writer.string(1, key);
    writeAnyValue(writer, 2, value, typeof value === 'number' && isDouble(attributes, key, value));
    writer.end(at);
  }
}

/** Writes one AnyValue as `field`. Numbers that are whole and safe go as integers unless they came as doubles. */
export function writeAnyValue(writer: WireWriter, field: number, value: AttributeValue, asDouble = false): void {
  const at = writer.begin(field);
  if (typeof value === 'string') writer.string(ANY.string, value);
  else if (typeof value === 'boolean') writer.bool(ANY.bool, value);
  else if (typeof value === 'bigint') writer.int64(ANY.int, value);
  else if (typeof value === 'number') {
    if (!asDouble && Number.isSafeInteger(value) && !Object.is(value, -0)) writer.int64(ANY.int, value);
    else writer.double(ANY.double, value);
  } else if (value instanceof Uint8Array) writer.bytes(ANY.bytes, value);
  else if (isArray(value)) {
    const list = writer.begin(ANY.array);
    value.forEach((item, index) =>
      writeAnyValue(writer, 1, item, typeof item === 'number' && isDouble(value, String(index), item)),
    );
    writer.end(list);
  } else if (value !== null) {
    const list = writer.begin(ANY.kvlist);
    writeAttributes(writer, 1, value);
    writer.end(list);
  }
  writer.end(at);
}

function readArray(reader: WireReader, depth: number): AttributeValue {
  const outer = reader.enter();
  const items: AttributeValue[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      const value = readAnyValue(reader, depth + 1);
      if (wasDouble && Number.isSafeInteger(value)) markDouble(items, String(items.length));
      items.push(value);
    } else reader.skip(tag);
  }
  reader.leave(outer);
  return items;
}

function readKeyValueList(reader: WireReader, depth: number): AttributeValue {
  const outer = reader.enter();
  const builder = new AttributeBuilder();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) readKeyValue(reader, builder, depth + 1);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return builder.attributes;
}

/** Array.isArray does not narrow readonly arrays. */
function isArray(value: object | null): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

/** Reads the AnyValue whose body is the range; the reader's place is kept. */
export function readValueAt(reader: WireReader, start: number, end: number): AttributeValue {
  const { pos, end: outer } = reader;
  reader.pos = start;
  reader.end = end;
  const value = readAnyBody(reader, 0);
  reader.pos = pos;
  reader.end = outer;
  return value;
}

/** Told of a key's bytes; true ends the walk. */
export type OnKey = (buffer: Buffer, start: number, end: number) => boolean;

/** Walks the KeyValue that follows for its key and the keys within its value; true as soon as `onKey` says so. */
export function someKey(reader: WireReader, onKey: OnKey): boolean {
  const outer = reader.enter();
  const last = reader.end;
  let found = false;
  while (!found && reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      const length = reader.length();
      const start = reader.pos;
      reader.pos = start + length;
      found = onKey(reader.buffer, start, reader.pos);
    } else if (tag === 0x12) found = someKeyInValue(reader, onKey);
    else reader.skip(tag);
  }
  reader.pos = last;
  reader.leave(outer);
  return found;
}

/** The same for the AnyValue that follows. */
export function someKeyInValue(reader: WireReader, onKey: OnKey): boolean {
  const outer = reader.enter();
  const last = reader.end;
  let found = false;
  while (!found && reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag !== 0x2a && tag !== 0x32) {
      reader.skip(tag);
      continue;
    }
    const list = reader.enter();
    while (!found && reader.pos < reader.end) {
      const inner = reader.tag();
      if (inner !== 0x0a) reader.skip(inner);
      else found = tag === 0x2a ? someKeyInValue(reader, onKey) : someKey(reader, onKey);
    }
    reader.leave(list);
  }
  reader.pos = last;
  reader.leave(outer);
  return found;
}
