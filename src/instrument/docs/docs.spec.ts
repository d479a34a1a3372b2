import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { register } from 'prom-client';
import ts from 'typescript';
import * as telltale from '../../index';
import { startTestTracing } from '../testing/test-tracing';
import type { TestTracing } from '../testing/test-tracing';

/** Every example of every page is compiled, run, and prints what the page says. */
interface Page {
  readonly name: string;
  readonly code: string;
  readonly prints: string;
}

const pages: readonly Page[] = readdirSync(__dirname)
  .filter((file) => file.endsWith('.md'))
  .map((name) => {
    const text = readFileSync(join(__dirname, name), 'utf8');
    const block = (kind: string): string => new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? '';
    return { name, code: block('ts'), prints: block('text').trimEnd() };
  })
  // A page of tables has no example.
  .filter(({ code }) => code !== '');

let tracing: TestTracing;
beforeAll(() => {
  tracing = startTestTracing();
});
afterAll(async () => {
  await tracing.stop();
  register.clear();
});

test.each(pages.map((page) => [page.name, page] as const))('%s runs', async (_name, { code, prints }) => {
  const lines: string[] = [];
  const parts = /^((?:import [\s\S]*?;\n)+)([\s\S]*)$/.exec(code);
  const { code: script } = transformSync(`${parts?.[1] ?? ''}export async function main() {${parts?.[2] ?? code}\n}`, {
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  });
  const module: { exports: { main?: () => Promise<void> } } = { exports: {} };
  const load = (name: string): unknown => (name === 'telltale' ? telltale : jest.requireActual(name));
  const print = { log: (text: unknown) => lines.push(String(text)) };
  new Function('module', 'exports', 'require', 'console', script)(module, module.exports, load, print);
  await module.exports.main?.();
  expect(lines.join('\n')).toBe(prints);
});

test('the examples compile', () => {
  const root = join(__dirname, '..', '..', '..');
  const files = new Map(pages.map(({ name, code }) => [join(__dirname, name.replace('.md', '.example.ts')), code]));
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
    paths: { telltale: [join(root, 'src', 'index.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  const source = host.getSourceFile.bind(host);
  host.readFile = (path) => files.get(path) ?? read(path);
  host.fileExists = (path) => files.has(path) || exists(path);
  host.getSourceFile = (path, version, ...rest) => {
    const code = files.get(path);
    return code === undefined
      ? source(path, version, ...rest)
      : ts.createSourceFile(path, `${code}\nexport {};`, version);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  const faults = [...files.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
  expect(faults).toEqual([]);
}, 60_000);
