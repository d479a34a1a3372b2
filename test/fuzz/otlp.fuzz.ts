import type { Field, Type } from 'protobufjs';
import { seededRandom } from '../../src/base/ids';
import {
  decodeLogs,
  decodeMetrics,
  decodeTraces,
  encodeLogs,
  encodeTraces,
  jsonToProtobuf,
  OtlpDecodeError,
  protobufToJson,
} from '../../src/otlp';
import type { MessageName } from '../../src/otlp';
import { oracleType } from './otlp-proto';

/** Bytes thrown at each decoder. */
const BYTES = 10_000_000;
/** Messages made at random and read by the oracle too. */
const MESSAGES = 1500;
const random = seededRandom(4_318);
const pick = (n: number): number => Math.floor(random() * n);

const SIGNALS = [
  { signal: 'traces', message: 'TracesRequest', decode: (bytes: Uint8Array) => void decodeTraces(bytes).spans() },
  { signal: 'metrics', message: 'MetricsRequest', decode: (bytes: Uint8Array) => void decodeMetrics(bytes) },
  { signal: 'logs', message: 'LogsRequest', decode: (bytes: Uint8Array) => void decodeLogs(bytes).records() },
] as const;

/** A message with every field filled by chance. */
function randomMessage(type: Type, depth: number): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  const chosen = new Map(type.oneofsArray.map((oneof) => [oneof, oneof.fieldsArray[pick(oneof.fieldsArray.length)]]));
  for (const field of type.fieldsArray) {
    field.resolve();
    const { partOf } = field;
    if (partOf && chosen.get(partOf) !== field) continue;
    if (random() < 0.25 || (depth > 5 && field.resolvedType)) continue;
    message[field.name] = field.repeated
      ? Array.from({ length: pick(4) }, () => randomValue(field, depth))
      : randomValue(field, depth);
  }
  return message;
}

function randomValue(field: Field, depth: number): unknown {
  const { resolvedType } = field;
  if (resolvedType && 'fieldsArray' in resolvedType) return randomMessage(resolvedType, depth + 1);
  switch (field.type) {
    case 'string':
      return ['', 'a', 'gen_ai.request.model', 'ü€😀', 'x'.repeat(pick(300)), '__proto__'][pick(6)];
    case 'bytes':
      return Uint8Array.from(
        { length: /Id$/.test(field.name) ? (/trace/i.test(field.name) ? 16 : 8) : pick(20) },
        () => 1 + pick(255),
      );
    case 'bool':
      return random() < 0.5;
    case 'double':
      return [0, 2, 1.5, -1e300, 5e-324, NaN, Infinity, pick(1e9)][pick(8)];
    case 'int32':
      return pick(7);
    case 'sint32':
      return pick(100) - 50;
    case 'uint32':
    case 'fixed32':
      return pick(2 ** 32);
    default:
      return ['0', '1', '9007199254740993', '1544712660000000001', '9223372036854775807'][pick(5)];
  }
}

/** What the oracle read, in the form of OTLP/JSON. */
function oracleJson(value: unknown, key = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString(/Id$/.test(key) ? 'hex' : 'base64');
  if (Array.isArray(value)) return value.map((item) => oracleJson(item, key));
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, oracleJson(inner, name)]));
}

/** Without empty lists and defaults, which may be written or left out. */
function plain(value: unknown, keep = false): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, true));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, plain(inner)] as const)
    .filter(
      ([, inner]) => keep || !(inner === '' || inner === 0 || inner === '0' || inner === false || isEmpty(inner)),
    );
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

describe.each(SIGNALS)('$signal', ({ message, decode }) => {
  const type = oracleType(message);
  const samples = Array.from({ length: MESSAGES }, () => type.encode(type.fromObject(randomMessage(type, 0))).finish());

  test('agrees with protobufjs on every field of random messages', () => {
    for (const bytes of samples) {
      const want = oracleJson(type.toObject(type.decode(bytes), { longs: String, defaults: false }));
      const got: unknown = JSON.parse(JSON.stringify(protobufToJson(bytes, message)));
      expect(plain(got)).toEqual(plain(JSON.parse(JSON.stringify(want))));
      decode(bytes);
    }
  }, 600_000);

  test('JSON and back gives the same message', () => {
    for (const bytes of samples.slice(0, 300)) {
      const json = protobufToJson(bytes, message);
      const again = protobufToJson(jsonToProtobuf(Buffer.from(JSON.stringify(json)), message), message);
      expect(plain(again)).toEqual(plain(json));
    }
  }, 600_000);

  test(`${BYTES} bytes of broken messages give coded errors or results, soon`, () => {
    let left = BYTES;
    let refused = 0;
    let slowest = 0;
    while (left > 0) {
      const bytes = broken(samples[pick(samples.length)] ?? new Uint8Array());
      left -= Math.max(16, bytes.length);
      const began = performance.now();
      try {
        decode(bytes);
        protobufToJson(bytes, message);
      } catch (error) {
        if (!(error instanceof OtlpDecodeError))
          throw new Error(`${bytes.length} bytes: ${String(error)}`, { cause: error });
        refused++;
      }
      slowest = Math.max(slowest, performance.now() - began);
    }
    expect(refused).toBeGreaterThan(0);
    expect(slowest).toBeLessThan(2000);
  }, 900_000);

  test('broken JSON gives coded errors', () => {
    for (let round = 0; round < 3000; round++) {
      const text = JSON.stringify(protobufToJson(samples[pick(200)] ?? new Uint8Array(), message));
      const at = pick(text.length);
      const cut =
        text.slice(0, at) + ['', '"', '{', ']', 'null', '1e999', '\\u0000', '[[[['][pick(8)] + text.slice(at + pick(5));
      expectCoded(() => decode(jsonToProtobuf(Buffer.from(cut), message)));
    }
  }, 600_000);
});

function broken(sample: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(sample);
  switch (pick(5)) {
    case 0:
      return bytes.subarray(0, pick(bytes.length + 1));
    case 1:
      for (let n = 1 + pick(8); n > 0; n--) bytes[pick(bytes.length)] = pick(256);
      return bytes;
    case 2:
      for (let n = 1 + pick(4); n > 0; n--) bytes[pick(bytes.length)] = 0xff;
      return bytes;
    case 3: {
      const [from, to] = [pick(bytes.length), pick(bytes.length)];
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    }
    default:
      return Uint8Array.from({ length: pick(200) }, () => pick(256));
  }
}

function expectCoded(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(OtlpDecodeError);
  }
}

describe('hostile messages', () => {
  const nested = (depth: number): Uint8Array => {
    let value = Buffer.from([0x0a, 0x01, 0x78]);
    for (let n = 0; n < depth; n++) {
      const list = Buffer.concat([Buffer.from([0x0a]), varint(value.length), value]);
      value = Buffer.concat([Buffer.from([0x2a]), varint(list.length), list]);
    }
    const attribute = Buffer.concat([Buffer.from([0x12]), varint(value.length), value]);
    const wrap = (tag: number, inner: Uint8Array): Buffer =>
      Buffer.concat([Buffer.from([tag]), varint(inner.length), inner]);
    return wrap(0x0a, wrap(0x12, wrap(0x12, wrap(0x4a, attribute))));
  };

  test.each([
    ['values nested 10,000 deep', nested(10_000)],
    ['groups without end', Buffer.alloc(100_000, 0x0b)],
    ['a length of 4 GB', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a number without end', Buffer.concat([Buffer.from([0x08]), Buffer.alloc(100, 0xff)])],
    ['field number 0', Buffer.from([0x00, 0x00])],
  ])('%s are refused', (_name, bytes) => {
    for (const { decode } of SIGNALS.slice(0, 1)) expect(() => decode(bytes)).toThrow(OtlpDecodeError);
  });

  test('JSON nested 100,000 deep', () => {
    const text = '{"arrayValue":{"values":['.repeat(100_000) + ']}}'.repeat(100_000);
    const json = `{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":${text}}]}}]}`;
    expect(() => jsonToProtobuf(Buffer.from(json), 'TracesRequest')).toThrow(OtlpDecodeError);
  });

  test('a span with a million attributes is refused in a second or so', () => {
    const attributes = Array.from({ length: 1_000_000 }, (_, n) => ({ key: `k${n}`, value: { intValue: n } }));
    const json = {
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '1'.repeat(32), spanId: '1'.repeat(16), attributes }] }] }],
    };
    const bytes = jsonToProtobuf(Buffer.from(JSON.stringify(json)), 'TracesRequest' satisfies MessageName);
    const began = performance.now();
    expect(decodeTraces(bytes)).toMatchObject({ length: 0, rejected: { count: 1 } });
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

test('objects encode and decode to themselves', () => {
  const traces = oracleType('TracesRequest');
  const logs = oracleType('LogsRequest');
  for (let round = 0; round < 300; round++) {
    const spans = decodeTraces(traces.encode(traces.fromObject(randomMessage(traces, 0))).finish()).spans();
    expect(sorted(decodeTraces(encodeTraces(spans)).spans())).toEqual(sorted(spans));
    const records = decodeLogs(logs.encode(logs.fromObject(randomMessage(logs, 0))).finish()).records();
    expect(decodeLogs(encodeLogs(records)).records()).toHaveLength(records.length);
  }
});

function sorted<T extends { readonly spanId: string }>(spans: readonly T[]): T[] {
  return [...spans].sort((a, b) => (a.spanId < b.spanId ? -1 : 1));
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
