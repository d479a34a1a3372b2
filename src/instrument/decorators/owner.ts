import type { Method } from '../spans/reflection';

/** The class whose method is decorated. */
export interface Owner {
  /** Undefined while it is not known yet. */
  readonly name: string | undefined;
}

/** A class that is known when its method is decorated. */
export class KnownOwner implements Owner {
  constructor(readonly name: string) {}
}

/** A standard decorator runs before there is a class: what is constructed, or the class itself, leads to it. */
export class LateOwner implements Owner {
  name: string | undefined;

  constructor(private readonly ofStatic: boolean) {}

  /** @param instance what the decorated method belongs to: an instance of the class or of a derived one, or the class. */
  learn(instance: unknown, key: string | symbol, method: Method): void {
    if (this.name !== undefined) return;
    if ((typeof instance !== 'object' && typeof instance !== 'function') || instance === null) return;
    if (this.ofStatic) {
      this.name = nameOf(instance);
      return;
    }
    // Of a derived instance the class is the one that has the method itself; private methods none has.
    for (let at: object | null = Reflect.getPrototypeOf(instance); at !== null; at = Reflect.getPrototypeOf(at)) {
      if (Reflect.getOwnPropertyDescriptor(at, key)?.value !== method) continue;
      this.name = nameOf(Reflect.get(at, 'constructor'));
      return;
    }
    this.name = nameOf(Reflect.get(instance, 'constructor'));
  }
}

function nameOf(value: unknown): string {
  return typeof value === 'function' ? value.name : '';
}
