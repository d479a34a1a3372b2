import { ExpositionSyntaxError } from '../errors';

/** Reads one line from left to right. */
export class LineCursor {
  position = 0;

  constructor(
    readonly text: string,
    private readonly line: number,
  ) {}

  /** @throws ExpositionSyntaxError, always. */
  fail(problem: string): never {
    throw new ExpositionSyntaxError(`${problem} at column ${this.position + 1}`, this.line);
  }

  get done(): boolean {
    return this.position >= this.text.length;
  }

  peek(): string {
    return this.text[this.position] ?? '';
  }

  /** Passes over blanks; whether there were any. */
  blanks(): boolean {
    const start = this.position;
    while (this.peek() === ' ' || this.peek() === '\t') this.position++;
    return this.position > start;
  }

  /** Passes over `character` if it is next. */
  take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.position++;
    return true;
  }

  /** A metric name: letters, digits, `_` and `:`, not starting with a digit. Empty when there is none. */
  name(colons: boolean): string {
    const start = this.position;
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      const letter =
        (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (colons && code === 58);
      const digit = code >= 48 && code <= 57 && this.position > start;
      if (!letter && !digit) break;
      this.position++;
    }
    return this.text.slice(start, this.position);
  }

  /** Everything up to the next blank or the end. */
  word(): string {
    const start = this.position;
    while (!this.done && this.peek() !== ' ' && this.peek() !== '\t') this.position++;
    return this.text.slice(start, this.position);
  }

  rest(): string {
    const rest = this.text.slice(this.position);
    this.position = this.text.length;
    return rest;
  }

  /** A text in double quotes, with `\\`, `\"` and `\n`. */
  quoted(): string {
    if (!this.take('"')) this.fail('expected "');
    const end = this.text.indexOf('"', this.position);
    const plain = end < 0 ? '' : this.text.slice(this.position, end);
    if (end >= 0 && !plain.includes('\\')) {
      this.position = end + 1;
      return plain;
    }
    let value = '';
    while (!this.done) {
      const character = this.peek();
      this.position++;
      if (character === '"') return value;
      if (character !== '\\') {
        value += character;
        continue;
      }
      const escaped = this.peek();
      this.position++;
      value += escaped === 'n' ? '\n' : escaped === '"' || escaped === '\\' ? escaped : `\\${escaped}`;
    }
    return this.fail('a text without its closing "');
  }
}
