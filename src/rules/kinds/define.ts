import type { z } from 'zod';
import { closest } from '../../base/closest';
import type { TypedReader } from '../yaml/typed-reader';
import type { Position, YamlNode } from '../yaml/yaml-tree';
import type { CompiledRule, KindContext, RuleKind } from './kind';

/** A kind as its file declares it: schema, words and meaning together. */
export interface KindDefinition<S extends z.ZodObject> {
  readonly name: string;
  readonly doc: string;
  readonly example: string;
  readonly fields: S;
  /** @throws KindFault when the fields do not go together. */
  compile(fields: z.output<S>, context: KindContext): CompiledRule[];
}

/** Fields that are each right but do not go together; `field` says where to look. */
export class KindFault extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** Declares a rule kind. */
export function defineRuleKind<S extends z.ZodObject>(definition: KindDefinition<S>): RuleKind {
  const { name, doc, example, fields } = definition;
  return {
    name,
    doc,
    example,
    fields,
    compile: (node, context) => {
      const parsed = fields.safeParse(toPlain(node));
      if (!parsed.success) {
        for (const issue of parsed.error.issues) report(issue, node, name, fields, context.reader);
        return undefined;
      }
      try {
        return definition.compile(parsed.data, context);
      } catch (error) {
        if (!(error instanceof KindFault)) throw error;
        context.reader.error('kind-field', positionOf(node, [error.field]), `${name}: ${error.message}`);
        return undefined;
      }
    },
  };
}

function report(issue: z.core.$ZodIssue, node: YamlNode, name: string, fields: z.ZodObject, reader: TypedReader): void {
  const path = [name, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(fields.shape);
    for (const key of issue.keys) {
      const near = closest(key, known);
      const fix = near === undefined ? `known here: ${[...known].sort().join(', ')}` : `did you mean "${near}"?`;
      reader.error(
        'unknown-field',
        positionOf(node, [...issue.path, key], true),
        `unknown field "${key}" in ${path}`,
        fix,
      );
    }
    return;
  }
  const missing = issue.code === 'invalid_type' && valueAt(node, issue.path) === undefined;
  const message = missing ? 'must be given' : issue.message;
  reader.error('kind-field', positionOf(node, issue.path), `${path}: ${message}`);
}

/** The value as JavaScript has it; numbers and truth values are told from texts as YAML's core schema does. */
export function toPlain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'list':
      return node.items.map(toPlain);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, toPlain(value)]));
    case 'scalar': {
      const { text, plain, isNull } = node;
      if (isNull) return undefined;
      if (!plain) return text;
      if (text === 'true' || text === 'false') return text === 'true';
      return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
    }
  }
}

function valueAt(node: YamlNode, path: readonly PropertyKey[]): YamlNode | undefined {
  let current: YamlNode | undefined = node;
  for (const step of path) {
    if (current?.kind === 'map') current = current.entries.find(({ key }) => key === String(step))?.value;
    else if (current?.kind === 'list') current = current.items[Number(step)];
    else return undefined;
  }
  return current;
}

function positionOf(node: YamlNode, path: readonly PropertyKey[], ofKey = false): Position {
  let current = node;
  let at = node.at;
  for (const step of path) {
    if (current.kind === 'map') {
      const entry = current.entries.find(({ key }) => key === String(step));
      if (entry === undefined) return at;
      current = entry.value;
      at = ofKey ? entry.at : current.at;
    } else if (current.kind === 'list') {
      const item = current.items[Number(step)];
      if (item === undefined) return at;
      current = item;
      at = item.at;
    }
  }
  return at;
}
