import { MAX_NESTING, WIRE, WireReader } from '../wire/reader';
import { isMessage, MESSAGES } from './schema';
import type { FieldSchema, MessageName, ScalarType } from './schema';

/** A JSON object of OTLP: ids in hex, 64-bit integers as text, enums as numbers. */
export type OtlpJson = { [key: string]: unknown };

/** Fields by number, with their JSON names. */
const FIELDS_BY_NUMBER: ReadonlyMap<
  MessageName,
  ReadonlyMap<number, readonly [name: string, field: FieldSchema]>
> = new Map(
  (Object.keys(MESSAGES) as MessageName[]).map((message) => [
    message,
    new Map(Object.entries(MESSAGES[message]).map(([name, field]) => [field.number, [name, field] as const])),
  ]),
);

/**
 * Reads a message into the JSON form of OTLP. Absent fields stay absent; unknown ones are left out.
 * @throws OtlpDecodeError
 */
export function protobufToJson(bytes: Uint8Array, message: MessageName): OtlpJson {
  return readMessage(new WireReader(bytes), message, 0);
}

function readMessage(reader: WireReader, message: MessageName, depth: number): OtlpJson {
  if (depth > MAX_NESTING * 3 + 8) reader.fail('nested too deeply');
  const fields = FIELDS_BY_NUMBER.get(message);
  const json: OtlpJson = {};
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    const found = fields?.get(tag >>> 3);
    if (found === undefined) {
      reader.skip(tag);
      continue;
    }
    const [name, field] = found;
    if (isMessage(field.type)) {
      if ((tag & 7) !== WIRE.bytes) {
        reader.skip(tag);
        continue;
      }
      const outer = reader.enter();
      put(json, name, field, readMessage(reader, field.type, depth + 1));
      reader.leave(outer);
    } else if (field.repeated && field.type !== 'string' && (tag & 7) === WIRE.bytes) {
      const outer = reader.enter();
      while (reader.pos < reader.end) put(json, name, field, readScalar(reader, field.type));
      reader.leave(outer);
    } else if ((tag & 7) === wireOf(field.type)) put(json, name, field, readScalar(reader, field.type));
    else reader.skip(tag);
  }
  return json;
}

function put(json: OtlpJson, name: string, field: FieldSchema, value: unknown): void {
  if (!field.repeated) {
    json[name] = value;
    return;
  }
  const list = json[name];
  if (Array.isArray(list)) list.push(value);
  else json[name] = [value];
}

function readScalar(reader: WireReader, type: ScalarType): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'hex':
      return Buffer.from(reader.bytes()).toString('hex');
    case 'bool':
      return reader.bool();
    case 'double': {
      const value = reader.double();
      return Number.isFinite(value) ? value : String(value);
    }
    case 'fixed32':
      return reader.fixed32();
    case 'fixed64':
      return reader.fixed64Big().toString();
    case 'sfixed64':
      return reader.sfixed64().toString();
    case 'int64':
      return reader.int64().toString();
    case 'uint64':
      return reader.uint64().toString();
    case 'uint32':
      return reader.uint32();
    case 'sint32':
      return reader.sint32();
    case 'enum':
      return reader.int32();
  }
}

function wireOf(type: ScalarType): number {
  switch (type) {
    case 'string':
    case 'bytes':
    case 'hex':
      return WIRE.bytes;
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return WIRE.fixed64;
    case 'fixed32':
      return WIRE.fixed32;
    default:
      return WIRE.varint;
  }
}
