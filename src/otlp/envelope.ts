import type { InstrumentationScope, Resource } from '../domain/resource';
import { AttributeBuilder, readKeyValue, writeAttributes } from './attributes';
import { textOf, WireReader } from './wire/reader';
import type { WireWriter } from './wire/writer';

/**
 * Where the resources and scopes of a request lie in its bytes. Entries are Int32 quadruples; an absent message is an
 * empty range.
 */
export class Envelope {
  /** Per resource: body start, body end, schema URL start, schema URL end. */
  readonly resources = new GrowingTable(4);
  /** Per scope: body start, body end, schema URL start, schema URL end, index of its resource. */
  readonly scopes = new GrowingTable(5);
}

/** Rows of 32-bit integers that grow as they are added. */
export class GrowingTable {
  private cells: Int32Array<ArrayBuffer>;
  private rows = 0;

  constructor(
    readonly width: number,
    capacity = 16,
  ) {
    this.cells = new Int32Array(width * capacity);
  }

  get length(): number {
    return this.rows;
  }

  /** Adds a row of zeros and gives the index of its first cell. */
  add(): number {
    const at = this.rows * this.width;
    if (at === this.cells.length) {
      const grown = new Int32Array(this.cells.length * 2);
      grown.set(this.cells);
      this.cells = grown;
    }
    this.rows++;
    return at;
  }

  /** Takes the last row away again. */
  drop(): void {
    this.rows--;
    this.cells.fill(0, this.rows * this.width, (this.rows + 1) * this.width);
  }

  /** The cells; valid until the next `add`. */
  get data(): Int32Array<ArrayBuffer> {
    return this.cells;
  }

  /** Just the rows in use; a copy unless most of the table is. The table is not to be added to any more. */
  trimmed(): Int32Array<ArrayBuffer> {
    const used = this.rows * this.width;
    return used * 2 > this.cells.length ? this.cells.subarray(0, used) : this.cells.slice(0, used);
  }
}

/** Reads a Resource whose body is the range. */
export function readResource(buffer: Buffer, start: number, end: number, schemaUrl: string): Resource {
  const reader = new WireReader(buffer, start, end);
  const attributes = new AttributeBuilder();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) readKeyValue(reader, attributes);
    else reader.skip(tag);
  }
  return { attributes: attributes.attributes, schemaUrl };
}

/** Reads an InstrumentationScope whose body is the range. */
export function readScope(buffer: Buffer, start: number, end: number, schemaUrl: string): InstrumentationScope {
  const reader = new WireReader(buffer, start, end);
  const attributes = new AttributeBuilder();
  let name = '';
  let version = '';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) name = reader.string();
    else if (tag === 0x12) version = reader.string();
    else if (tag === 0x1a) readKeyValue(reader, attributes);
    else reader.skip(tag);
  }
  return { name, version, attributes: attributes.attributes, schemaUrl };
}

/** Resources and scopes of a request as objects, each read once. */
export class EnvelopeReader {
  private readonly resourceCache: (Resource | undefined)[] = [];
  private readonly scopeCache: (InstrumentationScope | undefined)[] = [];

  constructor(
    private readonly buffer: Buffer,
    private readonly resources: Int32Array,
    private readonly scopes: Int32Array,
  ) {}

  resource(index: number): Resource {
    return (this.resourceCache[index] ??= this.read(this.resources, index * 4, readResource));
  }

  scope(index: number): InstrumentationScope {
    return (this.scopeCache[index] ??= this.read(this.scopes, index * 5, readScope));
  }

  resourceOf(scope: number): Resource {
    return this.resource(this.scopes[scope * 5 + 4] ?? 0);
  }

  private read<T>(table: Int32Array, at: number, read: (b: Buffer, start: number, end: number, url: string) => T): T {
    const schemaUrl = textOf(this.buffer, table[at + 2] ?? 0, table[at + 3] ?? 0);
    return read(this.buffer, table[at] ?? 0, table[at + 1] ?? 0, schemaUrl);
  }
}

/** Writes a Resource as `field`. */
export function writeResource(writer: WireWriter, field: number, resource: Resource): void {
  const at = writer.begin(field);
  writeAttributes(writer, 1, resource.attributes);
  writer.end(at);
}

/** Writes an InstrumentationScope as `field`. */
export function writeScope(writer: WireWriter, field: number, scope: InstrumentationScope): void {
  const at = writer.begin(field);
  if (scope.name !== '') writer.string(1, scope.name);
  if (scope.version !== '') writer.string(2, scope.version);
  writeAttributes(writer, 3, scope.attributes);
  writer.end(at);
}

/** Something with a resource and a scope. */
export interface Enveloped {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

/**
 * Writes records under their resources and scopes. Records that share the objects share the messages; equal but distinct
 * objects are written apart, which readers must accept anyway.
 */
export function writeEnvelope<T extends Enveloped>(
  writer: WireWriter,
  records: readonly T[],
  writeRecord: (record: T) => void,
): void {
  for (const [resource, scopes] of grouped(records)) {
    const outer = writer.begin(1);
    writeResource(writer, 1, resource);
    for (const [scope, members] of scopes) {
      const inner = writer.begin(2);
      writeScope(writer, 1, scope);
      for (const record of members) writeRecord(record);
      if (scope.schemaUrl !== '') writer.string(3, scope.schemaUrl);
      writer.end(inner);
    }
    if (resource.schemaUrl !== '') writer.string(3, resource.schemaUrl);
    writer.end(outer);
  }
}

function grouped<T extends Enveloped>(records: readonly T[]): Map<Resource, Map<InstrumentationScope, T[]>> {
  const byResource = new Map<Resource, Map<InstrumentationScope, T[]>>();
  for (const record of records) {
    let byScope = byResource.get(record.resource);
    if (!byScope) byResource.set(record.resource, (byScope = new Map()));
    const members = byScope.get(record.scope);
    if (members) members.push(record);
    else byScope.set(record.scope, [record]);
  }
  return byResource;
}
