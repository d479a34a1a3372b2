import type { AttributeValue } from '../domain/attributes';
import type {
  Dependency,
  EncodedRecords,
  LogSearch,
  PackedList,
  SpanDetail,
  SpanDetailQuery,
  SpanDigest,
  SpanDigestQuery,
  TraceSearch,
  TraceSummary,
} from '../storage';
import type { RecordKind } from './blocks/tokens';
import type { SpandbConfig } from './spandb.config';

/** What the span worker starts with. */
export interface SpanWorkerInput {
  readonly dataDir: string;
  readonly config: SpandbConfig;
  readonly at: number;
}

/** How the store stands. */
export interface SpanStoreStats {
  readonly days: number;
  readonly blocks: number;
  readonly records: number;
  readonly pendingRecords: number;
  readonly sizeBytes: number;
  readonly cacheBytes: number;
  readonly droppedBySampling: number;
  readonly removedDays: number;
  /** The day of the oldest records, as YYYY-MM-DD; empty when there are none. */
  readonly oldestDay: string;
}

/** One request to store. */
export interface WriteArgument {
  readonly kind: RecordKind;
  readonly at: number;
  readonly records: EncodedRecords;
  readonly skip: Uint8Array<ArrayBuffer> | undefined;
}

interface Call<A, R> {
  readonly argument: A;
  readonly result: R;
}

interface Window {
  readonly start: number;
  readonly end: number;
}

/** The calls of the span worker. Records come back as an OTLP export request. */
export type SpanProtocol = {
  /** Gives how many runs of records wait to be sealed. */
  readonly write: Call<WriteArgument, number>;
  /** Answers when few wait. */
  readonly caughtUp: Call<null, null>;
  readonly trace: Call<string, Uint8Array<ArrayBuffer>>;
  readonly search: Call<TraceSearch, TraceSummary[]>;
  readonly logs: Call<LogSearch, Uint8Array<ArrayBuffer>>;
  readonly digest: Call<SpanDigestQuery, SpanDigest>;
  readonly details: Call<SpanDetailQuery, SpanDetail[]>;
  readonly packedDetails: Call<SpanDetailQuery, PackedList>;
  readonly services: Call<null, string[]>;
  readonly operations: Call<string, { name: string; kind: number }[]>;
  readonly dependencies: Call<Window, Dependency[]>;
  readonly attributeKeys: Call<Window, string[]>;
  readonly attributeValues: Call<Window & { readonly key: string; readonly limit: number }, AttributeValue[]>;
  /** Seals what is old, turns the day, removes what is beyond retention. */
  readonly maintain: Call<{ readonly at: number }, SpanStoreStats>;
  /** Seals everything. */
  readonly flush: Call<null, null>;
  readonly close: Call<null, null>;
};
