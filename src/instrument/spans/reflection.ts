/** Any method, called only through `Reflect.apply`. */
export type Method = (...args: never[]) => unknown;

/** A method of an object, or undefined. A getter that throws counts as none. */
export function methodOf(target: object, key: string | symbol): Method | undefined {
  try {
    const found: unknown = Reflect.get(target, key);
    return isMethod(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Puts `value` before the object's own or inherited method; false where the object does not allow it. */
export function shadow(target: object, key: string | symbol, value: Method): boolean {
  return Reflect.defineProperty(target, key, { configurable: true, enumerable: false, writable: true, value });
}

/** Whether a value can be called. */
export function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}
