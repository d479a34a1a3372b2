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
const IDENTIFIER = /[\p{L}_:][\p{L}\p{N}_:]*/uy;
const LABEL_NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const DURATION = /(?:\d+(?:ms|[ywdhms]))+(?![\p{L}\p{N}_])/uy;
const NUMBER =
  /(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?)(?![\p{L}\p{N}_.])/uy;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`/y;
const OPERATOR = /=~|!~|==|!=|<=|>=|<\/|>\/|[-+*/%^<>=(){}[\],:@]/y;

/** Cuts a text into tokens; brackets must pair. @throws PromqlSyntaxError */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const open: { bracket: string; at: number }[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: TokenKind, part: string): void => {
    tokens.push({ kind, text: part, start: at, end: at + part.length });
    at += part.length;
  };
  for (;;) {
    const space = match(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    if (at >= text.length) break;
    const inside = open.at(-1)?.bracket;
    const character = text[at] ?? '';
    if (/[0-9.]/.test(character) && inside !== '{') {
      const duration = match(DURATION);
      const number = duration ?? match(NUMBER);
      if (number === undefined) {
        const bad = /[\w.]+/y;
        throw new PromqlSyntaxError(`bad number or duration syntax: "${match(bad) ?? character}"`, text, at);
      }
      push(duration === undefined ? 'number' : 'duration', number);
      continue;
    }
    const name =
      character === ':' && inside === '['
        ? undefined
        : match(inside === '[' || inside === '{' ? LABEL_NAME : IDENTIFIER);
    if (name !== undefined) {
      push(/^(?:inf|nan)$/i.test(name) && inside !== '{' ? 'number' : 'identifier', name);
      continue;
    }
    if (/["'`]/.test(character)) {
      const string = match(STRING);
      if (string === undefined) {
        throw new PromqlSyntaxError(
          character === '`' ? 'unterminated raw string' : 'unterminated quoted string',
          text,
          at,
        );
      }
      push('string', string);
      continue;
    }
    const operator = match(OPERATOR);
    if (operator === undefined) throw unexpectedCharacter(text, at, inside);
    checkBracket(text, operator, at, open);
    push('op', operator);
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    const what = {
      '(': 'unclosed left parenthesis',
      '[': 'unclosed left bracket',
      '{': 'unexpected end of input inside braces',
    };
    throw new PromqlSyntaxError(what[unclosed.bracket as '(' | '[' | '{'], text, text.length, [
      `"${{ '(': ')', '[': ']', '{': '}' }[unclosed.bracket as '(' | '[' | '{']}"`,
    ]);
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
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

function checkBracket(text: string, operator: string, at: number, open: { bracket: string; at: number }[]): void {
  if (operator === '(' || operator === '[' || operator === '{') {
    open.push({ bracket: operator, at });
    return;
  }
  const opener = CLOSES[operator];
  if (opener === undefined) return;
  if (open.at(-1)?.bracket !== opener) {
    throw new PromqlSyntaxError(`unexpected right ${NAMES[operator] ?? ''} '${operator}'`, text, at);
  }
  open.pop();
}
