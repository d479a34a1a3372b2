import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** One source file, with what it imports. */
export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly string[];
}

/** All TypeScript files below a folder of the project; `ui` has a build of its own and is read too. */
export function readSourceTree(root: string, folder: string): SourceFile[] {
  const found: SourceFile[] = [];
  const visit = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (/\.tsx?$/.test(entry.name)) found.push(toSourceFile(relative(root, path), readFileSync(path, 'utf8')));
    }
  };
  visit(join(root, folder));
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Reads the import specifiers of a text. */
export function toSourceFile(path: string, text: string): SourceFile {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const imports: string[] = [];
  for (const pattern of [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\b(?:require|import)\(\s*['"]([^'"]+)['"]\s*\)/g,
  ]) {
    for (const match of code.matchAll(pattern)) imports.push(match[1] ?? '');
  }
  return { path, lines: text.split('\n').length, imports };
}

/** The project file an import means, or undefined for a package. */
export function resolveImport(from: SourceFile, specifier: string, known: ReadonlySet<string>): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const target = relative(resolve('/'), resolve('/', dirname(from.path), specifier)).replace(/\.js$/, '');
  const candidates = [`${target}.ts`, `${target}.tsx`, `${target}/index.ts`, `${target}/index.tsx`, target];
  return candidates.find((candidate) => known.has(candidate)) ?? target;
}
