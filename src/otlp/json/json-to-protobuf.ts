import { OtlpDecodeError } from '../errors';
import { MAX_NESTING } from '../wire/reader';
import { WireWriter } from '../wire/writer';
import { ALWAYS_PRESENT, isMessage, MESSAGES, PACKED } from './schema';
import type { FieldSchema, MessageName, ScalarType } from './schema';
import { parseExactJson } from './parse-json';

/** Fields by every name JSON may use for them: lowerCamelCase, and the snake_case that protobuf's JSON readers take. */
const FIELDS_BY_NAME: ReadonlyMap<
  MessageName,
  ReadonlyMap<string, readonly [name: string, field: FieldSchema]>
> = new Map(
  (Object.keys(MESSAGES) as MessageName[]).map((message) => [
    message,
    new Map(
      Object.entries(MESSAGES[message]).flatMap(([name, field]) => {
        const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        return [
          [name, [name, field] as const],
          [snake, [name, field] as const],
        ];
      }),
    ),
  ]),
);

/** Nesting of messages, in messages; a value within a value takes three. */
const MAX_DEPTH = MAX_NESTING * 3 + 8;

/**
 * Turns OTLP/JSON text into protobuf, checking every value on the way. Unknown fields are passed over, as OTLP asks.
 * @throws OtlpDecodeError with the JSON path.
 */
export function jsonToProtobuf(bytes: Uint8Array, message: MessageName): Uint8Array<ArrayBuffer> {
  return jsonValueToProtobuf(parseExactJson(bytes), message);
}

/** The same for JSON that is parsed already. */
export function jsonValueToProtobuf(value: unknown, message: MessageName): Uint8Array<ArrayBuffer> {
  return new Transcoder().transcode(value, message);
}

class Transcoder {
  private readonly writer = new WireWriter(16_384);
  private readonly path: (string | number)[] = [];

  transcode(value: unknown, message: MessageName): Uint8Array<ArrayBuffer> {
    this.message(value, message, 0);
    return this.writer.finish();
  }

  private message(value: unknown, name: MessageName, depth: number): void {
    if (!isRecord(value)) this.fail(`expected an object, not ${kindOf(value)}`);
    if (depth > MAX_DEPTH) this.fail('nested too deeply');
    const fields = FIELDS_BY_NAME.get(name);
    for (const key of Object.keys(value)) {
      const found = fields?.get(key);
      const inner = value[key];
      if (found === undefined || inner === null || inner === undefined) continue;
      this.path.push(key);
      this.field(inner, name, found[0], found[1], depth);
      this.path.pop();
    }
  }

  private field(value: unknown, message: MessageName, name: string, field: FieldSchema, depth: number): void {
    if (!field.repeated) {
      this.single(value, message, name, field, depth);
      return;
    }
    if (!Array.isArray(value)) this.fail(`expected an array, not ${kindOf(value)}`);
    if (PACKED.has(field.type)) {
      this.packed(value, field);
      return;
    }
    for (let index = 0; index < value.length; index++) {
      this.path.push(index);
      this.single(value[index], message, name, field, depth);
      this.path.pop();
    }
  }

  private single(value: unknown, message: MessageName, name: string, field: FieldSchema, depth: number): void {
    if (isMessage(field.type)) {
      const at = this.writer.begin(field.number);
      this.message(value, field.type, depth + 1);
      this.writer.end(at);
    } else {
      const keep = field.repeated || ALWAYS_PRESENT.has(message) || ALWAYS_PRESENT.has(`${message}.${name}`);
      this.scalar(value, field, field.type, keep);
    }
  }

  private scalar(value: unknown, field: FieldSchema, type: ScalarType, keep: boolean): void {
    const { writer } = this;
    const { number } = field;
    switch (type) {
      case 'string': {
        if (typeof value !== 'string') this.fail(`expected a string, not ${kindOf(value)}`);
        if (keep || value !== '') writer.string(number, value);
        return;
      }
      case 'bytes': {
        if (typeof value !== 'string') this.fail(`expected base64 text, not ${kindOf(value)}`);
        if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) this.fail('not base64');
        writer.bytes(number, Buffer.from(value, 'base64'));
        return;
      }
      case 'hex': {
        if (typeof value !== 'string') this.fail(`expected hex text, not ${kindOf(value)}`);
        if (value.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(value)) this.fail('not an id in hex');
        if (value !== '') writer.hex(number, value);
        return;
      }
      case 'bool': {
        if (typeof value !== 'boolean') this.fail(`expected true or false, not ${kindOf(value)}`);
        if (keep || value) writer.bool(number, value);
        return;
      }
      case 'double': {
        const double = this.double(value);
        if (keep || double !== 0) writer.double(number, double);
        return;
      }
      case 'fixed64':
        writer.fixed64(number, this.integer(value, 0n, MAX_UINT64));
        return;
      case 'sfixed64':
        writer.fixed64(number, this.integer(value, MIN_INT64, MAX_INT64));
        return;
      case 'int64':
        writer.int64(number, this.integer(value, MIN_INT64, MAX_INT64));
        return;
      case 'uint64':
        writer.int64(number, this.integer(value, 0n, MAX_UINT64));
        return;
      case 'uint32':
        writer.uint32(number, Number(this.integer(value, 0n, 0xffff_ffffn)));
        return;
      case 'fixed32':
        writer.fixed32(number, Number(this.integer(value, 0n, 0xffff_ffffn)));
        return;
      case 'sint32':
        writer.sint32(number, Number(this.integer(value, -0x8000_0000n, 0x7fff_ffffn)));
        return;
      case 'enum':
        writer.int32(number, this.enumValue(value, field));
    }
  }

  private packed(values: readonly unknown[], field: FieldSchema): void {
    const { writer } = this;
    if (values.length === 0) return;
    const at = writer.begin(field.number);
    values.forEach((value, index) => {
      this.path.push(index);
      if (field.type === 'double') writer.rawDouble(this.double(value));
      else if (field.type === 'uint64') writer.rawVarint(this.integer(value, 0n, MAX_UINT64));
      else writer.rawFixed64(this.integer(value, 0n, MAX_UINT64));
      this.path.pop();
    });
    writer.end(at);
  }

  private double(value: unknown): number {
    if (typeof value === 'number') return value;
    if (typeof value === 'string') {
      if (value === 'NaN') return NaN;
      if (value === 'Infinity') return Infinity;
      if (value === '-Infinity') return -Infinity;
      if (/^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(value)) return Number(value);
    }
    return this.fail(`expected a number, not ${kindOf(value)}`);
  }

  private integer(value: unknown, min: bigint, max: bigint): bigint | number {
    let integer: bigint;
    if (typeof value === 'number') {
      if (!Number.isInteger(value)) this.fail(`expected a whole number, not ${value}`);
      if (value >= 0 && value <= 0xffff_ffff) return value;
      integer = BigInt(value);
    } else if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) integer = BigInt(value);
    else if (
      typeof value === 'string' &&
      /^-?\d+(\.0+)?([eE]\+?\d{1,2})?$/.test(value) &&
      Number.isInteger(Number(value))
    ) {
      integer = BigInt(Number(value));
    } else this.fail(`expected a whole number, not ${kindOf(value)}`);
    if (integer < min || integer > max) this.fail(`number ${integer} out of range`);
    return integer;
  }

  private enumValue(value: unknown, field: FieldSchema): number {
    if (typeof value === 'string') {
      const index = field.values?.indexOf(value) ?? -1;
      if (index >= 0) return index;
      this.fail(`unknown value ${JSON.stringify(value.slice(0, 50))}`);
    }
    return Number(this.integer(value, -0x8000_0000n, 0x7fff_ffffn));
  }

  private fail(problem: string): never {
    const path = this.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
    throw new OtlpDecodeError(problem, { path: path === '' ? '$' : path.slice(1) });
  }
}

const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 50))}`;
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`;
}
