/** A JSON object whose content is unknown. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object; undefined when it is none. */
export function toObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** The value at a path of keys (an array index is a key); undefined where the path ends early. */
export function valueAt(from: unknown, ...path: readonly (string | number)[]): unknown {
  let value: unknown = from;
  for (const key of path) {
    if (Array.isArray(value)) value = typeof key === 'number' ? value[key] : undefined;
    else if (typeof value === 'object' && value !== null && Object.hasOwn(value, key)) value = Reflect.get(value, key);
    else return undefined;
  }
  return value;
}

/** A count: a finite number that is not negative, or its decimal text; null and anything else is "not reported". */
export function toCount(value: unknown): number | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'bigint'
        ? Number(value)
        : typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value)
          ? Number(value)
          : undefined;
  return number !== undefined && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** The count at the first of the paths that has one. */
export function countAt(from: unknown, ...paths: readonly (readonly (string | number)[])[]): number | undefined {
  for (const path of paths) {
    const count = toCount(valueAt(from, ...path));
    if (count !== undefined) return count;
  }
  return undefined;
}

/** The sum of the counts that are known; undefined when none is. */
export function sumKnown(...counts: readonly (number | undefined)[]): number | undefined {
  let sum: number | undefined;
  for (const count of counts) if (count !== undefined) sum = (sum ?? 0) + count;
  return sum;
}

/** The text at a path; undefined when it is no text or empty. */
export function textAt(from: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = valueAt(from, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
