import { PromqlSyntaxError } from '../errors';
import type { Token, TokenKind, TokenList } from './lexer';
import { unquote } from './strings';

/** How deep expressions may nest; deeper ones are refused rather than run out of stack. */
export const MAX_DEPTH = 500;

/** Walks over tokens. */
export class Cursor {
  private at = 0;
  private depth = 0;

  private readonly tokens: readonly Token[];
  private readonly fault: PromqlSyntaxError | undefined;
  private readonly end: Token;

  constructor(
    readonly text: string,
    { tokens, fault }: TokenList,
  ) {
    this.tokens = tokens;
    this.fault = fault;
    this.end = { kind: 'end', text: '', start: text.length, end: text.length };
  }

  /** The token `ahead` of the next one. @throws PromqlSyntaxError where the text could not be cut into tokens. */
  peek(ahead = 0): Token {
    const token = this.tokens[this.at + ahead];
    if (token === undefined && ahead === 0 && this.fault !== undefined) throw this.fault;
    return token ?? this.end;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** The end of the last token taken. */
  get lastEnd(): number {
    return this.tokens[this.at - 1]?.end ?? 0;
  }

  isOp(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'op' && token.text === text;
  }

  /** Whether the next token is this keyword, in any case. */
  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'identifier' && token.text.toLowerCase() === word;
  }

  takeOp(text: string): boolean {
    if (!this.isOp(text)) return false;
    this.next();
    return true;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.next();
    return true;
  }

  /** @throws PromqlSyntaxError */
  expectOp(text: string, context: string, ...expected: string[]): Token {
    if (!this.isOp(text)) throw this.unexpected(context, expected.length > 0 ? expected : [`"${text}"`]);
    return this.next();
  }

  /** @throws PromqlSyntaxError */
  expectKind(kind: TokenKind, context: string, ...expected: string[]): Token {
    if (this.peek().kind !== kind) throw this.unexpected(context, expected);
    return this.next();
  }

  /** The value of a string token. @throws PromqlSyntaxError */
  stringValue(token: Token): string {
    const value = unquote(token.text);
    if (typeof value === 'string') return value;
    throw new PromqlSyntaxError(value.reason, this.text, token.start + value.offset);
  }

  /** Runs `parse` one level deeper. @throws PromqlSyntaxError when expressions nest too deeply. */
  nested<T>(parse: () => T): T {
    if (++this.depth > MAX_DEPTH) {
      throw new PromqlSyntaxError(`expression nests deeper than ${MAX_DEPTH} levels`, this.text, this.peek().start);
    }
    const result = parse();
    this.depth--;
    return result;
  }

  /** The fault "the next token does not belong here". */
  unexpected(context: string, expected: readonly string[] = []): PromqlSyntaxError {
    const token = this.peek();
    const what =
      token.kind === 'end'
        ? 'end of input'
        : token.kind === 'op'
          ? `"${token.text}"`
          : token.kind === 'string'
            ? `string ${token.text}`
            : `${token.kind} "${token.text}"`;
    return new PromqlSyntaxError(
      `unexpected ${what}${context === '' ? '' : ` in ${context}`}`,
      this.text,
      token.start,
      expected,
    );
  }
}
