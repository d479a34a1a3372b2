import type { LogRecord } from '../../domain/log-record';
import type { Span } from '../../domain/span';
import { readLogRecord, readResource, readScope, readSpan } from '../../otlp';
import type { WantedAttributes } from '../../storage';
import { attributeHash } from '../blocks/hash';
import { MAX_KEYS } from '../blocks/keys';
import type { ScopeEntry, Segment } from '../blocks/segment';
import type { Hit } from './trace';

/** The rows of a segment that may have all the attributes: own or by way of their scope. Undefined: all rows. */
export function candidateRows(segment: Segment, wanted: WantedAttributes): ((row: number) => boolean) | undefined {
  const conditions = Object.entries(wanted).map(([key, text]) => {
    const token = attributeHash(key, text);
    const { scopeTokens } = segment.dictionary();
    const scopes = new Set(scopeTokens.flatMap((tokens, index) => (tokens.has(token) ? [index] : [])));
    const own = new Set(segment.rowsWithToken(token));
    return { own, scopes };
  });
  if (conditions.length === 0) return undefined;
  const { scope } = segment.rows();
  return (row) => conditions.every(({ own, scopes }) => own.has(row) || scopes.has(scope[row] ?? 0));
}

/** False when no record of the segment, nor its resource or scope, has the attribute. */
export function mayHaveKey(segment: Segment, key: string): boolean {
  const known = segment.attributeKeys();
  if (known === undefined) return true;
  let count = 0;
  for (const candidate of known) {
    if (candidate === key) return true;
    count++;
  }
  // Of a block with very many keys some are not known.
  return count >= MAX_KEYS;
}

/** The span of a row, whole. */
export function spanOf({ segment, row }: Hit): Span {
  const { buffer, start, end } = segment.record(row);
  const { resource, scope } = envelopeOf(segment, row);
  return readSpan(buffer, start, end, resource, scope);
}

/**
 * Reads spans of a segment, quickest in the order of its rows. Not to be kept.
 * @param only keys of the spans' own attributes that are wanted.
 */
export function spanReader(segment: Segment, only: ReadonlySet<string>): (row: number) => Span {
  const record = segment.recordReader();
  const { scopes } = segment.dictionary();
  const { scope: scopeOf } = segment.rows();
  return (row) => {
    const { buffer, start, end } = record(row);
    const { resource, scope } = toEnvelope(scopes[scopeOf[row] ?? 0]);
    return readSpan(buffer, start, end, resource, scope, only);
  };
}

/** The log record of a row, whole. */
export function logOf({ segment, row }: Hit): LogRecord {
  const { buffer, start, end } = segment.record(row);
  const { resource, scope } = envelopeOf(segment, row);
  return readLogRecord(buffer, start, end, resource, scope);
}

/** Resources and scopes as they were read, by where they stand: most spans share a few. */
const envelopes = new WeakMap<ScopeEntry, Pick<Span, 'resource' | 'scope'>>();

function envelopeOf(segment: Segment, row: number): Pick<Span, 'resource' | 'scope'> {
  return toEnvelope(segment.dictionary().scopes[segment.rows().scope[row] ?? 0]);
}

function toEnvelope(entry: ScopeEntry | undefined): Pick<Span, 'resource' | 'scope'> {
  const known = entry === undefined ? undefined : envelopes.get(entry);
  if (known !== undefined) return known;
  const made = readEnvelope(entry);
  if (entry !== undefined) envelopes.set(entry, made);
  return made;
}

function readEnvelope(entry: ScopeEntry | undefined): Pick<Span, 'resource' | 'scope'> {
  const resource = Buffer.from(entry?.resource ?? []);
  const scope = Buffer.from(entry?.scope ?? []);
  return {
    resource: readResource(resource, 0, resource.length, entry?.resourceUrl ?? ''),
    scope: readScope(scope, 0, scope.length, entry?.scopeUrl ?? ''),
  };
}
