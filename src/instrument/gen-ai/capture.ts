import { settings } from '../settings';

/** Whether content is to be written to spans, or to events. */
export function captures(where: 'span' | 'event'): boolean {
  const { captureContent: to } = settings();
  if (typeof to === 'boolean') return to && where === 'span';
  return to === where || to === 'both';
}

/** Whether anybody wants to have content at all. */
export function wantsContent(): boolean {
  const { captureContent, onContent } = settings();
  return onContent !== undefined || (captureContent !== false && captureContent !== 'off');
}

/** Content as the JSON text that spans carry; nothing unless spans are to have it, or when it has no JSON form. */
export function spanContent(value: unknown): string | undefined {
  if (value === undefined || !captures('span')) return undefined;
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
