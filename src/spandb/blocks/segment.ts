import type { RecordKind } from './tokens';
import type { Rows } from './rows';

/** A service and one of its operations (for log records: the event's name). */
export interface Operation {
  readonly service: string;
  readonly name: string;
}

/** A resource or scope as it was received. */
export interface ScopeEntry {
  readonly resource: Uint8Array;
  readonly resourceUrl: string;
  readonly scope: Uint8Array;
  readonly scopeUrl: string;
}

/** What is known of a run of records without reading it. */
export interface SegmentBounds {
  readonly kind: RecordKind;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly minStart: number;
  readonly maxStart: number;
  readonly maxDuration: number;
}

/** The tables that rows point into. */
export interface Dictionary {
  readonly operations: readonly Operation[];
  readonly scopes: readonly ScopeEntry[];
  /** For each scope, the hashes of the attributes of it and of its resource. */
  readonly scopeTokens: readonly ReadonlySet<number>[];
}

/** Where one record's encoding lies. */
export interface RecordRange {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A run of records that can be asked, in memory or stored. */
export interface Segment {
  readonly bounds: SegmentBounds;
  /** False when no record has the operation; a name of '' asks for the service alone. */
  mayHaveOperation(service: string, name: string): boolean;
  /** False when no record is of a trace with the hash. */
  mayHaveTrace(traceHash: number): boolean;
  rows(): Rows;
  dictionary(): Dictionary;
  /** Identity of all rows, `ID_BYTES` each. */
  ids(): Buffer;
  record(row: number): RecordRange;
  /** As `record`, for many rows in their order: what neighbours share is looked up once. Not to be kept. */
  recordReader(): (row: number) => RecordRange;
  /** Tells apart what came with different requests, as far as that is still known. */
  sourceOf(row: number): number;
  /** Rows whose own attributes have the token, ascending. */
  rowsWithToken(token: number): Uint16Array;
  /** Attribute keys of its records, their resources and scopes; undefined where they were not counted. */
  attributeKeys(): Iterable<string> | undefined;
}
