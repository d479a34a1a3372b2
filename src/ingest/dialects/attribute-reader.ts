import { attributeToText } from '../../domain/attributes';
import type { AttributeValue, Attributes } from '../../domain/attributes';

/** What is wrong with how an emitter writes a field. */
export const FINDING_KINDS = ['missing', 'deprecated', 'wrong_type'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One finding about an emitter. */
export interface Finding {
  readonly kind: FindingKind;
  /** The key the finding is about; of a missing field the key that was looked for. */
  readonly key: string;
  /** One sentence. */
  readonly message: string;
}

/**
 * Reads fields from attributes under any of the keys emitters use, and remembers which key gave each (its provenance) and
 * what was wrong with it. A later bag of attributes is asked only where the earlier ones have nothing.
 */
export class AttributeReader {
  readonly provenance: Record<string, string> = {};
  readonly findings: Finding[] = [];

  constructor(private readonly bags: readonly Attributes[]) {}

  /** Text; numbers and booleans in their text form; empty when absent. */
  text(field: string, ...keys: readonly string[]): string {
    for (const bag of this.bags) {
      for (const key of keys) {
        const value = bag[key];
        if (value === undefined || value === null) continue;
        const text = typeof value === 'string' ? value : attributeToText(value);
        if (text === '') continue;
        this.provenance[field] = key;
        return text;
      }
    }
    return '';
  }

  /** A count that is not negative, also from its decimal text. */
  count(field: string, ...keys: readonly string[]): number | undefined {
    for (const [key, value] of this.candidates(keys)) {
      const number = toNumber(value);
      if (number === undefined || number < 0) {
        this.note('wrong_type', key, `${key} is ${describe(value)}, not a count`);
        continue;
      }
      if (typeof value === 'string') this.note('wrong_type', key, `${key} is a text, not a number`);
      this.provenance[field] = key;
      return number;
    }
    return undefined;
  }

  /** True or false, also from text. */
  flag(field: string, ...keys: readonly string[]): boolean | undefined {
    for (const [key, value] of this.candidates(keys)) {
      const text = String(value).toLowerCase();
      if (text !== 'true' && text !== 'false') {
        this.note('wrong_type', key, `${key} is ${describe(value)}, not a boolean`);
        continue;
      }
      if (typeof value !== 'boolean') this.note('wrong_type', key, `${key} is a text, not a boolean`);
      this.provenance[field] = key;
      return text === 'true';
    }
    return undefined;
  }

  /** Whether any of the keys is there. */
  has(...keys: readonly string[]): boolean {
    return this.bags.some((bag) => keys.some((key) => bag[key] !== undefined));
  }

  /** Notes keys that are present and that the conventions have renamed. */
  deprecated(renames: Readonly<Record<string, string>>): void {
    for (const [old, now] of Object.entries(renames))
      if (this.has(old)) this.note('deprecated', old, `${old} is now ${now}`);
  }

  /** Notes keys that ought to be there and are not. */
  required(...keys: readonly string[]): void {
    for (const key of keys) if (!this.has(key)) this.note('missing', key, `${key} is missing`);
  }

  note(kind: FindingKind, key: string, message: string): void {
    this.findings.push({ kind, key, message });
  }

  private *candidates(keys: readonly string[]): Generator<[string, AttributeValue]> {
    for (const bag of this.bags) {
      for (const key of keys) {
        const value = bag[key];
        if (value !== undefined && value !== null) yield [key, value];
      }
    }
  }
}

function toNumber(value: AttributeValue): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' && /^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/.test(value)) return Number(value);
  return undefined;
}

function describe(value: AttributeValue): string {
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'a map'
      : `the ${typeof value} "${String(value)}"`;
}
