import { PromqlSyntaxError } from '../errors';

/** The kinds of tokens; operators and brackets are their own text. */
export type TokenKind = 'identifier' | 'number' | 'duration' | 'string' | 'op' | 'end';

/** A piece of the text. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /[ \t\n\r]+|#[^\n]*/y;
/** Letters of any script and dots are taken without quotes, as Prometheus' `promql-unquoted-utf8-names` does. */
const IDENTIFIER = /[\p{L}_:][\p{L}\p{N}_:.]*/uy;
const LABEL_NAME = /[\p{L}_][\p{L}\p{N}_.]*/uy;
const DURATION = /(?:\d+(?:ms|[ywdhms]))+(?![\p{L}\p{N}_])/uy;
const NUMBER =
  /(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?)(?![\p{L}\p{N}_.])/uy;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`/y;
const OPERATOR = /=~|!~|==|!=|<=|>=|<\/|>\/|[-+*/%^<>=(){}[\],:@]/y;

/** A text cut into tokens, as far as it could be. */
export interface TokenList {
  readonly tokens: readonly Token[];
  /** Why it could not be cut further: to be told when the reader gets there. */
  readonly fault: PromqlSyntaxError | undefined;
}

/** Cuts a text into tokens; brackets must pair. */
export function tokenize(text: string): TokenList {
  const lexer = new Lexer(text);
  try {
    while (lexer.step());
    return { tokens: lexer.tokens, fault: undefined };
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    return { tokens: lexer.tokens, fault: error };
  }
}

const UNCLOSED: Readonly<Record<string, readonly [reason: string, expected: string]>> = {
  '(': ['unclosed left parenthesis', '")"'],
  '[': ['unclosed left bracket', '"]"'],
  '{': ['unexpected end of input inside braces', '"}"'],
};

class Lexer {
  readonly tokens: Token[] = [];
  private readonly open: string[] = [];
  private at = 0;

  constructor(private readonly text: string) {}

  /** Takes the next token; false at the end. @throws PromqlSyntaxError */
  step(): boolean {
    const { text } = this;
    const space = this.match(SPACE);
    if (space !== undefined) {
      this.at += space.length;
      return true;
    }
    if (this.at >= text.length) return this.finish();
    const inside = this.open.at(-1);
    const character = text[this.at] ?? '';
    if (/[0-9.]/.test(character) && inside !== '{') return this.number(character);
    if (/["'`]/.test(character)) return this.string(character);
    const name = character === ':' && inside === '[' ? undefined : this.match(namePattern(inside));
    if (name !== undefined) {
      return this.push(/^(?:inf|nan)$/i.test(name) && inside !== '{' ? 'number' : 'identifier', name);
    }
    const operator = this.match(OPERATOR);
    if (operator === undefined) throw unexpectedCharacter(text, this.at, inside);
    checkBracket(text, operator, this.at, this.open);
    return this.push('op', operator);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0];
  }

  private push(kind: TokenKind, part: string): true {
    this.tokens.push({ kind, text: part, start: this.at, end: this.at + part.length });
    this.at += part.length;
    return true;
  }

  private number(character: string): true {
    const duration = this.match(DURATION);
    if (duration !== undefined) return this.push('duration', duration);
    const number = this.match(NUMBER);
    if (number !== undefined) return this.push('number', number);
    const bad = this.match(/[\w.]+/y) ?? character;
    throw new PromqlSyntaxError(`bad number or duration syntax: "${bad}"`, this.text, this.at);
  }

  private string(quote: string): true {
    const string = this.match(STRING);
    if (string !== undefined) return this.push('string', string);
    const reason = quote === '`' ? 'unterminated raw string' : 'unterminated quoted string';
    throw new PromqlSyntaxError(reason, this.text, this.at);
  }

  private finish(): false {
    const [reason, expected] = UNCLOSED[this.open.at(-1) ?? ''] ?? [];
    if (reason !== undefined && expected !== undefined) {
      throw new PromqlSyntaxError(reason, this.text, this.text.length, [expected]);
    }
    this.tokens.push({ kind: 'end', text: '', start: this.at, end: this.at });
    return false;
  }
}

function namePattern(inside: string | undefined): RegExp {
  return inside === '[' || inside === '{' ? LABEL_NAME : IDENTIFIER;
}

function unexpectedCharacter(text: string, at: number, inside: string | undefined): PromqlSyntaxError {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === '!') {
    const next = text[at + 1];
    return new PromqlSyntaxError(
      `unexpected character after '!'${inside === '{' ? ' inside braces' : ''}: '${next ?? 'end of input'}'`,
      text,
      at,
      inside === '{' ? ['"!="', '"!~"'] : ['"!="'],
    );
  }
  return new PromqlSyntaxError(
    `unexpected character${inside === '{' ? ' inside braces' : ''}: '${character}'`,
    text,
    at,
  );
}

const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const NAMES: Readonly<Record<string, string>> = { ')': 'parenthesis', ']': 'bracket', '}': 'brace' };

function checkBracket(text: string, operator: string, at: number, open: string[]): void {
  if (operator === '(' || operator === '[' || operator === '{') {
    open.push(operator);
    return;
  }
  const opener = CLOSES[operator];
  if (opener === undefined) return;
  if (open.at(-1) !== opener) {
    throw new PromqlSyntaxError(`unexpected right ${NAMES[operator] ?? ''} '${operator}'`, text, at);
  }
  open.pop();
}
