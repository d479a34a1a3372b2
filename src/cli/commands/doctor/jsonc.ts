import { BadInputError } from '../../../base/errors';

/** A value of a settings file. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

interface ObjectRange {
  readonly start: number;
  /** Of the closing brace. */
  readonly end: number;
  readonly members: readonly Member[];
}

/**
 * Sets the value at a path of keys in JSON that may have comments and trailing commas; everything else of the text stays
 * as it is. Objects that are missing on the way are made.
 * @throws BadInputError when the text is no object, or the path leads through a value that is none.
 */
export function setJsonc(text: string, path: readonly string[], value: JsonValue): string {
  const source = text.trim() === '' ? '{}\n' : text;
  let at = skipBlank(source, 0);
  let depth = 0;
  for (;;) {
    const object = readObject(source, at);
    const key = path[depth] ?? '';
    const member = object.members.find((candidate) => candidate.key === key);
    const isLast = depth === path.length - 1;
    if (member === undefined) return insert(source, object, depth, path.slice(depth), value);
    if (isLast) return source.slice(0, member.valueStart) + print(value, depth + 1) + source.slice(member.valueEnd);
    at = member.valueStart;
    depth++;
  }
}

/** The value at a path; undefined when it is not there. @throws BadInputError on text that is no JSON object. */
export function getJsonc(text: string, path: readonly string[]): JsonValue | undefined {
  if (text.trim() === '') return undefined;
  let at = skipBlank(text, 0);
  for (const [depth, key] of path.entries()) {
    if (text[at] !== '{') return undefined;
    const member = readObject(text, at).members.find((candidate) => candidate.key === key);
    if (member === undefined) return undefined;
    if (depth === path.length - 1) return parseValue(text.slice(member.valueStart, member.valueEnd));
    at = member.valueStart;
  }
  return undefined;
}

function insert(source: string, object: ObjectRange, depth: number, path: readonly string[], value: JsonValue): string {
  const nested = path.slice(1).reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);
  const line = `${JSON.stringify(path[0])}: ${print(nested, depth + 1)}`;
  const indent = '  '.repeat(depth + 1);
  const last = object.members.at(-1);
  if (last === undefined)
    return `${source.slice(0, object.start + 1)}\n${indent}${line}\n${'  '.repeat(depth)}${source.slice(object.end)}`;
  const lineStart = source.lastIndexOf('\n', last.keyStart) + 1;
  const ownIndent = /^[ \t]*/.exec(source.slice(lineStart, last.keyStart))?.[0] ?? indent;
  return `${source.slice(0, last.valueEnd)},\n${ownIndent}${line}${source.slice(last.valueEnd)}`;
}

function print(value: JsonValue, depth: number): string {
  return JSON.stringify(value, undefined, 2).replaceAll('\n', `\n${'  '.repeat(depth)}`);
}

function parseValue(text: string): JsonValue | undefined {
  try {
    const value: unknown = JSON.parse(stripComments(text));
    return isJsonValue(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJsonValue(value: unknown): value is JsonValue {
  return value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value);
}

function stripComments(text: string): string {
  let plain = '';
  for (let at = 0; at < text.length;) {
    if (text[at] === '"') {
      const end = stringEnd(text, at);
      plain += text.slice(at, end);
      at = end;
    } else {
      const next = skipComment(text, at);
      if (next === at) plain += text[at++];
      else at = next;
    }
  }
  return plain.replace(/,(\s*[}\]])/g, '$1');
}

function readObject(text: string, start: number): ObjectRange {
  if (text[start] !== '{') throw new BadInputError('the settings are not a JSON object where one is expected');
  const members: Member[] = [];
  let at = skipBlank(text, start + 1);
  while (text[at] !== '}') {
    if (text[at] === ',') {
      at = skipBlank(text, at + 1);
      continue;
    }
    if (text[at] !== '"') throw new BadInputError(`the settings are not JSON: a key is expected at offset ${at}`);
    const keyStart = at;
    const keyEnd = stringEnd(text, at);
    const key: unknown = JSON.parse(text.slice(keyStart, keyEnd));
    at = skipBlank(text, keyEnd);
    if (text[at] !== ':') throw new BadInputError(`the settings are not JSON: ":" is expected at offset ${at}`);
    const valueStart = skipBlank(text, at + 1);
    const valueEnd = skipValue(text, valueStart);
    members.push({ key: String(key), keyStart, valueStart, valueEnd });
    at = skipBlank(text, valueEnd);
    if (at >= text.length) throw new BadInputError('the settings are not JSON: a brace is not closed');
  }
  return { start, end: at, members };
}

function skipValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length;) {
    const char = text[at] ?? '';
    if (char === '"') at = stringEnd(text, at);
    else if (char === '{' || char === '[') {
      depth++;
      at++;
    } else if (char === '}' || char === ']') {
      if (depth === 0) return at;
      depth--;
      at++;
      if (depth === 0) return at;
    } else if (depth === 0 && (char === ',' || /\s/.test(char) || skipComment(text, at) !== at)) return at;
    else at = Math.max(at + 1, skipComment(text, at));
    if (depth === 0 && char === '"') return at;
  }
  throw new BadInputError('the settings are not JSON: a value does not end');
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  throw new BadInputError('the settings are not JSON: a text does not end');
}

function skipBlank(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const next = skipComment(text, at);
    if (next !== at) at = next;
    else if (/\s|\ufeff/.test(text[at] ?? '')) at++;
    else break;
  }
  return at;
}

function skipComment(text: string, at: number): number {
  if (text.startsWith('//', at)) {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  }
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at);
    return end < 0 ? text.length : end + 2;
  }
  return at;
}
