/**
 * Tokens of one model call in the one identity that everything here keeps:
 * `input = uncached + cacheRead + cacheWrite`, `reasoning` is a part of `output`. A figure that was not reported is
 * undefined, never 0.
 */
export interface TokenUsage {
  /** All input tokens, cached ones included. */
  readonly input?: number;
  /** Input that no cache served or kept. */
  readonly uncached?: number;
  /** Input that a prompt cache served; a part of `input`. */
  readonly cacheRead?: number;
  /** Input that a prompt cache kept, whatever its lifetime; a part of `input`. */
  readonly cacheWrite?: number;
  /** The part of `cacheWrite` kept for five minutes. */
  readonly cacheWrite5m?: number;
  /** The part of `cacheWrite` kept for an hour. */
  readonly cacheWrite1h?: number;
  /** All output tokens, reasoning included. */
  readonly output?: number;
  /** Tokens of reasoning; a part of `output`. */
  readonly reasoning?: number;
  /** Finer parts and other billed units under the price list's unit names, e.g. `input_audio_tokens`, `web_searches`. */
  readonly units?: Readonly<Record<string, number>>;
}

/** The classes of tokens that add up to a call's total without overlap. */
export const TOKEN_CLASSES = ['uncached', 'cacheRead', 'cacheWrite', 'output'] as const;
export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** A usage together with what was wrong in the figures it was made of. */
export interface CheckedUsage {
  readonly usage: TokenUsage;
  /** Sentences, one per breach of the identity; empty when all is well. */
  readonly problems: readonly string[];
}

/** The fields of a usage that hold counts. */
export const USAGE_FIELDS = [
  'input',
  'uncached',
  'cacheRead',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
] as const;
export type UsageField = (typeof USAGE_FIELDS)[number];

/** Counts as an emitter gave them; undefined for what it did not give. */
export type UsageCounts = { readonly [F in UsageField]?: number | undefined } & {
  readonly units?: Readonly<Record<string, number>> | undefined;
};

/**
 * Completes counts by the identity and checks them: a missing one of `input` and `uncached` is computed from the other,
 * cache counts that were not reported count as none for that. Where both are given and disagree, the parts win when
 * their sum is the larger.
 */
export function completeUsage(counts: UsageCounts): CheckedUsage {
  const problems: string[] = [];
  const given: { -readonly [F in UsageField]?: number } = {};
  for (const field of USAGE_FIELDS) {
    const value = counts[field];
    if (value === undefined) continue;
    if (Number.isFinite(value) && value >= 0) given[field] = value;
    else problems.push(`${field} is ${value}, which is no count`);
  }
  const lifetimes = sumOfKnown(given.cacheWrite5m, given.cacheWrite1h);
  if (lifetimes !== undefined) {
    if (given.cacheWrite === undefined) given.cacheWrite = lifetimes;
    else if (lifetimes > given.cacheWrite) {
      problems.push(`cache writes by lifetime are ${lifetimes}, more than the ${given.cacheWrite} of all cache writes`);
      given.cacheWrite = lifetimes;
    }
  }
  const cached = (given.cacheRead ?? 0) + (given.cacheWrite ?? 0);
  if (given.input === undefined && given.uncached !== undefined) given.input = given.uncached + cached;
  else if (given.input !== undefined) {
    if (cached > given.input) {
      problems.push(`cached input is ${cached}, more than the ${given.input} of all input: taken as not included`);
      given.input += cached;
    }
    const rest = given.input - cached;
    if (given.uncached !== undefined && given.uncached !== rest) {
      problems.push(`uncached input is ${given.uncached}, but input less cached input is ${rest}`);
      if (given.uncached > rest) given.input = given.uncached + cached;
    }
    given.uncached = given.input - cached;
  }
  if (given.reasoning !== undefined && given.output !== undefined && given.reasoning > given.output) {
    problems.push(
      `reasoning is ${given.reasoning}, more than the ${given.output} of all output: taken as not included`,
    );
    given.output += given.reasoning;
  }
  const units = counts.units;
  return { usage: units === undefined || Object.keys(units).length === 0 ? given : { ...given, units }, problems };
}

/** The sum of two usages; a field unknown in one and known in the other keeps the known part. */
export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const sum: { -readonly [F in UsageField]?: number } = {};
  for (const field of USAGE_FIELDS) {
    const value = sumOfKnown(a[field], b[field]);
    if (value !== undefined) sum[field] = value;
  }
  const units: Record<string, number> = { ...a.units };
  for (const [name, value] of Object.entries(b.units ?? {})) units[name] = (units[name] ?? 0) + value;
  return Object.keys(units).length === 0 ? sum : { ...sum, units };
}

/** Input and output together; undefined when neither is known. */
export function totalTokens(usage: TokenUsage): number | undefined {
  return sumOfKnown(usage.input, usage.output);
}

/** Whether nothing at all was reported. */
export function isEmptyUsage(usage: TokenUsage): boolean {
  return USAGE_FIELDS.every((field) => usage[field] === undefined) && usage.units === undefined;
}

function sumOfKnown(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : a + b;
}
