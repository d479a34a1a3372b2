import { attributeToText } from '../domain/attributes';
import type { Attributes } from '../domain/attributes';
import { isContentBody, isContentKey } from '../domain/content';
import type { LogRecord } from '../domain/log-record';
import type { Span } from '../domain/span';
import type { LogSearch } from './ports/span-store';

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

/**
 * Whether a text stands in a record's body, its event's name or a value of it, letters of either case. What was said and
 * done is looked into only when told to: an answer would tell what it holds.
 */
export function logSays(record: LogRecord, { text = '', withContent = false }: LogSearch): boolean {
  const { body, eventName, attributes } = record;
  const wanted = text.toLowerCase();
  const says = (part: string): boolean => part.toLowerCase().includes(wanted);
  if (says(eventName)) return true;
  if ((withContent || !isContentBody(record)) && says(attributeToText(body))) return true;
  return Object.entries(attributes).some(
    ([key, value]) => (withContent || !isContentKey(key)) && says(attributeToText(value)),
  );
}

function textAt(attributes: Attributes, key: string): string | undefined {
  const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  return value === undefined ? undefined : attributeToText(value);
}
