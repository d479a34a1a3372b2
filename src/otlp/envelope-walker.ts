import { checkKeyValue } from './attributes';
import { Envelope } from './envelope';
import type { GrowingTable } from './envelope';
import { MAX_ENVELOPE_BYTES, MAX_VALUES } from './wire/reader';
import type { WireReader } from './wire/reader';

/** How far a walk came. */
export type WalkState = 'record' | 'pause' | 'end';

/**
 * Walks `ResourceX { resource = 1; scope_x = 2; schema_url = 3 }` messages, which all signals share, from record to record.
 * It can pause anywhere: between records, and among messages that hold none.
 */
export class EnvelopeWalker {
  readonly envelope = new Envelope();
  /** The scope of the record that `next` found. */
  scope = -1;
  /** 0 in the request, 1 in a resource, 2 in a scope. */
  private level = 0;
  private resource = -1;
  private resourceAt = 0;
  private scopeAt = 0;
  private readonly outer = [0, 0];
  private resourceHasRecords = false;
  private scopeHasRecords = false;

  constructor(private readonly reader: WireReader) {}

  /**
   * Goes to the next record: the reader then stands at its length, and the caller must read past it.
   * @param until a place behind which no further message is looked for: the walk pauses.
   * @throws OtlpDecodeError
   */
  next(until: number): WalkState {
    const { reader } = this;
    for (;;) {
      while (reader.pos >= reader.end) {
        if (this.level === 0) return 'end';
        this.leave();
      }
      if (reader.pos >= until) return 'pause';
      const tag = reader.tag();
      if (this.level === 2 && tag === 0x12) {
        this.resourceHasRecords = this.scopeHasRecords = true;
        return 'record';
      }
      if (this.level === 0 && tag === 0x0a) this.enterResource();
      else if (this.level === 1) this.inResource(tag);
      else if (this.level === 2) this.inScope(tag);
      else reader.skip(tag);
    }
  }

  /** A resource or scope without records leaves no trace: a request may hold millions. */
  private leave(): void {
    const { resources, scopes } = this.envelope;
    this.level--;
    this.reader.leave(this.outer[this.level] ?? 0);
    if (this.level === 0) {
      if (!this.resourceHasRecords) resources.drop();
    } else if (!this.scopeHasRecords) scopes.drop();
  }

  private enterResource(): void {
    this.resourceHasRecords = false;
    this.outer[0] = this.reader.enter();
    this.level = 1;
    this.resource = this.envelope.resources.length;
    this.resourceAt = this.envelope.resources.add();
  }

  private inResource(tag: number): void {
    const { reader } = this;
    const { resources, scopes } = this.envelope;
    if (tag === 0x0a) markBody(reader, resources, this.resourceAt, 0x0a);
    else if (tag === 0x12) {
      this.scopeHasRecords = false;
      this.outer[1] = reader.enter();
      this.level = 2;
      this.scope = scopes.length;
      this.scopeAt = scopes.add();
      scopes.data[this.scopeAt + 4] = this.resource;
    } else if (tag === 0x1a) markRange(reader, resources, this.resourceAt + 2);
    else reader.skip(tag);
  }

  private inScope(tag: number): void {
    const { scopes } = this.envelope;
    if (tag === 0x0a) markBody(this.reader, scopes, this.scopeAt, 0x1a);
    else if (tag === 0x1a) markRange(this.reader, scopes, this.scopeAt + 2);
    else this.reader.skip(tag);
  }
}

/** Walks a whole request without a pause. `onRecord` is called with the reader at a record's length and must read past it. */
export function walkRecords(reader: WireReader, onRecord: (scope: number) => void): Envelope {
  const walker = new EnvelopeWalker(reader);
  while (walker.next(Infinity) === 'record') onRecord(walker.scope);
  return walker.envelope;
}

/** Notes where a resource or scope lies, and checks its attributes. */
function markBody(reader: WireReader, table: GrowingTable, at: number, attributesTag: number): void {
  const outer = reader.enter();
  const size = reader.end - reader.pos;
  if (size > MAX_ENVELOPE_BYTES)
    reader.fail(`a resource or scope of ${size} bytes; at most ${MAX_ENVELOPE_BYTES} are taken`);
  table.data[at] = reader.pos;
  table.data[at + 1] = reader.end;
  reader.values = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === attributesTag) checkKeyValue(reader);
    else reader.skip(tag);
  }
  if (reader.values > MAX_VALUES) reader.fail(`a resource or scope with more than ${MAX_VALUES} values`);
  reader.leave(outer);
}

function markRange(reader: WireReader, table: GrowingTable, at: number): void {
  const length = reader.length();
  table.data[at] = reader.pos;
  table.data[at + 1] = reader.pos += length;
}
