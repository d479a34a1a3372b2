import { WireReader } from './wire/reader';
import { WireWriter } from './wire/writer';

/** Fields of `ResourceX` and `ScopeX`, the same for all signals. */
const FIELD = { resources: 1, envelope: 1, children: 2, schemaUrl: 3 } as const;
const TAG = { resources: 0x0a, envelope: 0x0a, children: 0x12, schemaUrl: 0x1a } as const;

/** A part of the request's bytes. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** A resource or scope message: what is common to its children, and these. */
interface Group {
  readonly envelope: Range | undefined;
  readonly schemaUrl: Range | undefined;
  readonly children: readonly Range[];
}

/**
 * An export request of any signal as several of at most about `maxBytes`, each with its records' resource and scope. A
 * record is never cut: one larger than the bound is a request of its own. Fields unknown to OTLP are left out.
 * @throws OtlpDecodeError when the request is malformed around its records; the records are not looked into.
 */
export function splitRequest(bytes: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer>[] {
  const reader = new WireReader(bytes);
  const whole: Range = { start: 0, end: bytes.byteLength };
  const requests: Uint8Array<ArrayBuffer>[] = [];
  for (const place of childrenOf(reader, whole, TAG.resources)) {
    const resource = groupOf(reader, place);
    for (const inner of resource.children) {
      const scope = groupOf(reader, inner);
      let run: Range[] = [];
      let size = 0;
      for (const record of scope.children) {
        const length = record.end - record.start;
        if (run.length > 0 && size + length > maxBytes) {
          requests.push(requestOf(bytes, resource, scope, run));
          run = [];
          size = 0;
        }
        run.push(record);
        size += length;
      }
      if (run.length > 0) requests.push(requestOf(bytes, resource, scope, run));
    }
  }
  return requests;
}

function childrenOf(reader: WireReader, { start, end }: Range, wanted: number): Range[] {
  reader.pos = start;
  reader.end = end;
  const found: Range[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === wanted) found.push(rangeOf(reader));
    else reader.skip(tag);
  }
  return found;
}

function groupOf(reader: WireReader, { start, end }: Range): Group {
  reader.pos = start;
  reader.end = end;
  let envelope: Range | undefined;
  let schemaUrl: Range | undefined;
  const children: Range[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === TAG.envelope) envelope = rangeOf(reader);
    else if (tag === TAG.children) children.push(rangeOf(reader));
    else if (tag === TAG.schemaUrl) schemaUrl = rangeOf(reader);
    else reader.skip(tag);
  }
  return { envelope, schemaUrl, children };
}

function rangeOf(reader: WireReader): Range {
  const length = reader.length();
  const start = reader.pos;
  reader.pos += length;
  return { start, end: reader.pos };
}

function requestOf(
  bytes: Uint8Array,
  resource: Group,
  scope: Group,
  records: readonly Range[],
): Uint8Array<ArrayBuffer> {
  const size = records.reduce((sum, { start, end }) => sum + end - start + 8, 1024);
  const writer = new WireWriter(size);
  const put = (field: number, range: Range | undefined): void => {
    if (range !== undefined) writer.bytes(field, bytes.subarray(range.start, range.end));
  };
  const outer = writer.begin(FIELD.resources);
  put(FIELD.envelope, resource.envelope);
  const inner = writer.begin(FIELD.children);
  put(FIELD.envelope, scope.envelope);
  for (const record of records) put(FIELD.children, record);
  put(FIELD.schemaUrl, scope.schemaUrl);
  writer.end(inner);
  put(FIELD.schemaUrl, resource.schemaUrl);
  writer.end(outer);
  return writer.finish();
}
