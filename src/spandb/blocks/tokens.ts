import { attributeToText } from '../../domain/attributes';
import { locateKeyValue, readValueAt, WireReader } from '../../otlp';
import type { KeyValueRange } from '../../otlp';
import { attributeHash, hashRange, hashStep, hashText } from './hash';

/** Which records a block holds. */
export type RecordKind = 'span' | 'log';

/** Tags of a record's fields that hold attributes, of its events and its links, and of the attributes of those. */
const TAGS = {
  span: { attributes: 0x4a, event: { field: 0x5a, attributes: 0x1a }, link: { field: 0x6a, attributes: 0x22 } },
  log: { attributes: 0x32, event: { field: -1, attributes: -1 }, link: { field: -1, attributes: -1 } },
} as const;

/** Tags of the fields with attributes of a resource and of a scope. */
export const envelopeTags = { resource: 0x0a, scope: 0x1a } as const;

/** Where attributes lie in a record of the kind. */
export function recordTags(kind: RecordKind): (typeof TAGS)[RecordKind] {
  return TAGS[kind];
}

const KIND_NAMES = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const range: KeyValueRange = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };

/** Is told of each attribute key that is passed, with its FNV-1a hash. */
export interface KeySink {
  count(buffer: Buffer, start: number, end: number, hash: number): void;
}

/**
 * Calls `onToken(hash)` for each attribute that a record can be found by: its own, those of its events and links, and what
 * Jaeger's users search as tags (`error`, `span.kind`, `otel.status_code`).
 */
export function tokensOf(
  reader: WireReader,
  kind: RecordKind,
  start: number,
  end: number,
  onToken: (hash: number) => void,
  keys?: KeySink,
): void {
  const tags = TAGS[kind];
  reader.pos = start;
  reader.end = end;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === tags.attributes) onToken(tokenOf(reader, keys));
    else if (tag === tags.event.field) eventTokens(reader, onToken, keys);
    else if (tag === tags.link.field) linkTokens(reader, onToken, keys);
    else reader.skip(tag);
  }
}

/** The tokens that follow from a span's status and kind. */
export function impliedTokens(status: number, kind: number, onToken: (hash: number) => void): void {
  if (status === 2) onToken(ERROR_TOKEN);
  if (status > 0) onToken(status === 2 ? STATUS_ERROR_TOKEN : STATUS_OK_TOKEN);
  const token = KIND_TOKENS[kind];
  if (token !== undefined && kind > 0) onToken(token);
}

/** The tokens of a Resource's or scope's attributes, whose KeyValue fields have the tag. */
export function envelopeTokens(body: Uint8Array, attributesTag: number, onToken: (hash: number) => void): void {
  const reader = new WireReader(body);
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === attributesTag) onToken(tokenOf(reader));
    else reader.skip(tag);
  }
}

const ERROR_TOKEN = attributeHash('error', 'true');
const STATUS_ERROR_TOKEN = attributeHash('otel.status_code', 'ERROR');
const STATUS_OK_TOKEN = attributeHash('otel.status_code', 'OK');
const KIND_TOKENS = KIND_NAMES.map((name) => attributeHash('span.kind', name));
const EVENT_NAME_SEED = hashStep(hashText('event'));

function eventTokens(reader: WireReader, onToken: (hash: number) => void, keys: KeySink | undefined): void {
  const outer = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === TAGS.span.event.attributes) onToken(tokenOf(reader, keys));
    else if (tag === 0x12) {
      const length = reader.length();
      onToken(hashRange(reader.buffer, reader.pos, reader.pos + length, EVENT_NAME_SEED));
      reader.pos += length;
    } else reader.skip(tag);
  }
  reader.leave(outer);
}

function linkTokens(reader: WireReader, onToken: (hash: number) => void, keys: KeySink | undefined): void {
  const outer = reader.enter();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === TAGS.span.link.attributes) onToken(tokenOf(reader, keys));
    else reader.skip(tag);
  }
  reader.leave(outer);
}

/** The token of the KeyValue that follows. Text values, by far the most, are hashed where they lie. */
function tokenOf(reader: WireReader, keys?: KeySink): number {
  locateKeyValue(reader, range);
  const { buffer } = reader;
  const keyHash = hashRange(buffer, range.keyStart, range.keyEnd);
  keys?.count(buffer, range.keyStart, range.keyEnd, keyHash);
  const seed = hashStep(keyHash);
  const { valueStart, valueEnd } = range;
  if (buffer[valueStart] === 0x0a) {
    const first = buffer[valueStart + 1] ?? 0;
    if (first < 0x80 && valueStart + 2 + first === valueEnd) return hashRange(buffer, valueStart + 2, valueEnd, seed);
  }
  return hashText(attributeToText(readValueAt(reader, valueStart, valueEnd)), seed);
}
