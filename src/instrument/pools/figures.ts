import type { PoolFigures } from './probe';

/** Whether a pool has all those methods. */
export function has(target: object, ...methods: readonly string[]): boolean {
  return methods.every((method) => typeof Reflect.get(target, method) === 'function');
}

/** The number at a path, or what a method without arguments there gives. */
export function numberOf(target: object, ...path: readonly string[]): number | undefined {
  let found: unknown = target;
  let owner: unknown = target;
  for (const key of path) {
    if (!isObject(found)) return undefined;
    owner = found;
    found = Reflect.get(found, key);
  }
  if (typeof found === 'function') found = Reflect.apply(found, owner, []);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** The length of a queue. */
export function lengthOf(target: object, key: string): number | undefined {
  const queue: unknown = Reflect.get(target, key);
  return isObject(queue) ? numberOf(queue, 'length') : undefined;
}

/** The sum of what is known; undefined when nothing is. */
export function sum(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}

/** The difference, when both are known. */
export function minus(from: number | undefined, take: number | undefined): number | undefined {
  return from === undefined || take === undefined ? undefined : from - take;
}

/** Figures without those that are not known. */
export function figures(given: { readonly [K in keyof PoolFigures]: PoolFigures[K] | undefined }): PoolFigures {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Whether a value has properties. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
