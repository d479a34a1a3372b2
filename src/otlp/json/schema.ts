/** How a scalar field stands on the wire and in JSON. */
export type ScalarType =
  | 'string'
  | 'bytes'
  | 'hex'
  | 'bool'
  | 'double'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'enum';

/** One field of a message. */
export interface FieldSchema {
  readonly number: number;
  /** A scalar, or the name of a message in `MESSAGES`. */
  readonly type: ScalarType | MessageName;
  readonly repeated: boolean;
  /** Names of the values, for readers that write them as text; by number. */
  readonly values?: readonly string[];
}

/** A message: fields by their JSON name. */
export type MessageSchema = Readonly<Record<string, FieldSchema>>;

const one = (number: number, type: FieldSchema['type'], values?: readonly string[]): FieldSchema =>
  values ? { number, type, repeated: false, values } : { number, type, repeated: false };
const many = (number: number, type: FieldSchema['type']): FieldSchema => ({ number, type, repeated: true });

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (name) => `SPAN_KIND_${name}`,
);
const STATUS_CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];
const TEMPORALITIES = ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'].map((name) => `AGGREGATION_TEMPORALITY_${name}`);
const SEVERITIES = ['SEVERITY_NUMBER_UNSPECIFIED'].concat(
  ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name) =>
    ['', '2', '3', '4'].map((suffix) => `SEVERITY_NUMBER_${name}${suffix}`),
  ),
);

/** The names of the messages of OTLP 1.x. */
export type MessageName =
  | 'TracesRequest'
  | 'MetricsRequest'
  | 'LogsRequest'
  | 'ResourceSpans'
  | 'ScopeSpans'
  | 'Span'
  | 'Event'
  | 'Link'
  | 'Status'
  | 'ResourceMetrics'
  | 'ScopeMetrics'
  | 'Metric'
  | 'Gauge'
  | 'Sum'
  | 'Histogram'
  | 'ExponentialHistogram'
  | 'Summary'
  | 'NumberDataPoint'
  | 'HistogramDataPoint'
  | 'ExponentialHistogramDataPoint'
  | 'Buckets'
  | 'SummaryDataPoint'
  | 'ValueAtQuantile'
  | 'Exemplar'
  | 'ResourceLogs'
  | 'ScopeLogs'
  | 'LogRecord'
  | 'Resource'
  | 'EntityRef'
  | 'InstrumentationScope'
  | 'KeyValue'
  | 'AnyValue'
  | 'ArrayValue'
  | 'KeyValueList';

/** opentelemetry-proto 1.x, as far as it is stable. */
export const MESSAGES: Readonly<Record<MessageName, MessageSchema>> = {
  TracesRequest: { resourceSpans: many(1, 'ResourceSpans') },
  MetricsRequest: { resourceMetrics: many(1, 'ResourceMetrics') },
  LogsRequest: { resourceLogs: many(1, 'ResourceLogs') },
  ResourceSpans: {
    resource: one(1, 'Resource'),
    scopeSpans: many(2, 'ScopeSpans'),
    schemaUrl: one(3, 'string'),
  },
  ScopeSpans: {
    scope: one(1, 'InstrumentationScope'),
    spans: many(2, 'Span'),
    schemaUrl: one(3, 'string'),
  },
  Span: {
    traceId: one(1, 'hex'),
    spanId: one(2, 'hex'),
    traceState: one(3, 'string'),
    parentSpanId: one(4, 'hex'),
    name: one(5, 'string'),
    kind: one(6, 'enum', KINDS),
    startTimeUnixNano: one(7, 'fixed64'),
    endTimeUnixNano: one(8, 'fixed64'),
    attributes: many(9, 'KeyValue'),
    droppedAttributesCount: one(10, 'uint32'),
    events: many(11, 'Event'),
    droppedEventsCount: one(12, 'uint32'),
    links: many(13, 'Link'),
    droppedLinksCount: one(14, 'uint32'),
    status: one(15, 'Status'),
    flags: one(16, 'fixed32'),
  },
  Event: {
    timeUnixNano: one(1, 'fixed64'),
    name: one(2, 'string'),
    attributes: many(3, 'KeyValue'),
    droppedAttributesCount: one(4, 'uint32'),
  },
  Link: {
    traceId: one(1, 'hex'),
    spanId: one(2, 'hex'),
    traceState: one(3, 'string'),
    attributes: many(4, 'KeyValue'),
    droppedAttributesCount: one(5, 'uint32'),
    flags: one(6, 'fixed32'),
  },
  Status: { message: one(2, 'string'), code: one(3, 'enum', STATUS_CODES) },
  ResourceMetrics: {
    resource: one(1, 'Resource'),
    scopeMetrics: many(2, 'ScopeMetrics'),
    schemaUrl: one(3, 'string'),
  },
  ScopeMetrics: {
    scope: one(1, 'InstrumentationScope'),
    metrics: many(2, 'Metric'),
    schemaUrl: one(3, 'string'),
  },
  Metric: {
    name: one(1, 'string'),
    description: one(2, 'string'),
    unit: one(3, 'string'),
    gauge: one(5, 'Gauge'),
    sum: one(7, 'Sum'),
    histogram: one(9, 'Histogram'),
    exponentialHistogram: one(10, 'ExponentialHistogram'),
    summary: one(11, 'Summary'),
    metadata: many(12, 'KeyValue'),
  },
  Gauge: { dataPoints: many(1, 'NumberDataPoint') },
  Sum: {
    dataPoints: many(1, 'NumberDataPoint'),
    aggregationTemporality: one(2, 'enum', TEMPORALITIES),
    isMonotonic: one(3, 'bool'),
  },
  Histogram: {
    dataPoints: many(1, 'HistogramDataPoint'),
    aggregationTemporality: one(2, 'enum', TEMPORALITIES),
  },
  ExponentialHistogram: {
    dataPoints: many(1, 'ExponentialHistogramDataPoint'),
    aggregationTemporality: one(2, 'enum', TEMPORALITIES),
  },
  Summary: { dataPoints: many(1, 'SummaryDataPoint') },
  NumberDataPoint: {
    startTimeUnixNano: one(2, 'fixed64'),
    timeUnixNano: one(3, 'fixed64'),
    asDouble: one(4, 'double'),
    exemplars: many(5, 'Exemplar'),
    asInt: one(6, 'sfixed64'),
    attributes: many(7, 'KeyValue'),
    flags: one(8, 'uint32'),
  },
  HistogramDataPoint: {
    startTimeUnixNano: one(2, 'fixed64'),
    timeUnixNano: one(3, 'fixed64'),
    count: one(4, 'fixed64'),
    sum: one(5, 'double'),
    bucketCounts: many(6, 'fixed64'),
    explicitBounds: many(7, 'double'),
    exemplars: many(8, 'Exemplar'),
    attributes: many(9, 'KeyValue'),
    flags: one(10, 'uint32'),
    min: one(11, 'double'),
    max: one(12, 'double'),
  },
  ExponentialHistogramDataPoint: {
    attributes: many(1, 'KeyValue'),
    startTimeUnixNano: one(2, 'fixed64'),
    timeUnixNano: one(3, 'fixed64'),
    count: one(4, 'fixed64'),
    sum: one(5, 'double'),
    scale: one(6, 'sint32'),
    zeroCount: one(7, 'fixed64'),
    positive: one(8, 'Buckets'),
    negative: one(9, 'Buckets'),
    flags: one(10, 'uint32'),
    exemplars: many(11, 'Exemplar'),
    min: one(12, 'double'),
    max: one(13, 'double'),
    zeroThreshold: one(14, 'double'),
  },
  Buckets: { offset: one(1, 'sint32'), bucketCounts: many(2, 'uint64') },
  SummaryDataPoint: {
    startTimeUnixNano: one(2, 'fixed64'),
    timeUnixNano: one(3, 'fixed64'),
    count: one(4, 'fixed64'),
    sum: one(5, 'double'),
    quantileValues: many(6, 'ValueAtQuantile'),
    attributes: many(7, 'KeyValue'),
    flags: one(8, 'uint32'),
  },
  ValueAtQuantile: { quantile: one(1, 'double'), value: one(2, 'double') },
  Exemplar: {
    timeUnixNano: one(2, 'fixed64'),
    asDouble: one(3, 'double'),
    spanId: one(4, 'hex'),
    traceId: one(5, 'hex'),
    asInt: one(6, 'sfixed64'),
    filteredAttributes: many(7, 'KeyValue'),
  },
  ResourceLogs: {
    resource: one(1, 'Resource'),
    scopeLogs: many(2, 'ScopeLogs'),
    schemaUrl: one(3, 'string'),
  },
  ScopeLogs: {
    scope: one(1, 'InstrumentationScope'),
    logRecords: many(2, 'LogRecord'),
    schemaUrl: one(3, 'string'),
  },
  LogRecord: {
    timeUnixNano: one(1, 'fixed64'),
    severityNumber: one(2, 'enum', SEVERITIES),
    severityText: one(3, 'string'),
    body: one(5, 'AnyValue'),
    attributes: many(6, 'KeyValue'),
    droppedAttributesCount: one(7, 'uint32'),
    flags: one(8, 'fixed32'),
    traceId: one(9, 'hex'),
    spanId: one(10, 'hex'),
    observedTimeUnixNano: one(11, 'fixed64'),
    eventName: one(12, 'string'),
  },
  Resource: {
    attributes: many(1, 'KeyValue'),
    droppedAttributesCount: one(2, 'uint32'),
    entityRefs: many(3, 'EntityRef'),
  },
  EntityRef: {
    schemaUrl: one(1, 'string'),
    type: one(2, 'string'),
    idKeys: many(3, 'string'),
    descriptionKeys: many(4, 'string'),
  },
  InstrumentationScope: {
    name: one(1, 'string'),
    version: one(2, 'string'),
    attributes: many(3, 'KeyValue'),
    droppedAttributesCount: one(4, 'uint32'),
  },
  KeyValue: { key: one(1, 'string'), value: one(2, 'AnyValue') },
  AnyValue: {
    stringValue: one(1, 'string'),
    boolValue: one(2, 'bool'),
    intValue: one(3, 'int64'),
    doubleValue: one(4, 'double'),
    arrayValue: one(5, 'ArrayValue'),
    kvlistValue: one(6, 'KeyValueList'),
    bytesValue: one(7, 'bytes'),
  },
  ArrayValue: { values: many(1, 'AnyValue') },
  KeyValueList: { values: many(1, 'KeyValue') },
};

/** Scalars that stand on the wire in packed form when repeated. */
export const PACKED: ReadonlySet<string> = new Set(['double', 'fixed64', 'uint64']);

/** Fields whose value is written even where it is the default, because presence says something. */
export const ALWAYS_PRESENT: ReadonlySet<string> = new Set([
  'AnyValue',
  'NumberDataPoint.asDouble',
  'NumberDataPoint.asInt',
  'Exemplar.asDouble',
  'Exemplar.asInt',
  'HistogramDataPoint.sum',
  'HistogramDataPoint.min',
  'HistogramDataPoint.max',
  'ExponentialHistogramDataPoint.sum',
  'ExponentialHistogramDataPoint.min',
  'ExponentialHistogramDataPoint.max',
]);

/** Whether a field's type is a message. */
export function isMessage(type: FieldSchema['type']): type is MessageName {
  return type in MESSAGES;
}
