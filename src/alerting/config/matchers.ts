import { Matcher } from '../../domain/matcher';
import type { MatchOperator } from '../../domain/matcher';
import { MatcherSyntaxError } from '../errors';

const OPERATORS: readonly MatchOperator[] = ['=~', '!~', '!=', '='];
const CLASSIC = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;
const RESERVED = new Set('{}!=~,\\"\'`');

/**
 * Reads matchers as Alertmanager does: `foo="bar"`, `{foo=~"a|b", "name with spaces"!=c}`. What the current syntax refuses
 * is tried in the classic one (bare names, values up to the end of the text).
 * @throws MatcherSyntaxError
 * @throws RegexSyntaxError
 */
export function parseMatchers(text: string): Matcher[] {
  try {
    return new MatcherReader(text).readAll();
  } catch (error) {
    if (!(error instanceof MatcherSyntaxError)) throw error;
    const classic = parseClassic(text);
    if (classic === undefined) throw error;
    return classic;
  }
}

/**
 * Reads exactly one matcher.
 * @throws MatcherSyntaxError
 */
export function parseMatcher(text: string): Matcher {
  const [matcher, ...more] = parseMatchers(text);
  if (matcher === undefined || more.length > 0) throw new MatcherSyntaxError(`"${text}" is not one matcher`, 0);
  return matcher;
}

/** `name="value"`; a name outside the classic alphabet is quoted. */
export function matcherText(matcher: Pick<Matcher, 'name' | 'operator' | 'value'>): string {
  return `${labelNameText(matcher.name)}${matcher.operator}${JSON.stringify(matcher.value)}`;
}

/** `{a="1",b=~"2"}`. */
export function matchersText(matchers: readonly Matcher[]): string {
  return `{${matchers.map(matcherText).join(',')}}`;
}

/** A label name as it stands in a selector. */
export function labelNameText(name: string): string {
  return /^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

/** Alertmanager's order of matchers: by name, value, operator. */
export function compareMatchers(a: Matcher, b: Matcher): number {
  const order: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return order.indexOf(a.operator) - order.indexOf(b.operator);
}

/** Whether two lists say the same, in any order. */
export function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  return (
    a.length === b.length && matchersText([...a].sort(compareMatchers)) === matchersText([...b].sort(compareMatchers))
  );
}

class MatcherReader {
  private at = 0;

  constructor(private readonly text: string) {}

  readAll(): Matcher[] {
    this.space();
    const braces = this.take('{');
    this.space();
    const matchers: Matcher[] = [];
    while (this.at < this.text.length && this.text[this.at] !== '}') {
      matchers.push(this.readOne());
      this.space();
      if (!this.take(',')) break;
      this.space();
    }
    if (braces && !this.take('}')) this.fail('missing "}"');
    this.space();
    if (this.at < this.text.length) this.fail(`unexpected "${this.text.slice(this.at)}"`);
    if (matchers.length === 0 && !braces) this.fail('no matchers');
    return matchers;
  }

  private readOne(): Matcher {
    const name = this.word();
    if (name === '') this.fail('missing label name');
    this.space();
    const operator = OPERATORS.find((candidate) => this.text.startsWith(candidate, this.at));
    if (operator === undefined) return this.fail(`missing operator after "${name}"; write one of = != =~ !~`);
    this.at += operator.length;
    this.space();
    return new Matcher(name, operator, this.word());
  }

  private word(): string {
    if (this.text[this.at] === '"') return this.quoted();
    const start = this.at;
    while (this.at < this.text.length) {
      const character = this.text[this.at] ?? '';
      if (RESERVED.has(character) || /\s/.test(character)) break;
      this.at++;
    }
    if (this.at === start) this.fail('missing value');
    return this.text.slice(start, this.at);
  }

  private quoted(): string {
    const start = this.at++;
    while (this.at < this.text.length && this.text[this.at] !== '"') this.at += this.text[this.at] === '\\' ? 2 : 1;
    if (!this.take('"')) this.fail('missing closing quote');
    return unquote(this.text.slice(start, this.at)) ?? this.fail('bad escape in quoted text');
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private fail(what: string): never {
    throw new MatcherSyntaxError(`bad matcher format: ${this.text}: ${what} at ${this.at}`, this.at);
  }
}

const ESCAPE = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S])/g;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** Go's escapes in a double-quoted text, where `\x` and octal ones are bytes of UTF-8; undefined where one is malformed. */
function unquote(quoted: string): string | undefined {
  const inner = quoted.slice(1, -1);
  const pieces: Buffer[] = [];
  let done = 0;
  for (const match of inner.matchAll(ESCAPE)) {
    pieces.push(Buffer.from(inner.slice(done, match.index)));
    const piece = unescape(match[1] ?? '');
    if (piece === undefined) return undefined;
    pieces.push(piece);
    done = match.index + match[0].length;
  }
  if (pieces.length === 0) return inner;
  pieces.push(Buffer.from(inner.slice(done)));
  return Buffer.concat(pieces).toString('utf8');
}

function unescape(escape: string): Buffer | undefined {
  const simple = SIMPLE_ESCAPES[escape];
  if (simple !== undefined) return Buffer.from(simple);
  if (/^[0-7]{3}$/.test(escape)) return byte(parseInt(escape, 8));
  if (escape.length === 1) return undefined;
  const code = parseInt(escape.slice(1), 16);
  if (escape.startsWith('x')) return byte(code);
  return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? undefined : Buffer.from(String.fromCodePoint(code));
}

function byte(code: number): Buffer | undefined {
  return code > 0xff ? undefined : Buffer.from([code]);
}

function parseClassic(text: string): Matcher[] | undefined {
  let inner = text.trim();
  if (inner.startsWith('{')) {
    if (!inner.endsWith('}')) return undefined;
    inner = inner.slice(1, -1);
  }
  const parts = splitOutsideQuotes(inner);
  if (parts === undefined || parts.length === 0) return undefined;
  const matchers: Matcher[] = [];
  for (const part of parts) {
    const match = CLASSIC.exec(part);
    const [, name, operator, raw] = match ?? [];
    if (name === undefined || raw === undefined) return undefined;
    const value = classicValue(raw);
    if (value === undefined) return undefined;
    matchers.push(new Matcher(name, OPERATORS.find((known) => known === operator) ?? '=', value));
  }
  return matchers;
}

function classicValue(raw: string): string | undefined {
  let text = raw;
  if (text.startsWith('"')) {
    text = text.slice(1);
    if (!text.endsWith('"') || /(^|[^\\])(\\\\)*\\"$/.test(text)) return undefined;
    text = text.slice(0, -1);
  }
  if (/(^|[^\\])(\\\\)*"/.test(text)) return undefined;
  return text.replace(/\\([n"\\])/g, (_all, escape: string) => (escape === 'n' ? '\n' : escape));
}

function splitOutsideQuotes(text: string): string[] | undefined {
  const parts: string[] = [];
  let current = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '\\') {
      current += character + (text[++i] ?? '');
      continue;
    }
    if (character === '"') quoted = !quoted;
    if (character === ',' && !quoted) {
      parts.push(current);
      current = '';
    } else current += character;
  }
  if (quoted) return undefined;
  if (current.trim() !== '') parts.push(current);
  return parts;
}
