import { attributeToText } from '../../domain/attributes';
import type { Attributes } from '../../domain/attributes';
import { isContentBody, isContentKey } from '../../domain/content';
import type { LogRecord } from '../../domain/log-record';
import type { Span } from '../../domain/span';

/** Attributes as texts, but for those that hold what was said or done. */
export function withoutContent(attributes: Attributes): Record<string, string> {
  return texts(attributes, (key) => !isContentKey(key));
}

/** What was said and done in a span, by attribute; what an event of it holds, under `event 1 (name): key`. */
export function contentOf(span: Span): Record<string, string> {
  const content = texts({ ...span.resource.attributes, ...span.attributes }, isContentKey);
  span.events.forEach(({ name, attributes }, index) => {
    for (const [key, text] of Object.entries(texts(attributes, isContentKey)))
      content[`event ${index + 1} (${name}): ${key}`] = text;
  });
  return content;
}

/** What was said and done in a log record, by attribute; its body, under `body`, where that is content. */
export function contentOfLog(record: LogRecord): Record<string, string> {
  return {
    ...(isContentBody(record) ? { body: attributeToText(record.body) } : {}),
    ...texts(record.attributes, isContentKey),
  };
}

function texts(attributes: Attributes, wanted: (key: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([key]) => wanted(key))
      .map(([key, value]) => [key, attributeToText(value)]),
  );
}
