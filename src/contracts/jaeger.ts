/** Bodies of the Jaeger-compatible APIs: v1 as the Jaeger UI and Grafana read it, v3 as the newer UI does. */

/** Every v1 answer. */
export interface JaegerEnvelope<T> {
  readonly data: T | null;
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
  readonly errors: readonly JaegerError[] | null;
}

export interface JaegerError {
  readonly code: number;
  readonly msg: string;
  readonly traceID?: string;
}

/** A typed key and value; 64-bit integers are JSON numbers, or texts of digits where a JSON number is not exact. */
export interface JaegerKeyValue {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | number | boolean;
}

export interface JaegerReference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceID: string;
  readonly spanID: string;
}

export interface JaegerLog {
  /** Microseconds. */
  readonly timestamp: number;
  readonly fields: readonly JaegerKeyValue[];
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly flags: number;
  readonly operationName: string;
  readonly references: readonly JaegerReference[];
  /** Microseconds. */
  readonly startTime: number;
  /** Microseconds. */
  readonly duration: number;
  readonly tags: readonly JaegerKeyValue[];
  readonly logs: readonly JaegerLog[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

export interface JaegerProcess {
  readonly serviceName: string;
  readonly tags: readonly JaegerKeyValue[];
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, JaegerProcess>>;
  readonly warnings: readonly string[] | null;
}

export interface JaegerOperation {
  readonly name: string;
  readonly spanKind: string;
}

export interface JaegerDependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** One trace of `/api/v3/trace-summaries`. */
export interface JaegerTraceSummary {
  /** Exactly 32 hex digits. */
  readonly traceId: string;
  readonly rootServiceName: string;
  readonly rootOperationName: string;
  /** Decimal text. */
  readonly minStartTimeUnixNano: string;
  readonly maxEndTimeUnixNano: string;
  readonly spanCount: number;
  readonly errorSpanCount: number;
  readonly orphanSpanCount: number;
  readonly services: readonly { readonly name: string; readonly spanCount: number; readonly errorSpanCount: number }[];
}

/** A v3 error. */
export interface JaegerV3Error {
  readonly error: { readonly httpCode: number; readonly message: string };
}

/** An OTLP/JSON value. */
export type OtlpJsonValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly bytesValue: string }
  | { readonly arrayValue: { readonly values: readonly OtlpJsonValue[] } }
  | { readonly kvlistValue: { readonly values: readonly OtlpJsonKeyValue[] } }
  | Readonly<Record<string, never>>;

export interface OtlpJsonKeyValue {
  readonly key: string;
  readonly value: OtlpJsonValue;
}

/** Spans as OTLP/JSON: ids in hex, enums as numbers, nanoseconds as decimal text. */
export interface OtlpJsonResourceSpans {
  readonly resource: { readonly attributes: readonly OtlpJsonKeyValue[] };
  readonly scopeSpans: readonly {
    readonly scope: {
      readonly name: string;
      readonly version: string;
      readonly attributes: readonly OtlpJsonKeyValue[];
    };
    readonly spans: readonly OtlpJsonSpan[];
    readonly schemaUrl: string;
  }[];
  readonly schemaUrl: string;
}

export interface OtlpJsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Absent at a root. */
  readonly parentSpanId?: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpJsonKeyValue[];
  readonly events: readonly {
    readonly timeUnixNano: string;
    readonly name: string;
    readonly attributes: readonly OtlpJsonKeyValue[];
    readonly droppedAttributesCount: number;
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly traceState: string;
    readonly attributes: readonly OtlpJsonKeyValue[];
    readonly flags: number;
  }[];
  readonly status: { readonly code: number; readonly message: string };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}
