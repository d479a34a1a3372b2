import { LineCounter, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import { withLooseQuotes } from '../../base/quoted-lines';
import type { Problem } from '../problem';

/** Where something stands in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A single value. `text` is what was written, whatever type YAML would give it. */
export interface YamlScalar {
  readonly kind: 'scalar';
  readonly at: Position;
  readonly text: string;
  /** Written without quotes and not as a block: may be a number, a truth value or null. */
  readonly plain: boolean;
  readonly isNull: boolean;
  /** Where the first character of the content stands, and whether its lines are the file's lines. */
  readonly content: { readonly at: Position; readonly lines: 'one' | 'literal' | 'folded' };
}

/** A mapping, in the order of the file. */
export interface YamlMap {
  readonly kind: 'map';
  readonly at: Position;
  readonly entries: readonly { readonly key: string; readonly at: Position; readonly value: YamlNode }[];
}

/** A sequence. */
export interface YamlList {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: readonly YamlNode[];
}

/** A YAML value with its place; aliases and merge keys are resolved. */
export type YamlNode = YamlScalar | YamlMap | YamlList;

/** A file's first document; `root` is absent for an empty file and where the text is no YAML. */
export interface YamlTree {
  readonly root?: YamlNode;
  readonly problems: readonly Problem[];
}

const MAX_DEPTH = 64;

/** Reads the first document of a YAML text as Go's yaml.v3 would: later documents are only warned about. */
export function readYamlTree(file: string, written: string): YamlTree {
  let lines = new LineCounter();
  const read = (given: string): Document.Parsed[] => {
    lines = new LineCounter();
    const parsed = parseAllDocuments(given, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      strict: false,
    });
    return Array.isArray(parsed) ? parsed : [];
  };
  const { result: documents, text } = withLooseQuotes(written, read, ([first]) => first?.errors ?? []);
  const document = documents[0];
  if (document === undefined) return { problems: [] };
  const converter = new Converter(file, document, text, lines);
  // After the first fault of syntax the parser guesses: what it says then only hides the cause.
  const faults = document.errors.filter(({ code }, index) => code === 'DUPLICATE_KEY' || index === 0);
  const problems: Problem[] = faults.map((error) => ({
    severity: 'error',
    code: error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax',
    file,
    ...converter.position(error.pos[0]),
    message: error.code === 'DUPLICATE_KEY' ? 'a key of a mapping is repeated' : error.message,
  }));
  if (problems.length > 0) return { problems };
  const second = documents[1];
  if (second !== undefined) {
    problems.push({
      severity: 'warning',
      code: 'several-documents',
      file,
      ...converter.position(second.range[0]),
      message: 'only the first YAML document of a file is read',
      fix: 'put every group under one groups: list, or split the file',
    });
  }
  const { contents } = document;
  if (contents === null) return { problems };
  const root = converter.node(contents, 0);
  return {
    ...(root === undefined || (root.kind === 'scalar' && root.isNull) ? {} : { root }),
    problems: [...problems, ...converter.problems],
  };
}

class Converter {
  readonly problems: Problem[] = [];
  private readonly done = new Map<unknown, YamlNode>();

  constructor(
    private readonly file: string,
    private readonly document: Document.Parsed,
    private readonly text: string,
    private readonly lines: LineCounter,
  ) {}

  position(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }

  node(node: unknown, depth: number): YamlNode | undefined {
    if (depth > MAX_DEPTH) {
      this.problem('yaml-depth', startOf(node), 'the file is nested too deeply');
      return undefined;
    }
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target === undefined) {
        this.problem('yaml-alias', startOf(node), `no anchor "${node.source}" stands before this alias`);
        return undefined;
      }
      return this.node(target, depth + 1);
    }
    const known = this.done.get(node);
    if (known !== undefined) return known;
    const converted = this.convert(node, depth);
    if (converted !== undefined) this.done.set(node, converted);
    return converted;
  }

  private convert(node: unknown, depth: number): YamlNode | undefined {
    const start = startOf(node);
    const at = this.position(start);
    if (isSeq(node)) {
      const items = node.items.flatMap((item) => this.node(item, depth + 1) ?? []);
      return { kind: 'list', at, items };
    }
    if (isMap(node)) return { kind: 'map', at, entries: this.entries(node.items, depth) };
    if (!isScalar(node)) return undefined;
    const plain = node.type === 'PLAIN' || node.type === undefined;
    const text = node.source ?? (node.value === null ? '' : String(node.value));
    const isNull = plain && node.tag === undefined && /^(?:|~|null|Null|NULL)$/.test(text);
    return { kind: 'scalar', at, text, plain, isNull, content: this.contentOf(node.type, start, text) };
  }

  private contentOf(type: unknown, start: number, text: string): YamlScalar['content'] {
    if (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED') {
      const lineEnd = this.text.indexOf('\n', start);
      const first = lineEnd + 1 + (/^\s*/.exec(this.text.slice(lineEnd + 1))?.[0].length ?? 0);
      return { at: this.position(first), lines: type === 'BLOCK_LITERAL' ? 'literal' : 'folded' };
    }
    const quoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
    const verbatim = this.text.startsWith(text, quoted ? start + 1 : start);
    return {
      at: this.position(quoted ? start + 1 : start),
      lines: verbatim && !text.includes('\n') ? 'one' : 'folded',
    };
  }

  private entries(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    depth: number,
  ): YamlMap['entries'][number][] {
    const own: YamlMap['entries'][number][] = [];
    const merged: YamlMap['entries'][number][] = [];
    for (const pair of pairs) {
      const keyNode = this.node(pair.key, depth + 1);
      if (keyNode?.kind !== 'scalar') {
        this.problem('yaml-key', startOf(pair.key), 'a key must be a plain text');
        continue;
      }
      const value: YamlNode | undefined =
        pair.value === null || pair.value === undefined
          ? {
              kind: 'scalar',
              at: keyNode.at,
              text: '',
              plain: true,
              isNull: true,
              content: { at: keyNode.at, lines: 'one' },
            }
          : this.node(pair.value, depth + 1);
      if (value === undefined) continue;
      if (keyNode.text === '<<' && keyNode.plain) {
        for (const source of value.kind === 'list' ? value.items : [value]) {
          if (source.kind === 'map') merged.push(...source.entries);
          else this.problem('yaml-merge', startOf(pair.key), 'only mappings can be merged');
        }
        continue;
      }
      own.push({ key: keyNode.text, at: keyNode.at, value });
    }
    const taken = new Set(own.map(({ key }) => key));
    for (const entry of merged) {
      if (taken.has(entry.key)) continue;
      taken.add(entry.key);
      own.push(entry);
    }
    return own;
  }

  private problem(code: string, offset: number, message: string): void {
    this.problems.push({ severity: 'error', code, file: this.file, ...this.position(offset), message });
  }
}

function startOf(node: unknown): number {
  if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
    return Number(node.range[0]);
  }
  return 0;
}
