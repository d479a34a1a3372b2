/** The first place where two JSON values differ. */
export interface Difference {
  /** `alerts[0].labels.job`; `.` for the whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** The first difference of two JSON values; undefined where they are equal. The order of keys does not count. */
export function differenceOf(expected: unknown, found: unknown, path = ''): Difference | undefined {
  if (Object.is(expected, found)) return undefined;
  if (isBranch(expected) && isBranch(found) && Array.isArray(expected) === Array.isArray(found)) {
    const [left, right] = [new Map(Object.entries(expected)), new Map(Object.entries(found))];
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      const inner = Array.isArray(expected) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      const difference = differenceOf(left.get(key), right.get(key), inner);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return { path: path === '' ? '.' : path, expected: text(expected), found: text(found) };
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
