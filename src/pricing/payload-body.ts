import { toObject } from './payload';
import type { JsonObject } from './payload';

/**
 * A payload as the events it consists of: one response body, the events of a stream in a list, a stream as text
 * (server-sent events or one JSON object per line), or JSON text. What cannot be read is left out. Never throws.
 */
export function eventsOf(payload: unknown): JsonObject[] {
  if (typeof payload === 'string') return eventsOfText(payload);
  if (Array.isArray(payload)) return objectsOf(payload);
  return [toObject(payload) ?? {}];
}

function eventsOfText(text: string): JsonObject[] {
  const whole = parse(text);
  if (whole !== undefined) return typeof whole === 'string' ? [] : eventsOf(whole);
  return objectsOf(text.split(/\r?\n/).map((line) => parse(line.replace(/^data:\s?/, ''))));
}

function objectsOf(values: readonly unknown[]): JsonObject[] {
  return values.map(toObject).filter((value) => value !== undefined);
}

function parse(text: string): unknown {
  const first = text.trimStart()[0];
  if (first !== '{' && first !== '[') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/**
 * Later counts on top of earlier ones, key by key; what the later leaves out, has as null or, where something was counted
 * before, as 0 stays as it was: the counts of a stream only grow.
 */
export function mergeUsage(earlier: JsonObject, later: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...earlier };
  for (const [key, value] of Object.entries(later)) {
    if (value === null || value === undefined || (value === 0 && typeof merged[key] === 'number')) continue;
    const before = toObject(merged[key]);
    const after = toObject(value);
    merged[key] = before !== undefined && after !== undefined ? mergeUsage(before, after) : value;
  }
  return merged;
}

/** Other ways to spell a key, in the order in which they are tried. */
export const SPELLINGS: readonly ((key: string) => string)[] = [
  (key: string): string => key.charAt(0).toLowerCase() + key.slice(1),
  (key: string): string => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase(),
];

/** Objects nested deeper are left as they are. */
const MAX_DEPTH = 8;

/** The object with its keys and those within it spelt otherwise. */
export function respell(from: JsonObject, spell: (key: string) => string, depth = 0): JsonObject {
  const inner = (value: unknown): unknown => {
    if (depth === MAX_DEPTH) return value;
    if (Array.isArray(value)) return value.map(inner);
    const object = toObject(value);
    return object === undefined ? value : respell(object, spell, depth + 1);
  };
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [spell(key), inner(value)]));
}
