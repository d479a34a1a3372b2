import type { z } from 'zod';

/** What `schemaAt` needs to know of a schema; the public face of Zod's definitions. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly getter?: () => z.core.$ZodType;
}

/** The names an object schema at `path` knows; empty where the path leads to no object. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const keys = new Set<string>();
  for (const found of schemasAt([schema], path))
    for (const key of Object.keys(definitionOf(found).shape ?? {})) keys.add(key);
  return [...keys];
}

function schemasAt(schemas: readonly z.core.$ZodType[], path: readonly PropertyKey[]): z.core.$ZodType[] {
  const here = schemas.flatMap(unwrap);
  const [step, ...rest] = path;
  if (step === undefined) return here;
  const next = here.flatMap((schema) => {
    const definition = definitionOf(schema);
    const child = definition.shape?.[String(step)] ?? definition.element ?? definition.valueType;
    return child === undefined ? [] : [child];
  });
  return next.length === 0 ? [] : schemasAt(next, rest);
}

/** The schemas inside optional, default, pipe, lazy and union wrappers. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const definition = definitionOf(schema);
  if (definition.type === 'union') return (definition.options ?? []).flatMap(unwrap);
  const inner = definition.type === 'lazy' ? definition.getter?.() : (definition.innerType ?? definition.in);
  return inner === undefined ? [schema] : unwrap(inner);
}

function definitionOf(schema: z.core.$ZodType): Definition {
  return schema._zod.def as Definition;
}
