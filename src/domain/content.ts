import { GlobSet } from '../base/globs';
import { CONTENT_EVENTS, CONTENT_KEYS } from './content-keys';
import type { LogRecord } from './log-record';

const keys = new GlobSet(CONTENT_KEYS);
const events = new GlobSet(CONTENT_EVENTS);

/** Whether an attribute holds what was said or done: dropped on arrival unless content is kept, and shown on request only. */
export function isContentKey(key: string): boolean {
  return keys.has(key);
}

/** Whether the body of a log record or event of this name is content. */
export function isContentEvent(name: string): boolean {
  return events.has(name);
}

/** Whether the body of a log record is content. */
export function isContentBody(record: Pick<LogRecord, 'eventName' | 'attributes'>): boolean {
  return isContentEvent(eventNameOf(record));
}

/** The name of the event a log record stands for; some emitters give it as an attribute. */
export function eventNameOf({ eventName, attributes }: Pick<LogRecord, 'eventName' | 'attributes'>): string {
  const named = attributes['event.name'];
  return eventName === '' && typeof named === 'string' ? named : eventName;
}
