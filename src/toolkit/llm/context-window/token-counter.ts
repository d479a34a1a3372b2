import { ToolkitOptionsError } from '../../errors';

/** Counts the tokens of texts. */
export interface TokenCounter {
  readonly name: string;
  /**
   * Equal texts give equal counts for as long as it stays the same. Without it those of an exact counter always do, those
   * of another never.
   */
  readonly revision?: number;
  count(text: string): number;
  /** How far a count may be off, as a ratio of the true one; 0 for an exact counter. */
  readonly errorRatio: number;
}

/** OpenAI's encodings that can be counted exactly. */
export const OPENAI_ENCODINGS = ['o200k_base', 'cl100k_base'] as const;
export type OpenAiEncoding = (typeof OPENAI_ENCODINGS)[number];

interface Tokenizer {
  countTokens(text: string, options: { disallowedSpecial: Set<string> }): number;
}

const NO_SPECIAL = { disallowedSpecial: new Set<string>() };

/** An exact counter; the encoding's table is loaded on first use. Text that looks like a special token counts as text. */
export function openAiCounter(encoding: OpenAiEncoding = 'o200k_base'): TokenCounter {
  let tokenizer: Tokenizer | undefined;
  return {
    name: encoding,
    errorRatio: 0,
    count: (text) => (tokenizer ??= loadTokenizer(encoding)).countTokens(text, NO_SPECIAL),
  };
}

/** The encoding of an OpenAI model, by its name; undefined for models of others. */
export function encodingOf(model: string): OpenAiEncoding | undefined {
  const plain = model.toLowerCase().replace(/^.*\//, '');
  if (/^(gpt-4o|gpt-4\.1|gpt-5|chatgpt-4o|o[1345](-|$)|codex)/.test(plain)) return 'o200k_base';
  if (/^(gpt-4|gpt-3\.5|text-embedding-3|text-embedding-ada)/.test(plain)) return 'cl100k_base';
  return undefined;
}

function loadTokenizer(encoding: OpenAiEncoding): Tokenizer {
  switch (encoding) {
    case 'o200k_base':
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- a table of megabytes, for who needs it
      return require('gpt-tokenizer/encoding/o200k_base');
    case 'cl100k_base':
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
      return require('gpt-tokenizer/encoding/cl100k_base');
  }
}

/** Of the true count; what a counter of characters is off before it has seen any report. */
const UNCALIBRATED_ERROR = 0.25;
/** Reports that the error is taken from. */
const WINDOW = 64;
/** A scale that is off by less is kept: counts that change with every report would move the cut of every window. */
const TOLERANCE = 0.01;
/** The error is stated in steps of that, rounded up. */
const ERROR_STEP = 0.01;
/** What is off by more is no counter: the window must stay usable while it learns. */
const MOST_ERROR = 0.9;

/**
 * A counter for models whose tokenizer is not public: characters by class, scaled to what the provider reported. After
 * a few reports `errorRatio` is the 95th percentile of how far the last counts were off, rounded up to whole hundredths.
 */
export class CalibratedCounter implements TokenCounter {
  readonly name: string;
  private scale = 1;
  private changes = 0;
  private readonly ratios: number[] = [];

  /** @param model for its name only. */
  constructor(model: string) {
    this.name = `calibrated ${model}`;
  }

  count(text: string): number {
    return Math.ceil(rawCount(text) * this.scale);
  }

  get errorRatio(): number {
    if (this.ratios.length < 5) return UNCALIBRATED_ERROR;
    const errors = this.ratios.map((ratio) => Math.abs(ratio / this.scale - 1)).sort((a, b) => a - b);
    const error = errors[Math.min(errors.length - 1, Math.floor(errors.length * 0.95))] ?? UNCALIBRATED_ERROR;
    return Math.min(MOST_ERROR, Math.ceil(error / ERROR_STEP - 1e-9) * ERROR_STEP);
  }

  get revision(): number {
    return this.changes;
  }

  /** How many reports it has learned from, of the last `WINDOW`. */
  get reports(): number {
    return this.ratios.length;
  }

  /**
   * Learns from a report: `counted` is what `count` said in sum for what was sent, `reported` the provider's input tokens,
   * cached ones included. Reports of nothing are ignored.
   */
  observe(counted: number, reported: number): void {
    if (!(counted > 0) || !(reported > 0)) return;
    this.ratios.push((reported / counted) * this.scale);
    if (this.ratios.length > WINDOW) this.ratios.shift();
    const sorted = [...this.ratios].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 1;
    if (Math.abs(median / this.scale - 1) < TOLERANCE) return;
    this.scale = median;
    this.changes++;
  }
}

/** Tokens by classes of characters: words, digits, punctuation, spaces beyond one, and scripts without spaces. */
function rawCount(text: string): number {
  let tokens = 0;
  let run = 0;
  let kind = 0;
  const flush = (): void => {
    if (kind === 1) tokens += Math.max(1, run / 4.6);
    else if (kind === 2) tokens += run / 2.6;
    else if (kind === 3) tokens += run / 1.7;
    else if (kind === 4) tokens += run > 1 ? 1 + run / 16 : 0;
    else if (kind === 5) tokens += run * 0.75;
    run = 0;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const next = kindOf(code);
    if (next !== kind) {
      flush();
      kind = next;
    }
    run++;
  }
  flush();
  return tokens;
}

function kindOf(code: number): number {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) return 1;
  if (code >= 48 && code <= 57) return 2;
  if (code === 32 || code === 10 || code === 9 || code === 13) return 4;
  return code < 128 ? 3 : code < 0x2e80 ? 1 : 5;
}

/** @throws ToolkitOptionsError unless the counter's error is a ratio in [0, 1). */
export function checkCounter(counter: TokenCounter): void {
  if (!(counter.errorRatio >= 0 && counter.errorRatio < 1)) {
    throw new ToolkitOptionsError(`counter "${counter.name}": an errorRatio in [0, 1) is wanted`);
  }
}
