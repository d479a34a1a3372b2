import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as ts from 'typescript';

/** An expression of the source, with the file that it stands in. */
interface Found {
  readonly node: ts.Expression;
  readonly file: ts.SourceFile;
}

const parsed = new Map<string, ts.SourceFile>();

/**
 * The doc comments of the keys of a schema, by path as `configKeys` writes it. They are read from the source: the schema
 * named `name` is followed through imports, method chains, lists and maps to the object literals that declare its keys.
 */
export function configComments(path: string, name: string): Map<string, string> {
  const comments = new Map<string, string>();
  const root = definitionOf(parse(path), name);
  if (root !== undefined) collect(root, '', comments);
  return comments;
}

function collect(found: Found, prefix: string, comments: Map<string, string>): void {
  const { node, file } = found;
  if (ts.isIdentifier(node)) {
    const target = definitionOf(file, node.text);
    if (target !== undefined) collect(target, prefix, comments);
    return;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
  const { expression: owner, name: method } = node.expression;
  if (!ts.isIdentifier(owner) || owner.text !== 'z') {
    collect({ node: owner, file }, prefix, comments);
    return;
  }
  const [first, second] = node.arguments;
  if (method.text === 'array' && first !== undefined) collect({ node: first, file }, `${prefix}[]`, comments);
  if (method.text === 'record' && second !== undefined)
    collect({ node: second, file }, join(prefix, '<name>'), comments);
  if (first === undefined || !ts.isObjectLiteralExpression(first)) return;
  for (const property of first.properties) {
    if (!ts.isPropertyAssignment(property)) continue;
    const path = join(prefix, property.name.getText(file).replace(/^'|'$/g, ''));
    const text = docCommentOf(property, file);
    if (text !== '') comments.set(path, text);
    collect({ node: property.initializer, file }, path, comments);
  }
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

/** The text of the last `/** … *\/` before a node, on one line. */
export function docCommentOf(node: ts.Node, file: ts.SourceFile): string {
  const ranges = ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? [];
  const last = ranges.at(-1);
  const text = last === undefined ? '' : file.text.slice(last.pos, last.end);
  if (!text.startsWith('/**')) return '';
  return text
    .slice(3, -2)
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** What a name of a file stands for: a constant of its own, or one that it imports. */
function definitionOf(file: ts.SourceFile, name: string): Found | undefined {
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      const declared = statement.declarationList.declarations.find((each) => each.name.getText(file) === name);
      if (declared?.initializer !== undefined) return { node: declared.initializer, file };
    }
    if (ts.isImportDeclaration(statement) && importsName(statement, name)) {
      const specifier = ts.isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : '';
      if (specifier.startsWith('.'))
        return definitionOf(parse(`${resolve(dirname(file.fileName), specifier)}.ts`), name);
    }
  }
  return undefined;
}

function importsName(statement: ts.ImportDeclaration, name: string): boolean {
  const bindings = statement.importClause?.namedBindings;
  return (
    bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.some((one) => one.name.text === name)
  );
}

/** A file's syntax tree, read once. */
export function parse(path: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
  parsed.set(path, file);
  return file;
}
