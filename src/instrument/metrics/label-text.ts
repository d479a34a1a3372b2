import type { LabelRecord } from './cells';

/** `a="x",b="y"`, escaped as the text format asks; empty for no labels. */
export function labelText(labels: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const name in labels) {
    const value = labels[name];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${name}="${escapeLabelValue(String(value))}"`;
  }
  return text;
}

/** A key that is the same for equal labels in whatever order. */
export function labelKey(labels: LabelRecord): string {
  const names = Object.keys(labels);
  if (names.length > 1) names.sort();
  let key = '';
  for (const name of names) key += `${name}\u0001${labels[name] ?? ''}\u0002`;
  return key;
}

/** A label value within quotes. */
export function escapeLabelValue(value: string): string {
  return /[\\\n"]/.test(value) ? value.replace(/[\\\n"]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`)) : value;
}

/** A help text on its line. */
export function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (char) => (char === '\n' ? '\\n' : '\\\\'));
}

/** A sample value as the text formats write it. */
export function valueText(value: number): string {
  if (value - value === 0) return String(value);
  return value !== value ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
