import type { Millis } from '../../base/clock';
import { closest } from '../../base/closest';
import { parseDuration } from '../../base/duration';
import { messageOf } from '../../base/errors';
import type { Problem } from '../problem';
import type { Position, YamlList, YamlMap, YamlNode, YamlScalar } from './yaml-tree';

/** Which part of a file is being read, for the problems found there. */
export interface ReadingContext {
  readonly group?: string;
  readonly rule?: string;
}

/**
 * Takes typed values out of a YAML tree by the rules of Go's decoder: any single value may serve as text, null is the
 * zero value, unknown keys are refused. Collects every problem.
 */
export class TypedReader {
  readonly problems: Problem[] = [];
  context: ReadingContext = {};

  /** @param nullItems whether items of lists that are null count, as in unit tests; in rule files they do not. */
  constructor(
    readonly file: string,
    private readonly nullItems = false,
  ) {}

  error(code: string, at: Position, message: string, fix?: string): void {
    this.add('error', code, at, message, fix);
  }

  warning(code: string, at: Position, message: string, fix?: string): void {
    this.add('warning', code, at, message, fix);
  }

  /** The node as a mapping; null is an empty one. */
  map(node: YamlNode, what: string): YamlMap | undefined {
    if (node.kind === 'map') return node;
    if (node.kind === 'scalar' && node.isNull) return { kind: 'map', at: node.at, entries: [] };
    this.error('wrong-type', node.at, `${what} must be a mapping of keys to values`);
    return undefined;
  }

  /** The node's items; null is none. */
  list(node: YamlNode, what: string): readonly YamlNode[] {
    if (node.kind === 'list') {
      return this.nullItems ? node.items : node.items.filter((item) => item.kind !== 'scalar' || !item.isNull);
    }
    if (node.kind === 'scalar' && node.isNull) return [];
    this.error('wrong-type', node.at, `${what} must be a list`);
    return [];
  }

  text(node: YamlNode, what: string): string {
    if (node.kind === 'scalar') return node.isNull ? '' : node.text;
    this.error('wrong-type', node.at, `${what} must be a text, not a ${nameOf(node)}`);
    return '';
  }

  duration(node: YamlNode, what: string): Millis {
    if (node.kind === 'scalar' && node.isNull) return 0;
    const text = this.text(node, what);
    if (node.kind !== 'scalar') return 0;
    try {
      return parseDuration(text);
    } catch (error) {
      this.error('bad-duration', node.at, `${what}: ${messageOf(error)}`);
      return 0;
    }
  }

  integer(node: YamlNode, what: string): number {
    const scalar = this.plain(node, what, 'a whole number');
    if (scalar === undefined) return 0;
    const text = scalar.text.replaceAll('_', '');
    const value = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|\d+)$/.test(text)
      ? toInteger(text)
      : /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)
        ? Number(text)
        : NaN;
    if (scalar.plain && Number.isSafeInteger(value)) return value;
    this.error('wrong-type', node.at, `${what} must be a whole number, not "${scalar.text}"`);
    return 0;
  }

  float(node: YamlNode, what: string): number {
    const scalar = this.plain(node, what, 'a number');
    if (scalar === undefined) return 0;
    const text = scalar.plain ? scalar.text.replaceAll('_', '') : '';
    if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
    if (/^\.(?:nan|NaN|NAN)$/.test(text)) return NaN;
    if (/^[-+]?0[xXoO]?[0-9a-fA-F]+$/.test(text) && !/^[-+]?0[0-9]*[89]/.test(text)) return toInteger(text);
    if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
    this.error('wrong-type', node.at, `${what} must be a number, not "${scalar.text}"`);
    return 0;
  }

  truth(node: YamlNode, what: string): boolean {
    const scalar = this.plain(node, what, 'true or false');
    if (scalar === undefined) return false;
    if (/^(?:true|yes|on|y)$/i.test(scalar.text)) return true;
    if (/^(?:false|no|off|n)$/i.test(scalar.text)) return false;
    this.error('wrong-type', node.at, `${what} must be true or false, not "${scalar.text}"`);
    return false;
  }

  /** A mapping of names to texts. */
  texts(
    node: YamlNode,
    what: string,
  ): Map<string, { readonly text: string; readonly node: YamlNode; readonly at: Position }> {
    const found = new Map<string, { readonly text: string; readonly node: YamlNode; readonly at: Position }>();
    for (const { key, at, value } of this.map(node, what)?.entries ?? []) {
      found.set(key, { text: this.text(value, `${what}.${key}`), node: value, at });
    }
    return found;
  }

  /** Refuses keys that are not known, with the likely spelling. */
  known(map: YamlMap, keys: readonly string[], what: string, hints: Readonly<Record<string, string>> = {}): void {
    for (const { key, at } of map.entries) {
      if (keys.includes(key)) continue;
      const near = closest(key, keys);
      const fix =
        hints[key] ?? (near === undefined ? `known here: ${[...keys].sort().join(', ')}` : `did you mean "${near}"?`);
      this.error('unknown-field', at, `unknown field "${key}" in ${what}`, fix);
    }
  }

  private plain(node: YamlNode, what: string, wanted: string): YamlScalar | undefined {
    if (node.kind === 'scalar') return node.isNull ? undefined : node;
    this.error('wrong-type', node.at, `${what} must be ${wanted}, not a ${nameOf(node)}`);
    return undefined;
  }

  private add(severity: Problem['severity'], code: string, at: Position, message: string, fix?: string): void {
    this.problems.push({
      severity,
      code,
      file: this.file,
      line: at.line,
      column: at.column,
      message,
      ...(fix === undefined ? {} : { fix }),
      ...this.context,
    });
  }
}

/** The value of a key. */
export function valueOf(map: YamlMap, key: string): YamlNode | undefined {
  return map.entries.find((entry) => entry.key === key)?.value;
}

/** The place of a key itself; the mapping's where the key is absent. */
export function keyPosition(map: YamlMap, key: string): Position {
  return map.entries.find((entry) => entry.key === key)?.at ?? map.at;
}

/** The place in the file of a place in a scalar's text (both from 1), as near as folding allows. */
export function positionIn(node: YamlNode, line: number, column: number): Position {
  if (node.kind !== 'scalar') return node.at;
  const { at, lines } = node.content;
  if (lines === 'one' && line === 1) return { line: at.line, column: at.column + column - 1 };
  if (lines === 'literal') return { line: at.line + line - 1, column: at.column + column - 1 };
  return at;
}

function nameOf(node: YamlMap | YamlList): string {
  return node.kind === 'map' ? 'mapping' : 'list';
}

function toInteger(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '');
  if (/^0[0-7]+$/.test(digits)) return sign * parseInt(digits, 8);
  return sign * Number(digits);
}
