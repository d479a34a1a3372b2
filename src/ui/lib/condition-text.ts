/** The condition under the caret of a search text, and what of it is to be completed. */
export interface ConditionAtCaret {
  /** Where its key, or its value, begins and ends in the text. */
  readonly from: number;
  readonly to: number;
  /** What is completed: a key, or a value of `key`. */
  readonly kind: 'key' | 'value';
  readonly key: string;
  /** What is written of it so far, without quotes. */
  readonly part: string;
}

const CONDITION = /-?([^\s=!~<>"]*)(?:(!=|!~|>=|<=|=|~|>|<)(?:"((?:[^"\\]|\\.)*)"?|([^\s"]*)))?/y;

/** Finds the condition that the caret stands in. */
export function conditionAt(text: string, caret: number): ConditionAtCaret {
  for (let at = 0; at <= text.length;) {
    while (at < text.length && /\s/.test(text[at] ?? '') && at < caret) at++;
    CONDITION.lastIndex = at;
    const match = CONDITION.exec(text);
    const end = at + (match?.[0].length ?? 0);
    if (match === null || caret <= end || end === at) {
      const minus = match?.[0].startsWith('-') === true ? 1 : 0;
      const key = match?.[1] ?? '';
      const valueFrom = at + minus + key.length + (match?.[2]?.length ?? 0);
      return match?.[2] !== undefined && caret >= valueFrom
        ? { kind: 'value', key, from: valueFrom, to: end, part: match[3]?.replace(/\\(.)/g, '$1') ?? match[4] ?? '' }
        : { kind: 'key', key: '', from: at + minus, to: at + minus + key.length, part: key };
    }
    at = end;
  }
  return { kind: 'key', key: '', from: text.length, to: text.length, part: '' };
}

/** The text with a completion put in, and where the caret goes. */
export function complete(
  text: string,
  { from, to, kind }: Pick<ConditionAtCaret, 'from' | 'to' | 'kind'>,
  chosen: string,
): { readonly text: string; readonly caret: number } {
  const written = kind === 'key' ? chosen : quoteValue(chosen);
  const rest = text.slice(to);
  const after = kind === 'key' ? (/^(!=|!~|>=|<=|=|~|>|<)/.test(rest) ? '' : '=') : rest === '' ? ' ' : '';
  return { text: text.slice(0, from) + written + after + rest, caret: from + written.length + after.length };
}

/** A value as a condition takes it: in quotes where it needs them. */
export function quoteValue(value: string): string {
  return value === '' || /[\s"\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
}
