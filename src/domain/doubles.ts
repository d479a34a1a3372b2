/**
 * OTLP tells the double 1.0 from the integer 1, JavaScript does not. Whole numbers that came as doubles are remembered
 * here by the attributes or list that holds them, so that they can be given on as what they were. A copy forgets it
 * unless told otherwise; all that follows is that a whole number is then given as an integer.
 */
const wholeDoubles = new WeakMap<object, Set<string>>();

/** Remembers that the whole number under the key (of a list: its index) came as a double. */
export function markDouble(holder: object, key: string): void {
  const known = wholeDoubles.get(holder);
  if (known === undefined) wholeDoubles.set(holder, new Set([key]));
  else known.add(key);
}

/** Whether the number under the key is to be given as a double: it is no whole number that fits, or it came as a double. */
export function isDouble(holder: object, key: string, value: number): boolean {
  return !Number.isSafeInteger(value) || Object.is(value, -0) || wholeDoubles.get(holder)?.has(key) === true;
}

/** Gives `to`, a copy of `from` with more or fewer keys, what is remembered of `from`. */
export function keepDoubles<T extends object>(from: object, to: T): T {
  const known = wholeDoubles.get(from);
  if (known !== undefined) wholeDoubles.set(to, new Set(known));
  return to;
}
