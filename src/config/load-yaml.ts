import { LineCounter, isMap, isNode, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import type { z } from 'zod';
import { closest } from '../base/closest';
import type { ConfigFault } from './faults';
import { knownKeys } from './schema-walk';

/** A configuration text, read, with the places of its values. */
export interface YamlText {
  readonly value: unknown;
  readonly faults: readonly ConfigFault[];
  /** Line and column, from 1, of the value at a path, or of its nearest ancestor; of the key itself if `key` is given. */
  locate(path: readonly PropertyKey[], key?: string): { line: number; column: number };
}

/** Reads YAML 1.2 (hence JSON); syntax errors and duplicate keys become faults. */
export function loadYaml(text: string, source: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const faults = document.errors.map((error) => ({ source, ...at(error.pos[0]), path: '', message: error.message }));
  return {
    value: faults.length > 0 ? undefined : (document.toJS() ?? {}),
    faults,
    locate: (path, key) => at(offsetOf(document, path, key)),
  };
}

/** Checks a value against a schema; all issues as faults with places and, for a misspelt key, the likely spelling. */
export function checkSchema<S extends z.ZodType>(
  schema: S,
  value: unknown,
  source: string,
  locate: YamlText['locate'],
): { value?: z.output<S>; faults: ConfigFault[] } {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, faults: [] };
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, [], schema, source, locate));
  return { faults: faults.sort((a, b) => a.line - b.line || a.column - b.column) };
}

function faultsOf(
  issue: z.core.$ZodIssue,
  base: readonly PropertyKey[],
  schema: z.ZodType,
  source: string,
  locate: YamlText['locate'],
): ConfigFault[] {
  const path = [...base, ...issue.path];
  const dotted = path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => {
      const near = closest(key, known);
      const hint = near === undefined ? `known here: ${known.sort().join(', ')}` : `did you mean "${near}"?`;
      return { source, ...locate(path, key), path: dotted, message: `unknown key "${key}"; ${hint}` };
    });
  }
  if (issue.code === 'invalid_union') {
    // The branch that came furthest is the one that was meant.
    const depth = (issues: readonly z.core.$ZodIssue[]): number =>
      Math.max(0, ...issues.map((inner) => inner.path.length));
    const branches = issue.errors.filter((errors) => errors.length > 0);
    const best = branches.reduce<readonly z.core.$ZodIssue[]>(
      (left, right) => (depth(right) > depth(left) ? right : left),
      branches[0] ?? [],
    );
    if (depth(best) > 0 || branches.length === 1)
      return best.flatMap((inner) => faultsOf(inner, path, schema, source, locate));
    const messages = [...new Set(branches.flat().map((inner) => inner.message))];
    return [{ source, ...locate(path), path: dotted, message: messages.join('; or: ') }];
  }
  return [{ source, ...locate(path), path: dotted, message: issue.message }];
}

function offsetOf(document: Document, path: readonly PropertyKey[], key: string | undefined): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    const next = isMap(node) ? pairOf(node, String(step)) : isSeq(node) ? node.items[Number(step)] : undefined;
    if (next === undefined) return offset;
    node = isPair(next) ? (next.value ?? next.key) : next;
    offset = startOf(node) ?? offset;
  }
  if (key === undefined) return offset;
  const pair = isMap(node) ? pairOf(node, key) : undefined;
  return startOf(pair?.key) ?? offset;
}

function pairOf(node: unknown, key: string): { key: unknown; value: unknown } | undefined {
  return isMap(node) ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key) : undefined;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
