import { attributeToText } from '../domain/attributes';
import type { Attributes } from '../domain/attributes';
import type { LogRecord } from '../domain/log-record';
import type { Span } from '../domain/span';

/** Attributes a record must have, by text form. */
export type WantedAttributes = Readonly<Record<string, string>>;

/**
 * Whether the span has the attributes: on itself, an event, a link, its resource or its scope, or as a tag that Jaeger's
 * users know (`TraceSearch.attributes` lists them).
 */
export function spanHas(span: Span, wanted: WantedAttributes): boolean {
  const implied: Attributes = {
    ...(span.status.code === 'error' ? { error: true } : {}),
    ...(span.status.code === 'unset' ? {} : { 'otel.status_code': span.status.code.toUpperCase() }),
    'span.kind': span.kind,
    'otel.scope.name': span.scope.name,
    'otel.scope.version': span.scope.version,
  };
  const places = [
    span.attributes,
    span.resource.attributes,
    span.scope.attributes,
    implied,
    ...span.events.map(({ name, attributes }) => ({ event: name, ...attributes })),
    ...span.links.map(({ attributes }) => attributes),
  ];
  return Object.entries(wanted).every(([key, text]) => places.some((place) => textAt(place, key) === text));
}

/** Whether the record has the attributes: on itself, its resource or its scope. */
export function logHas(record: LogRecord, wanted: WantedAttributes): boolean {
  const places = [record.attributes, record.resource.attributes, record.scope.attributes];
  return Object.entries(wanted).every(([key, text]) => places.some((place) => textAt(place, key) === text));
}

/** Whether a text stands in a record's body, its event's name or a value of it, letters of either case. */
export function logSays({ body, eventName, attributes }: LogRecord, text: string): boolean {
  const wanted = text.toLowerCase();
  return [attributeToText(body), eventName, ...Object.values(attributes).map(attributeToText)].some((part) =>
    part.toLowerCase().includes(wanted),
  );
}

function textAt(attributes: Attributes, key: string): string | undefined {
  const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  return value === undefined ? undefined : attributeToText(value);
}
