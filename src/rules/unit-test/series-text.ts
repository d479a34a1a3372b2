import { Labels, METRIC_NAME } from '../../domain/labels';
import type { NativeHistogram } from '../../domain/histogram';
import { unquote } from '../../template';
import { RuleTestSyntaxError } from '../errors';
import { addHistograms, parseHistogram } from './histogram-text';

/** One value of a series in a test; undefined means no sample. */
export type SeriesValue =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'histogram'; readonly histogram: NativeHistogram }
  | { readonly kind: 'stale' }
  | undefined;

/** A series as tests write it. */
export interface SeriesText {
  readonly labels: Labels;
  readonly values: readonly SeriesValue[];
}

/** A test may not ask for more values than this, so that a slip of the keyboard does not fill the memory. */
const MAX_VALUES = 10_000_000;

/**
 * Reads `metric{label="value"} 1 2 _ 3+4x5 stale {{…}}`.
 * @throws RuleTestSyntaxError
 */
export function parseSeries(text: string): SeriesText {
  const scanner = new Scanner(text);
  const labels = scanner.metric();
  const values: SeriesValue[] = [];
  while (scanner.skipSpace() > 0 && !scanner.atEnd) {
    values.push(...scanner.item());
    if (values.length > MAX_VALUES) throw new RuleTestSyntaxError(`more than ${MAX_VALUES} values in one series`);
  }
  if (!scanner.atEnd) scanner.fail('a space');
  return { labels, values };
}

/**
 * Reads `metric{label="value"}`; an empty text is the empty label set.
 * @throws RuleTestSyntaxError
 */
export function parseMetric(text: string): Labels {
  if (text.trim() === '') return Labels.EMPTY;
  const scanner = new Scanner(text);
  scanner.skipSpace();
  const labels = scanner.metric();
  scanner.skipSpace();
  if (!scanner.atEnd) scanner.fail('the end');
  return labels;
}

class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  skipSpace(): number {
    return this.take(/[ \t\n\r]*/y)?.length ?? 0;
  }

  metric(): Labels {
    const pairs = new Map<string, string>();
    const name = this.take(/[a-zA-Z_:][a-zA-Z0-9_:]*/y);
    if (name !== undefined) pairs.set(METRIC_NAME, name);
    const beforeBrace = this.at;
    this.skipSpace();
    if (this.take(/\{(?!\{)/y) === undefined) {
      if (name === undefined) this.fail('a metric');
      this.at = beforeBrace;
      return Labels.of(pairs);
    }
    for (;;) {
      this.skipSpace();
      if (this.take(/\}/y) !== undefined) return Labels.of(pairs);
      this.pair(pairs);
      this.skipSpace();
      if (this.take(/,/y) === undefined && this.text[this.at] !== '}') this.fail('"," or "}"');
    }
  }

  item(): SeriesValue[] {
    if (this.take(/_/y) !== undefined) {
      return Array.from({ length: this.times() ?? 1 }, (): SeriesValue => undefined);
    }
    if (this.take(/stale\b/y) !== undefined) return [{ kind: 'stale' }];
    if (this.text.startsWith('{{', this.at)) return this.histograms();
    const base = this.number();
    const step = this.take(/[-+](?=[\d.]|[iI]nf|[nN]a[nN])/y);
    if (step === undefined) {
      const value = { kind: 'number', value: base } as const;
      return Array.from({ length: (this.times() ?? 0) + 1 }, () => value);
    }
    const by = this.number() * (step === '-' ? -1 : 1);
    const times = this.times();
    if (times === undefined) this.fail('"x" and a count');
    const values: SeriesValue[] = [];
    // Added up one by one, as upstream does: the rounding is part of the value.
    for (let i = 0, value = base; i <= times; i++, value += by) values.push({ kind: 'number', value });
    return values;
  }

  fail(expected: string): never {
    const found = this.atEnd ? 'the end' : JSON.stringify(this.text.slice(this.at, this.at + 10));
    throw new RuleTestSyntaxError(`series "${this.text}": expected ${expected} at ${this.at + 1}, found ${found}`);
  }

  private pair(pairs: Map<string, string>): void {
    const quoted = this.quoted();
    const name = quoted ?? this.take(/[a-zA-Z_][a-zA-Z0-9_]*/y);
    if (name === undefined) this.fail('a label name');
    this.skipSpace();
    if (quoted !== undefined && this.text[this.at] !== '=') {
      if (pairs.has(METRIC_NAME)) this.fail('one metric name');
      pairs.set(METRIC_NAME, quoted);
      return;
    }
    if (this.take(/=(?![~=])/y) === undefined) this.fail('"="');
    this.skipSpace();
    const value = this.quoted();
    if (value === undefined) this.fail('a quoted value');
    pairs.set(name, value);
  }

  private quoted(): string | undefined {
    const literal = this.take(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y);
    if (literal === undefined) return undefined;
    const value = unquote(literal.startsWith("'") ? literal.replaceAll("\\'", "'").replace(/^'|'$/g, '"') : literal);
    return value ?? this.fail('a well-formed string');
  }

  private number(): number {
    const text = this.take(/[-+]?(?:[iI]nf|[nN]a[nN]|(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][-+]?\d+)?)/y);
    if (text === undefined) this.fail('a number, "_" or "stale"');
    if (/inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
    return /nan/i.test(text) ? NaN : Number(text.replaceAll('_', ''));
  }

  private times(): number | undefined {
    const text = this.take(/x\d+/y);
    if (text === undefined) return undefined;
    const count = Number(text.slice(1));
    if (count > MAX_VALUES) this.fail(`at most ${MAX_VALUES} values`);
    return count;
  }

  private histograms(): SeriesValue[] {
    const base = this.histogram();
    const step = this.take(/[-+](?=\{\{)/y);
    if (step === undefined) {
      const value = { kind: 'histogram', histogram: base } as const;
      return Array.from({ length: (this.times() ?? 0) + 1 }, () => value);
    }
    const by = this.histogram();
    const times = this.times();
    if (times === undefined) this.fail('"x" and a count');
    const values: SeriesValue[] = [];
    for (let i = 0, histogram = base; i <= times; i++) {
      values.push({ kind: 'histogram', histogram });
      if (i < times) histogram = addHistograms(histogram, by, step === '-' ? -1 : 1);
    }
    return values;
  }

  private histogram(): NativeHistogram {
    const literal = this.take(/\{\{[^}]*\}\}/y);
    if (literal === undefined) this.fail('a histogram {{…}}');
    return parseHistogram(literal);
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match[0];
  }
}
