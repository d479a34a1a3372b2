import type { z } from 'zod';
import { duration, formatDuration } from '../../src/base/duration';
import { secret } from '../../src/base/secret';

/** One key of the configuration, or a part of one. */
export interface ConfigKey {
  /** Dots between names, `[]` for the items of a list, `<name>` for the values of a map. */
  readonly path: string;
  readonly type: string;
  /** As one writes it in YAML; undefined where there is none. */
  readonly default: string | undefined;
}

/** The public face of Zod's definitions. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly defaultValue?: unknown;
  readonly in?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
}

/** A schema without its wrappers, and what the wrappers said. */
interface Unwrapped {
  readonly schema: z.core.$ZodType;
  readonly default: unknown;
}

/** Every key below an object schema, in the order of the schema, parents before children. */
export function configKeys(schema: z.core.$ZodType, prefix = ''): ConfigKey[] {
  const { schema: bare } = unwrap(schema);
  const { type, shape, element, valueType } = definitionOf(bare);
  if (type === 'array' && element !== undefined) return configKeys(element, `${prefix}[]`);
  if (type === 'record' && valueType !== undefined) return configKeys(valueType, join(prefix, '<name>'));
  return Object.entries(shape ?? {}).flatMap(([name, child]) => {
    const path = join(prefix, name);
    return [{ path, type: typeOf(child), default: defaultOf(child) }, ...configKeys(child, path)];
  });
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function definitionOf(schema: z.core.$ZodType): Definition {
  return schema._zod.def as Definition;
}

function unwrap(schema: z.core.$ZodType, known?: unknown): Unwrapped {
  const { type, innerType, defaultValue, in: input } = definitionOf(schema);
  if (schema === duration || schema === secret) return { schema, default: known };
  const inner = innerType ?? (type === 'pipe' ? input : undefined);
  return inner === undefined ? { schema, default: known } : unwrap(inner, type === 'default' ? defaultValue : known);
}

function typeOf(schema: z.core.$ZodType): string {
  const { schema: bare } = unwrap(schema);
  if (bare === duration) return 'duration';
  if (bare === secret) return 'secret';
  const { type, entries, element, valueType } = definitionOf(bare);
  if (type === 'enum')
    return Object.values(entries ?? {})
      .map(code)
      .join(' ');
  if (type === 'array' && element !== undefined) return `list of ${typeOf(element)}`;
  if (type === 'record' && valueType !== undefined) return `map of ${typeOf(valueType)}`;
  return { object: 'section', unknown: 'as in Alertmanager' }[type] ?? type;
}

function defaultOf(schema: z.core.$ZodType): string | undefined {
  const { schema: bare, default: value } = unwrap(schema);
  if (value === undefined) return undefined;
  return bare === duration && typeof value === 'number' ? formatDuration(value) : JSON.stringify(value);
}

function code(text: string | number): string {
  return `\`${text}\``;
}
