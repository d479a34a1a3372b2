import type { Attributes } from './attributes';

/** What produced telemetry. */
export interface Resource {
  readonly attributes: Attributes;
  readonly schemaUrl: string;
}

/** The instrumentation library that made a record. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
  readonly schemaUrl: string;
}

/** `service.name`, or OpenTelemetry's `unknown_service`. */
export function serviceNameOf(resource: Resource): string {
  const name = resource.attributes['service.name'];
  return typeof name === 'string' && name !== '' ? name : 'unknown_service';
}
