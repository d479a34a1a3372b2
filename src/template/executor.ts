import { messageOf } from '../base/errors';
import { TemplateExecutionError } from './errors';
import type { FunctionMap } from './function';
import { escapeHtml } from './html';
import { lineAt } from './lexer';
import type { Command, ControlNode, Definition, Node, Operand, Pipe } from './nodes';
import { SafeHtml, StringMap, entriesOf, isTrue, toText, typeName } from './values';
import type { Value } from './values';

/** Thrown by a function to interrupt rendering; it passes through unwrapped. */
export class Interruption extends Error {}

/** How a rendering is set up. */
export interface Execution {
  readonly name: string;
  readonly body: Definition;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly functions: FunctionMap;
  readonly html: boolean;
}

/** A template may take so many steps, so that none runs away. */
const MAX_STEPS = 300_000;
const MAX_DEPTH = 1_000;

/**
 * Renders a parsed template.
 * @throws TemplateExecutionError
 */
export function execute(execution: Execution, data: Value): string {
  return new Executor(execution).run(data);
}

interface Variable {
  readonly name: string;
  value: Value;
}

/** What a list of nodes ended with: normally, or by `break` or `continue`. */
type Flow = 'next' | 'break' | 'continue';

class Executor {
  private output = '';
  private variables: Variable[] = [];
  private source: Definition;
  private steps = 0;
  private depth = 0;

  constructor(private readonly execution: Execution) {
    this.source = execution.body;
  }

  run(data: Value): string {
    this.variables = [{ name: '$', value: data }];
    this.list(this.source.body, data);
    return this.output;
  }

  private list(nodes: readonly Node[], dot: Value): Flow {
    for (const node of nodes) {
      const flow = this.node(node, dot);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  private node(node: Node, dot: Value): Flow {
    switch (node.kind) {
      case 'text':
        this.output += node.text;
        return 'next';
      case 'action': {
        const value = this.pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.print(value);
        return 'next';
      }
      case 'break':
      case 'continue':
        return node.kind;
      case 'if':
      case 'with': {
        const scope = this.variables.length;
        const value = this.pipe(node.pipe, dot);
        const flow = isTrue(value)
          ? this.list(node.body, node.kind === 'with' ? value : dot)
          : this.list(node.otherwise, dot);
        this.variables.length = scope;
        return flow;
      }
      case 'range':
        return this.range(node, dot);
      case 'template':
        this.include(node.name, node.pipe === undefined ? undefined : this.pipe(node.pipe, dot), node.start);
        return 'next';
    }
  }

  private range(node: ControlNode, dot: Value): Flow {
    const scope = this.variables.length;
    const { variables, assigns } = node.pipe;
    const value = this.pipe({ ...node.pipe, variables: [] }, dot);
    const items = this.itemsOf(value, node.pipe);
    let flow: Flow = 'next';
    let any = false;
    for (const [key, item] of items) {
      any = true;
      const inner = this.variables.length;
      const names: readonly (readonly [string, Value])[] =
        variables.length === 2
          ? [
              [variables[0] ?? '', key],
              [variables[1] ?? '', item],
            ]
          : variables.length === 1
            ? [[variables[0] ?? '', item]]
            : [];
      for (const [name, bound] of names) this.bind(name, bound, assigns);
      flow = this.list(node.body, item);
      this.variables.length = inner;
      if (flow === 'break') break;
    }
    this.variables.length = scope;
    if (!any) flow = this.list(node.otherwise, dot);
    return any ? 'next' : flow;
  }

  private *itemsOf(value: Value, pipe: Pipe): Generator<readonly [Value, Value]> {
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) yield [BigInt(i), value[i]];
      return;
    }
    if (typeof value === 'bigint') {
      for (let i = 0n; i < value; i++) yield [i, i];
      return;
    }
    const entries = value instanceof SafeHtml ? undefined : entriesOf(value);
    if (entries === undefined) this.fail(`range can't iterate over ${toText(value)}`, pipe.start, pipe.end);
    for (const [key, item] of entries) if (typeof item !== 'function') yield [key, item];
  }

  private include(name: string, data: Value, start: number): void {
    const definition = this.execution.definitions.get(name);
    if (definition === undefined) this.fail(`template ${JSON.stringify(name)} not defined`, start, start);
    if (++this.depth > MAX_DEPTH) this.fail(`exceeded maximum template depth (${MAX_DEPTH})`, start, start);
    const { variables, source } = this;
    this.variables = [{ name: '$', value: data }];
    this.source = definition;
    this.list(definition.body, data);
    this.variables = variables;
    this.source = source;
    this.depth--;
  }

  private print(value: Value): void {
    if (this.execution.html) {
      if (value instanceof SafeHtml) this.output += value.html;
      else this.output += escapeHtml(toText(value, ''));
      return;
    }
    this.output += toText(value, '<no value>');
  }

  private pipe(pipe: Pipe, dot: Value): Value {
    let value: Value;
    pipe.commands.forEach((command, index) => {
      value = this.command(command, dot, index > 0 ? [value] : []);
    });
    for (const name of pipe.variables) this.bind(name, value, pipe.assigns);
    return value;
  }

  private bind(name: string, value: Value, assigns: boolean): void {
    if (!assigns) {
      this.variables.push({ name, value });
      return;
    }
    for (let i = this.variables.length - 1; i >= 0; i--) {
      const variable = this.variables[i];
      if (variable?.name === name) {
        variable.value = value;
        return;
      }
    }
  }

  private command(command: Command, dot: Value, piped: readonly Value[]): Value {
    if (++this.steps > MAX_STEPS) this.fail('the template takes too many steps', command.start, command.end);
    const [first, ...rest] = command.operands;
    if (first === undefined) return undefined;
    const args = (): Value[] => [...rest.map((operand) => this.operand(operand, dot)), ...piped];
    switch (first.kind) {
      case 'function':
        return this.callFunction(first.name, command, rest, dot, piped);
      case 'field':
        return this.fields(dot, first.path, first, args);
      case 'variable':
        if (first.path.length > 0) return this.fields(this.lookUp(first.name), first.path, first, args);
        break;
      case 'chain':
        return this.fields(this.operand(first.of, dot), first.path, first, args);
    }
    if (rest.length > 0 || piped.length > 0) {
      this.fail(`can't give argument to non-function ${this.textOf(first)}`, first.start, first.end);
    }
    return this.operand(first, dot);
  }

  private callFunction(
    name: string,
    command: Command,
    rest: readonly Operand[],
    dot: Value,
    piped: readonly Value[],
  ): Value {
    const own = this.execution.functions[name];
    if (own === undefined && (name === 'and' || name === 'or')) return this.andOr(name, command, rest, dot, piped);
    const args = [...rest.map((operand) => this.operand(operand, dot)), ...piped];
    if (own === undefined && name === 'tmpl') return this.renderNamed(args, command);
    if (own === undefined) this.fail(`${JSON.stringify(name)} is not a defined function`, command.start, command.end);
    return this.call(name, () => own(...args), command);
  }

  private andOr(
    name: 'and' | 'or',
    command: Command,
    rest: readonly Operand[],
    dot: Value,
    piped: readonly Value[],
  ): Value {
    if (rest.length + piped.length === 0) {
      this.fail(`wrong number of args for ${name}: want at least 1 got 0`, command.start, command.end);
    }
    let value: Value;
    for (const operand of rest) {
      value = this.operand(operand, dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  /** `tmpl NAME DATA`: a named template's output as a value. */
  private renderNamed(args: readonly Value[], command: Command): Value {
    const { output } = this;
    this.output = '';
    this.include(toText(args[0]), args[1], command.start);
    const rendered = this.output;
    this.output = output;
    return this.execution.html ? new SafeHtml(rendered) : rendered;
  }

  private call(name: string, body: () => Value, place: { readonly start: number; readonly end: number }): Value {
    try {
      return body();
    } catch (error) {
      if (error instanceof Interruption || error instanceof TemplateExecutionError) throw error;
      const message = messageOf(error);
      const prefix = message.startsWith('wrong number of args')
        ? `wrong number of args for ${name}${message.slice('wrong number of args'.length)}`
        : `error calling ${name}: ${message}`;
      return this.fail(prefix, place.start, place.end);
    }
  }

  private operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return undefined;
      case 'string':
      case 'boolean':
      case 'number':
        return operand.value;
      case 'field':
        return this.fields(dot, operand.path, operand, () => []);
      case 'variable':
        return this.fields(this.lookUp(operand.name), operand.path, operand, () => []);
      case 'pipe':
        return this.pipe(operand.pipe, dot);
      case 'chain':
        return this.fields(this.operand(operand.of, dot), operand.path, operand, () => []);
      case 'function':
        return this.callFunction(
          operand.name,
          { operands: [operand], start: operand.start, end: operand.end },
          [],
          dot,
          [],
        );
    }
  }

  private lookUp(name: string): Value {
    for (let i = this.variables.length - 1; i >= 0; i--) {
      if (this.variables[i]?.name === name) return this.variables[i]?.value;
    }
    return undefined;
  }

  /** Follows a path of fields; only the last may take arguments. */
  private fields(receiver: Value, path: readonly string[], place: Operand, args: () => Value[]): Value {
    let value = receiver;
    path.forEach((name, index) => {
      value = this.field(value, name, place, index === path.length - 1 ? args() : []);
    });
    return value;
  }

  private field(receiver: Value, name: string, place: Operand, args: readonly Value[]): Value {
    if (receiver === undefined) return undefined;
    if (receiver === null) this.fail(`nil pointer evaluating interface {}.${name}`, place.start, place.end);
    let member: Value;
    if (receiver instanceof StringMap) member = receiver.methods[name] ?? receiver.get(name);
    else if (receiver instanceof Map) member = receiver.get(name);
    else if (typeof receiver === 'object' && isReachable(receiver, name)) {
      member = Reflect.get(receiver, name);
    } else this.fail(`can't evaluate field ${name} in type ${typeName(receiver)}`, place.start, place.end);
    if (typeof member === 'function') {
      const method = member;
      return this.call(name, () => Reflect.apply(method, receiver, args), place);
    }
    if (args.length > 0) this.fail(`${name} has arguments but cannot be invoked as function`, place.start, place.end);
    return member;
  }

  private textOf(operand: Operand): string {
    return this.source.source.text.slice(operand.start, operand.end);
  }

  private fail(message: string, start: number, end: number): never {
    const { name, text } = this.source.source;
    const line = lineAt(text, start);
    const column = Buffer.byteLength(text.slice(text.lastIndexOf('\n', start - 1) + 1, start));
    let context = text.slice(start, end);
    if (context.length > 20) context = `${context.slice(0, 20)}...`;
    const at = context === '' ? '' : ` at <${context}>`;
    throw new TemplateExecutionError(
      `template: ${name}:${line}:${column}: executing ${JSON.stringify(this.source.name)}${at}: ${message}`,
    );
  }
}

/** Own properties (not of arrays), and of classes the members whose name starts with a capital: nothing of JavaScript's own machinery. */
function isReachable(receiver: object, name: string): boolean {
  return (!Array.isArray(receiver) && Object.hasOwn(receiver, name)) || (/^[A-Z]/.test(name) && name in receiver);
}
