import type { UsageCounts } from '../../domain/usage';
import type { JsonObject } from '../payload';

/** One form in which providers report usage. The first shape that recognises an object reads it. */
export interface UsageShape {
  readonly name: string;
  /** @param provider canonical provider name, or empty. */
  recognises(usage: JsonObject, provider: string): boolean;
  read(usage: JsonObject, provider: string): UsageCounts;
  /** The provider's own sum of input and output, to check against; undefined where it says none or means another. */
  total?(usage: JsonObject, provider: string): number | undefined;
}

/** The counts that are known; undefined when none is. */
export function knownUnits(units: Readonly<Record<string, number | undefined>>): Record<string, number> | undefined {
  const known: Record<string, number> = {};
  for (const [name, count] of Object.entries(units)) if (count !== undefined) known[name] = count;
  return Object.keys(known).length === 0 ? undefined : known;
}

/** Whether the object has one of the keys, whatever its value. */
export function hasAny(usage: JsonObject, ...keys: readonly string[]): boolean {
  return keys.some((key) => key in usage);
}
