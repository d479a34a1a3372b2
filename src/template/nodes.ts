/** A template's syntax tree, as Go's text/template/parse has it. Offsets are 0-based UTF-16 units into the text. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | ControlNode
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | undefined; readonly start: number }
  | { readonly kind: 'break' | 'continue' };

/** `if`, `with` or `range`, with what stands after `else`. */
export interface ControlNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Commands joined by `|`, perhaps assigned to variables. */
export interface Pipe {
  readonly variables: readonly string[];
  /** `=` rather than `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly start: number;
  readonly end: number;
}

/** A value, or a function or method with its arguments. */
export interface Command {
  readonly operands: readonly Operand[];
  readonly start: number;
  readonly end: number;
}

interface Placed {
  readonly start: number;
  readonly end: number;
}

/** One word of a command. */
export type Operand = Placed &
  (
    | { readonly kind: 'dot' }
    | { readonly kind: 'nil' }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'boolean'; readonly value: boolean }
    /** An integer constant is a bigint, any other a number. */
    | { readonly kind: 'number'; readonly value: number | bigint }
    | { readonly kind: 'field'; readonly path: readonly string[] }
    | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
    | { readonly kind: 'function'; readonly name: string }
    | { readonly kind: 'pipe'; readonly pipe: Pipe }
    | { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly string[] }
  );

/** A parsed text: its own body and the templates it defines. */
export interface ParsedTemplate {
  readonly name: string;
  readonly text: string;
  readonly body: readonly Node[];
  readonly definitions: ReadonlyMap<string, Definition>;
}

/** A named body, with the text its offsets refer to. */
export interface Definition {
  readonly name: string;
  readonly source: { readonly name: string; readonly text: string };
  readonly body: readonly Node[];
}
