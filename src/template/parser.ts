import { TemplateSyntaxError } from './errors';
import { lex, lineAt } from './lexer';
import type { Token, TokenKind } from './lexer';
import type { Command, Definition, Node, Operand, ParsedTemplate, Pipe } from './nodes';
import { unquote } from './unquote';

/** Words with a meaning of their own inside `{{ }}`. */
const KEYWORDS = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);

/**
 * Parses a template in Go's text/template language.
 * @param isFunction whether a function of that name exists; others are refused here, as Go does.
 * @throws TemplateSyntaxError
 */
export function parse(name: string, text: string, isFunction: (name: string) => boolean): ParsedTemplate {
  const parser = new Parser(name, text, isFunction);
  return parser.run();
}

/** How a list of nodes ended. */
type Ending = { readonly word: 'end' | 'else' | 'eof'; readonly start: number };

class Parser {
  private readonly tokens: readonly Token[];
  private readonly definitions = new Map<string, Definition>();
  private at = 0;
  private variables: string[] = ['$'];
  private loops = 0;

  constructor(
    private readonly name: string,
    private readonly text: string,
    private readonly isFunction: (name: string) => boolean,
  ) {
    this.tokens = lex(name, text);
  }

  run(): ParsedTemplate {
    const { nodes, ending } = this.list(true);
    if (ending.word !== 'eof') this.fail(`unexpected {{${ending.word}}}`, ending.start);
    return { name: this.name, text: this.text, body: nodes, definitions: this.definitions };
  }

  private list(top: boolean): { nodes: Node[]; ending: Ending } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.next();
      if (token.kind === 'end') {
        if (!top) this.fail('unexpected EOF', token.start);
        return { nodes, ending: { word: 'eof', start: token.start } };
      }
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const word = this.peekWord();
      if (word === 'end') {
        this.take();
        this.expectClose('end');
        return { nodes, ending: { word, start: token.start } };
      }
      if (word === 'else') {
        this.take();
        return { nodes, ending: { word, start: token.start } };
      }
      const node = this.statement(word, top, token.start);
      if (node !== undefined) nodes.push(node);
    }
  }

  private statement(word: string | undefined, top: boolean, start: number): Node | undefined {
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        this.take();
        return this.control(word);
      case 'define':
        this.take();
        if (!top) this.fail('unexpected {{define}}', start);
        this.define();
        return undefined;
      case 'block':
        this.take();
        return this.block(start);
      case 'template': {
        this.take();
        const name = this.templateName('template clause');
        const pipe = this.peek().kind === 'close' ? undefined : this.pipe('template clause');
        this.expectClose('template clause');
        return { kind: 'template', name, pipe, start };
      }
      case 'break':
      case 'continue':
        if (this.isFunction(word)) break;
        this.take();
        if (this.loops === 0) this.fail(`{{${word}}} outside {{range}}`, start);
        this.expectClose(word);
        return { kind: word };
    }
    const pipe = this.pipe('command');
    this.expectClose('command');
    return { kind: 'action', pipe };
  }

  private control(kind: 'if' | 'with' | 'range'): Node {
    const scope = this.variables.length;
    const pipe = this.pipe(kind, kind === 'range');
    this.expectClose(kind);
    if (kind === 'range') this.loops++;
    const { nodes: body, ending } = this.list(false);
    if (kind === 'range') this.loops--;
    let otherwise: readonly Node[] = [];
    if (ending.word === 'else') {
      const word = this.peekWord();
      if ((word === 'if' && kind === 'if') || (word === 'with' && kind === 'with')) {
        this.take();
        otherwise = [this.control(kind)];
      } else {
        this.expectClose('else');
        const rest = this.list(false);
        if (rest.ending.word !== 'end') this.fail('expected end; found {{else}}', rest.ending.start);
        otherwise = rest.nodes;
      }
    }
    this.variables.length = scope;
    return { kind, pipe, body, otherwise };
  }

  private define(): void {
    const name = this.templateName('define clause');
    this.expectClose('define clause');
    const outer = this.variables;
    this.variables = ['$'];
    const { nodes, ending } = this.list(false);
    if (ending.word !== 'end') this.fail(`unexpected {{${ending.word}}} in define clause`, ending.start);
    this.variables = outer;
    this.addDefinition(name, nodes);
  }

  private block(start: number): Node {
    const name = this.templateName('block clause');
    const pipe = this.pipe('block clause');
    this.expectClose('block clause');
    const outer = this.variables;
    this.variables = ['$'];
    const { nodes, ending } = this.list(false);
    if (ending.word !== 'end') this.fail(`unexpected {{${ending.word}}} in block clause`, ending.start);
    this.variables = outer;
    this.addDefinition(name, nodes);
    return { kind: 'template', name, pipe, start };
  }

  private addDefinition(name: string, body: readonly Node[]): void {
    this.definitions.set(name, { name, source: { name: this.name, text: this.text }, body });
  }

  private templateName(context: string): string {
    const token = this.take();
    if (token.kind !== 'string') this.unexpected(token, context);
    return unquote(token.text) ?? this.fail(`invalid string ${token.text}`, token.start);
  }

  private pipe(context: string, inRange = false): Pipe {
    const start = this.peek().start;
    const { variables, assigns } = this.declarations(inRange);
    const commands: Command[] = [];
    for (;;) {
      const token = this.peek();
      if (token.kind === 'close' || token.kind === 'paren-close') break;
      commands.push(this.command(context));
      if (this.peek().kind !== 'pipe') break;
      this.take();
      if (this.peek().kind === 'close') this.fail(`missing value for ${context}`, this.peek().start);
    }
    if (commands.length === 0) this.fail(`missing value for ${context}`, this.peek().start);
    commands.slice(1).forEach((command, index) => {
      const first = command.operands[0];
      if (first && ['boolean', 'dot', 'nil', 'number', 'string'].includes(first.kind)) {
        this.fail(`non executable command in pipeline stage ${index + 2}`, first.start);
      }
    });
    const token = this.peek();
    if (token.kind !== 'close' && token.kind !== 'paren-close') this.unexpected(token, context);
    // Variables count from the end of their pipeline on, so that `$x := f $x` sees the outer one.
    if (!assigns) this.variables.push(...variables);
    return { variables, assigns, commands, start, end: this.trimmedEnd() };
  }

  private declarations(inRange: boolean): { variables: string[]; assigns: boolean } {
    const variables: string[] = [];
    const mark = this.at;
    for (;;) {
      const token = this.peek();
      if (token.kind !== 'variable') break;
      this.take();
      const after = this.peek();
      if (after.kind === 'declare' || after.kind === 'assign') {
        this.take();
        variables.push(token.text);
        const assigns = after.kind === 'assign';
        if (assigns) for (const name of variables) this.checkVariable(name, token.start);
        return { variables, assigns };
      }
      if (after.kind === 'comma' && inRange && variables.length === 0) {
        this.take();
        variables.push(token.text);
        continue;
      }
      if (after.kind === 'comma') this.fail('too many declarations in command', after.start);
      break;
    }
    if (variables.length > 0) this.fail('range can only initialize variables', this.peek().start);
    this.at = mark;
    return { variables: [], assigns: false };
  }

  private command(context: string): Command {
    const start = this.peek().start;
    const operands: Operand[] = [];
    for (;;) {
      const token = this.peek();
      if (token.kind === 'close' || token.kind === 'pipe' || token.kind === 'paren-close') break;
      operands.push(this.operand(context));
      const after = this.tokens[this.at];
      if (after && !['space', 'close', 'pipe', 'paren-close'].includes(after.kind)) this.unexpected(after, 'operand');
    }
    if (operands.length === 0) this.fail('empty command', start);
    return { operands, start, end: this.trimmedEnd() };
  }

  private operand(context: string): Operand {
    const token = this.take();
    let operand = this.term(token, context);
    const path = this.fields();
    if (path.length > 0) {
      const { start } = operand;
      const end = this.trimmedEnd();
      if (operand.kind === 'field' || operand.kind === 'variable') {
        operand = { ...operand, path: [...operand.path, ...path], end };
      } else if (['string', 'boolean', 'number', 'nil', 'dot'].includes(operand.kind)) {
        this.fail(`unexpected . after term ${JSON.stringify(token.text)}`, start);
      } else {
        operand = { kind: 'chain', of: operand, path, start, end };
      }
    }
    return operand;
  }

  private term(token: Token, context: string): Operand {
    const { start } = token;
    const end = start + token.text.length;
    switch (token.kind) {
      case 'dot':
        return { kind: 'dot', start, end };
      case 'field':
        return { kind: 'field', path: [token.text.slice(1)], start, end };
      case 'variable':
        this.checkVariable(token.text, start);
        return { kind: 'variable', name: token.text, path: [], start, end };
      case 'string':
        return {
          kind: 'string',
          value: unquote(token.text) ?? this.fail(`invalid string ${token.text}`, start),
          start,
          end,
        };
      case 'character': {
        const value = unquote(token.text);
        const point = value === undefined || [...value].length !== 1 ? undefined : value.codePointAt(0);
        if (point === undefined) this.fail(`malformed character constant: ${token.text}`, start);
        return { kind: 'number', value: BigInt(point), start, end };
      }
      case 'number':
        return { kind: 'number', value: this.numberOf(token), start, end };
      case 'paren-open': {
        const pipe = this.pipe('parenthesized pipeline');
        const close = this.take();
        if (close.kind !== 'paren-close') this.unexpected(close, 'parenthesized pipeline');
        return { kind: 'pipe', pipe, start, end: close.start + 1 };
      }
      case 'word':
        if (token.text === 'true' || token.text === 'false') {
          return { kind: 'boolean', value: token.text === 'true', start, end };
        }
        if (token.text === 'nil') return { kind: 'nil', start, end };
        if (KEYWORDS.has(token.text)) this.unexpected(token, context);
        if (!this.isFunction(token.text)) this.fail(`function ${JSON.stringify(token.text)} not defined`, start);
        return { kind: 'function', name: token.text, start, end };
      default:
        return this.unexpected(token, context);
    }
  }

  private fields(): string[] {
    const path: string[] = [];
    for (;;) {
      const token = this.tokens[this.at];
      if (token?.kind !== 'field') return path;
      this.at++;
      path.push(token.text.slice(1));
    }
  }

  private numberOf(token: Token): number | bigint {
    const text = token.text.replaceAll('_', '');
    const sign = text.startsWith('-') ? -1 : 1;
    const digits = text.replace(/^[+-]/, '');
    if (/^0[xXbBoO][0-9a-fA-F]+$/.test(digits)) return BigInt(digits) * BigInt(sign);
    if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`) * BigInt(sign);
    if (/^\d+$/.test(digits)) return BigInt(digits) * BigInt(sign);
    const value = Number(digits);
    if (Number.isNaN(value)) this.fail(`illegal number syntax: ${JSON.stringify(token.text)}`, token.start);
    // As in Go, a float constant with an integer value also serves as an integer: kept a float, converted on use.
    return sign * value;
  }

  private checkVariable(name: string, start: number): void {
    if (!this.variables.includes(name)) this.fail(`undefined variable ${JSON.stringify(name)}`, start);
  }

  private expectClose(context: string): void {
    const token = this.take();
    if (token.kind !== 'close') this.unexpected(token, context);
  }

  private peekWord(): string | undefined {
    const token = this.peek();
    return token.kind === 'word' ? token.text : undefined;
  }

  /** The next token that is not space. */
  private peek(): Token {
    while (this.tokens[this.at]?.kind === 'space') this.at++;
    return this.tokens[this.at] ?? { kind: 'end', text: '', start: this.text.length };
  }

  private take(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  private next(): Token {
    const token = this.tokens[this.at] ?? { kind: 'end' as TokenKind, text: '', start: this.text.length };
    this.at++;
    return token;
  }

  /** Where the last token that was taken ends. */
  private trimmedEnd(): number {
    let index = this.at - 1;
    while (index > 0 && this.tokens[index]?.kind === 'space') index--;
    const token = this.tokens[index];
    return token === undefined ? 0 : token.start + token.text.length;
  }

  private unexpected(token: Token, context: string): never {
    const shown = token.kind === 'end' ? 'EOF' : token.kind === 'close' ? '"}}"' : JSON.stringify(token.text);
    this.fail(`unexpected ${shown} in ${context}`, token.start);
  }

  private fail(message: string, start: number): never {
    throw new TemplateSyntaxError(this.name, lineAt(this.text, start), message);
  }
}
