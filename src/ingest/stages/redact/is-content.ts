import { CONTENT_EVENTS, CONTENT_KEYS } from './content-keys';
import { GlobSet } from './globs';

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
