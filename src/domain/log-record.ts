import type { AttributeValue, Attributes } from './attributes';
import type { InstrumentationScope, Resource } from './resource';

/** One log record or event (a record with an event name). Ids are lowercase hex, or empty. */
export interface LogRecord {
  readonly timeUnixNano: bigint;
  readonly observedUnixNano: bigint;
  /** OTLP severity number, 1 (trace) to 24 (fatal); 0 when not given. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: AttributeValue;
  readonly attributes: Attributes;
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}
