import type { SilenceMatcher } from '../api/alerts';
import type { LabelSet } from '../api/prometheus';

/** `{a="b", c!~"d"}` as matchers; undefined when the text is anything else. */
export function parseMatchers(text: string): SilenceMatcher[] | undefined {
  const one = /\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;
  const inner = text
    .trim()
    .replace(/^\{([\s\S]*)\}$/, '$1')
    .trim();
  const list: SilenceMatcher[] = [];
  while (one.lastIndex < inner.length) {
    const match = one.exec(inner);
    if (match === null) return undefined;
    const value = (match[3] ?? '').replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
    const sign = match[2] ?? '=';
    list.push({ name: match[1] ?? '', value, isRegex: sign.endsWith('~'), isEqual: !sign.startsWith('!') });
  }
  return list.length === 0 ? undefined : list;
}

/** `a="b"`, `c!~"d"`. */
export function matcherText({ name, value, isRegex, isEqual }: SilenceMatcher): string {
  const sign = isEqual ? (isRegex ? '=~' : '=') : isRegex ? '!~' : '!=';
  return `${name}${sign}${quoted(value)}`;
}

/** Labels as the matchers that are met by them alone: `{a="b"}`. */
export function matchersOf(labels: LabelSet): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(', ')}}`;
}

/** Whether labels meet a matcher; a label that is absent counts as empty. An expression that is none meets nothing. */
export function matcherMeets({ name, value, isRegex, isEqual }: SilenceMatcher, labels: LabelSet): boolean {
  const actual = labels[name] ?? '';
  if (!isRegex) return (actual === value) === isEqual;
  try {
    return new RegExp(`^(?:${value})$`, 's').test(actual) === isEqual;
  } catch {
    return false;
  }
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
