import { locateKeyValue, textOf, WireReader } from '../../otlp';
import type { KeyValueRange } from '../../otlp';
import type { RecordRange } from './segment';
import type { RecordKind } from './tokens';

/** More different keys than this are not remembered. */
const MAX_KEYS = 10_000;

/** Adds the attribute keys of one record. */
export function readKeysOf({ buffer, start, end }: RecordRange, kind: RecordKind, keys: Set<string>): void {
  const reader = new WireReader(buffer, start, end);
  const range: KeyValueRange = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
  const wanted = kind === 'span' ? 0x4a : 0x32;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag !== wanted) {
      reader.skip(tag);
      continue;
    }
    locateKeyValue(reader, range);
    if (keys.size < MAX_KEYS) keys.add(textOf(buffer, range.keyStart, range.keyEnd));
  }
}
