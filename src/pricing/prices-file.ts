import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../base/errors';
import { PricesFileError } from './errors';

const dollars = z.number().nonnegative();

/** One model's own prices, in US dollars per million tokens. */
const modelPrices = z.strictObject({
  /** Canonical provider name; absent: any. */
  provider: z.string().optional(),
  /** The model's name; `*` stands for any text. */
  model: z.string().min(1),
  /** The first day on which these prices hold, `2026-01-31`; absent: always. Later entries win. */
  from: z.iso.date().optional(),
  input: dollars,
  output: dollars,
  /** Absent: as input. */
  cache_read: dollars.optional(),
  /** Absent: as input. */
  cache_write: dollars.optional(),
  /** Absent: as cache_write. */
  cache_write_1h: dollars.optional(),
  /** Absent: as output. */
  reasoning: dollars.optional(),
  /** Prices beyond a size of the whole input, the smallest first. */
  tiers: z
    .array(
      z.strictObject({
        above: z.number().int().positive(),
        input: dollars,
        output: dollars,
        cache_read: dollars.optional(),
        cache_write: dollars.optional(),
        cache_write_1h: dollars.optional(),
        reasoning: dollars.optional(),
      }),
    )
    .default([]),
});

/** A factor on the list price where a call ran in a tier, e.g. `batch`, `flex`, `priority`, `fast`. */
const factor = z.strictObject({
  provider: z.string().optional(),
  model: z.string().default('*'),
  tier: z.string().min(1),
  factor: z.number().positive(),
});

/** The form of `prices.yaml`: own prices before the bundled catalogue, and factors of tiers. */
export const pricesFile = z.strictObject({
  /** Stamped on costs computed with this file. */
  version: z.union([z.string(), z.number()]).transform(String).default('1'),
  models: z.array(modelPrices).default([]),
  multipliers: z.array(factor).default([]),
});
export type PricesFile = z.output<typeof pricesFile>;
export type ModelPrices = z.output<typeof modelPrices>;

/**
 * Reads `prices.yaml`.
 * @throws PricesFileError that names every fault.
 */
export function readPricesFile(text: string, name: string): PricesFile {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw new PricesFileError(`${name} is not YAML: ${messageOf(error)}`, { cause: error });
  }
  const read = pricesFile.safeParse(raw ?? {});
  if (read.success) return read.data;
  const faults = read.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new PricesFileError(`${name}: ${faults.join('; ')}`);
}
