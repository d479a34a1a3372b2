import type { Method } from '../spans/reflection';

/**
 * Makes `to` look like `from` to everything that inspects methods: name, length, prototype chain (an async function
 * stays one by name), own properties, and Reflect metadata, by which Nest knows guards, routes, pipes and the like.
 */
export function copyTraits(from: Method, to: Method): void {
  const prototype: unknown = Reflect.getPrototypeOf(from);
  if (typeof prototype === 'object' || typeof prototype === 'function') Reflect.setPrototypeOf(to, prototype);
  for (const key of Reflect.ownKeys(to)) {
    if (Reflect.getOwnPropertyDescriptor(from, key) === undefined) Reflect.deleteProperty(to, key);
  }
  for (const key of Reflect.ownKeys(from)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(from, key);
    if (descriptor !== undefined) Reflect.defineProperty(to, key, descriptor);
  }
  copyMetadata(from, to);
}

/** The functions of reflect-metadata, where it is loaded. */
interface MetadataReflection {
  getOwnMetadataKeys(target: object): unknown[];
  getOwnMetadata(key: unknown, target: object): unknown;
  defineMetadata(key: unknown, value: unknown, target: object): void;
}

function copyMetadata(from: Method, to: Method): void {
  const reflection: unknown = Reflect;
  if (!isMetadataReflection(reflection)) return;
  for (const key of reflection.getOwnMetadataKeys(from)) {
    reflection.defineMetadata(key, reflection.getOwnMetadata(key, from), to);
  }
}

function isMetadataReflection(value: unknown): value is MetadataReflection {
  return (
    typeof value === 'object' &&
    value !== null &&
    'getOwnMetadataKeys' in value &&
    'getOwnMetadata' in value &&
    'defineMetadata' in value
  );
}
