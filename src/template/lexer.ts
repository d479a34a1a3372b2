import { TemplateSyntaxError } from './errors';

/** What a piece of a template's text is. */
export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'string'
  | 'number'
  | 'character'
  | 'field'
  | 'variable'
  | 'word'
  | 'dot'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'comma'
  | 'paren-open'
  | 'paren-close'
  | 'end';

/** A piece of a template's text. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
}

const SPACE = /[ \t\r\n]/;
const LETTER = /[\p{L}\p{Nd}_]/u;

/**
 * Splits a template's text, trimming around `{{-` and `-}}` and dropping comments.
 * @throws TemplateSyntaxError
 */
export function lex(name: string, text: string): Token[] {
  return new Lexer(name, text).run();
}

class Lexer {
  private readonly tokens: Token[] = [];
  private position = 0;

  constructor(
    private readonly name: string,
    private readonly text: string,
  ) {}

  run(): Token[] {
    let trimNext = false;
    for (;;) {
      const open = this.text.indexOf('{{', this.position);
      const end = open < 0 ? this.text.length : open;
      const trimBefore = open >= 0 && this.text[open + 2] === '-' && SPACE.test(this.text[open + 3] ?? '');
      this.pushText(this.position, end, trimNext, trimBefore);
      if (open < 0) break;
      this.position = open + 2 + (trimBefore ? 1 : 0);
      const comment = /^\s*\/\*/.exec(this.text.slice(this.position, this.position + (trimBefore ? 4 : 2)));
      trimNext = comment ? this.skipComment() : this.action(open);
    }
    this.push('end', this.text.length, this.text.length);
    return this.tokens;
  }

  private pushText(from: number, to: number, trimStart: boolean, trimEnd: boolean): void {
    let text = this.text.slice(from, to);
    if (trimStart) text = text.replace(/^[ \t\r\n]+/, '');
    if (trimEnd) text = text.replace(/[ \t\r\n]+$/, '');
    if (text !== '') this.tokens.push({ kind: 'text', text, start: from });
  }

  private skipComment(): boolean {
    const end = this.text.indexOf('*/', this.position);
    if (end < 0) this.fail('unclosed comment');
    const rest = this.text.slice(end + 2);
    const close = /^(?:([ \t\r\n])-)?\}\}/.exec(rest);
    if (!close) this.fail('comment ends before closing delimiter');
    this.position = end + 2 + close[0].length;
    return close[1] !== undefined;
  }

  /** Reads one action; whether the text after it is trimmed. */
  private action(open: number): boolean {
    this.push('open', open, this.position);
    let depth = 0;
    for (;;) {
      const start = this.position;
      const char = this.text[start];
      if (char === undefined) this.fail('unclosed action');
      if (this.text.startsWith('}}', start)) {
        if (depth > 0) this.fail('unclosed left paren');
        this.push('close', start, start + 2);
        return false;
      }
      if (SPACE.test(char)) {
        if (/^[ \t\r\n]-\}\}/.test(this.text.slice(start, start + 4))) {
          if (depth > 0) this.fail('unclosed left paren');
          this.push('close', start, start + 4);
          return true;
        }
        let end = start + 1;
        while (SPACE.test(this.text[end] ?? '') && !/^[ \t\r\n]-\}\}/.test(this.text.slice(end, end + 4))) end++;
        this.push('space', start, end);
        continue;
      }
      if (char === '(') depth++;
      if (char === ')' && --depth < 0) this.fail('unexpected right paren');
      this.inside(start, char);
    }
  }

  private inside(start: number, char: string): void {
    const single = { '|': 'pipe', ',': 'comma', '(': 'paren-open', ')': 'paren-close', '=': 'assign' } as const;
    if (char in single) return this.push(single[char as keyof typeof single], start, start + 1);
    if (this.text.startsWith(':=', start)) return this.push('declare', start, start + 2);
    if (char === ':') this.fail('expected :=');
    if (char === '"') return this.quoted(start, '"', 'string');
    if (char === "'") return this.quoted(start, "'", 'character');
    if (char === '`') {
      const end = this.text.indexOf('`', start + 1);
      if (end < 0) this.fail('unterminated raw quoted string');
      return this.push('string', start, end + 1);
    }
    if (char === '.' && !/[0-9]/.test(this.text[start + 1] ?? '')) {
      const end = this.wordEnd(start + 1);
      this.checkTerminator(end);
      return this.push(end === start + 1 ? 'dot' : 'field', start, end);
    }
    if (char === '$') {
      const end = this.wordEnd(start + 1);
      this.checkTerminator(end);
      return this.push('variable', start, end);
    }
    if (/[-+0-9.]/.test(char)) return this.number(start);
    const end = this.wordEnd(start);
    if (end === start) {
      const point = this.text.codePointAt(start) ?? 0;
      const shown = point > 126 || point < 32 ? '' : ` '${String.fromCodePoint(point)}'`;
      this.fail(`unrecognized character in action: U+${point.toString(16).toUpperCase().padStart(4, '0')}${shown}`);
    }
    this.checkTerminator(end);
    this.push('word', start, end);
  }

  private number(start: number): void {
    const match =
      /^[+-]?(?:0[xX][0-9a-fA-F_]+(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?\d+)?|0[bB][01_]+|0[oO][0-7_]+|(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]+)?)/.exec(
        this.text.slice(start),
      );
    const length = match?.[0].length ?? 0;
    const end = start + length;
    if (length === 0 || !/\d/.test(match?.[0] ?? '') || LETTER.test(this.text[end] ?? '')) {
      this.fail(`bad number syntax: ${JSON.stringify(this.text.slice(start, this.wordEnd(Math.max(end, start + 1))))}`);
    }
    this.push('number', start, end);
  }

  private quoted(start: number, quote: string, kind: 'string' | 'character'): void {
    for (let end = start + 1; end < this.text.length; end++) {
      const char = this.text[end];
      if (char === '\\' && this.text[end + 1] !== '\n') end++;
      else if (char === '\n') break;
      else if (char === quote) return this.push(kind, start, end + 1);
    }
    this.fail(kind === 'string' ? 'unterminated quoted string' : 'unterminated character constant');
  }

  private wordEnd(start: number): number {
    let end = start;
    while (end < this.text.length && LETTER.test(String.fromCodePoint(this.text.codePointAt(end) ?? 0))) {
      end += (this.text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
    }
    return end;
  }

  /** What may follow a word, field or variable. */
  private checkTerminator(end: number): void {
    const next = this.text[end];
    if (next === undefined || SPACE.test(next) || '.,|:)('.includes(next) || this.text.startsWith('}}', end)) return;
    if (next === '=') return;
    const point = this.text.codePointAt(end) ?? 0;
    this.fail(`bad character U+${point.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(point)}'`);
  }

  private push(kind: TokenKind, start: number, end: number): void {
    this.tokens.push({ kind, text: this.text.slice(start, end), start });
    this.position = end;
  }

  private fail(message: string): never {
    throw new TemplateSyntaxError(this.name, lineAt(this.text, this.position), message);
  }
}

/** The line, from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}
