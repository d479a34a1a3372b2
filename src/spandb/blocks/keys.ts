import { locateKeyValue, textOf, WireReader } from '../../otlp';
import type { KeyValueRange } from '../../otlp';
import { hashRange } from './hash';
import type { RecordRange } from './segment';
import { envelopeTags, recordTags } from './tokens';
import type { KeySink, RecordKind } from './tokens';

/** Different keys counted of one block. */
export const MAX_KEYS = 10_000;

interface Entry {
  readonly bytes: Buffer;
  count: number;
}

/**
 * How many records of a block have each attribute key: their own, and those of their events and links. Of more than
 * `MAX_KEYS` different ones those met first are counted; the others are found by searching, but not by completion.
 */
export class KeyCounts implements KeySink {
  private readonly entries = new Map<number, Entry>();
  private readonly range: KeyValueRange = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };

  /** The keys of one record. */
  add({ buffer, start, end }: RecordRange, kind: RecordKind): void {
    const tags = recordTags(kind);
    const reader = new WireReader(buffer, start, end);
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === tags.attributes) this.next(reader);
      else if (tag === tags.event.field) this.within(reader, tags.event.attributes);
      else if (tag === tags.link.field) this.within(reader, tags.link.attributes);
      else reader.skip(tag);
    }
  }

  /** The keys of a resource or scope. */
  addEnvelope(body: Uint8Array, of: 'resource' | 'scope'): void {
    const reader = new WireReader(body);
    const wanted = envelopeTags[of];
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === wanted) this.next(reader);
      else reader.skip(tag);
    }
  }

  /** Keys with their counts, in the order they were met. */
  *list(): Iterable<[string, number]> {
    for (const { bytes, count } of this.entries.values()) yield [textOf(bytes, 0, bytes.length), count];
  }

  /** One key, by its bytes: they are compared where they lie, no text is made. */
  count(buffer: Buffer, start: number, end: number, hash: number): void {
    const { entries } = this;
    for (let at = hash; ; at = (at + 1) >>> 0) {
      const entry = entries.get(at);
      if (entry === undefined) {
        if (entries.size < MAX_KEYS) entries.set(at, { bytes: Buffer.from(buffer.subarray(start, end)), count: 1 });
        return;
      }
      if (entry.bytes.compare(buffer, start, end) !== 0) continue;
      entry.count++;
      return;
    }
  }

  private within(reader: WireReader, wanted: number): void {
    const outer = reader.enter();
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === wanted) this.next(reader);
      else reader.skip(tag);
    }
    reader.leave(outer);
  }

  /** The key of the KeyValue that follows. */
  private next(reader: WireReader): void {
    const { range } = this;
    locateKeyValue(reader, range);
    this.count(reader.buffer, range.keyStart, range.keyEnd, hashRange(reader.buffer, range.keyStart, range.keyEnd));
  }
}
