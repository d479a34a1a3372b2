import { resolveImport } from './source-tree';
import type { SourceFile } from './source-tree';

/** Which room may import which; a room imports itself. `*` means any room. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  domain: ['base'],
  contracts: ['base', 'domain'],
  template: ['base', 'domain'],
  pricing: ['base', 'domain'],
  otlp: ['base', 'domain'],
  storage: ['base', 'domain'],
  anomaly: ['base', 'domain'],
  toolkit: ['base', 'domain', 'pricing', 'instrument'],
  instrument: ['base', 'domain', 'pricing', 'otlp'],
  tsdb: ['base', 'domain', 'storage'],
  spandb: ['base', 'domain', 'storage', 'otlp'],
  remote: ['base', 'domain', 'storage'],
  promql: ['base', 'domain', 'storage'],
  traces: ['base', 'domain', 'storage'],
  ingest: ['base', 'domain', 'pricing', 'otlp', 'storage'],
  assistant: ['base', 'domain', 'config', 'instrument', 'toolkit'],
  rules: ['base', 'domain', 'storage', 'promql', 'anomaly', 'template'],
  alerting: ['base', 'domain', 'storage', 'template'],
  reports: ['base', 'domain', 'pricing', 'storage', 'promql', 'traces', 'anomaly', 'template'],
  http: [
    'base',
    'domain',
    'contracts',
    'otlp',
    'storage',
    'promql',
    'traces',
    'ingest',
    'anomaly',
    'rules',
    'alerting',
    'reports',
  ],
  cli: [
    'base',
    'domain',
    'contracts',
    'config',
    'promql',
    'rules',
    'alerting',
    'ingest',
    'anomaly',
    'reports',
    'template',
    'pricing',
    'storage',
  ],
  ui: ['contracts'],
  config: ['base'],
};

/** Rooms that are imported file by file. */
const WITHOUT_INDEX = new Set(['base', 'domain']);

/** Files that may load everything: they wire the parts together. */
const WIRING =
  /^src\/(main|app\.module|register|index|nest|testing|bench)\.ts$|^src\/stack\/|^src\/cli\/(main|stack-verbs)\.ts$|^src\/cli\/commands\/(serve|demo)(\/|\.ts$)|^src\/http\/http\.module\.ts$/;

const NEST_SUFFIX = /\.(module|controller|filter|guard|interceptor)\.ts$/;
const TEST_FILE = /\.(spec|bench|peer|e2e|fuzz|ui)\.tsx?$|\/testing\//;
const MAX_LINES = 500;

/** Every breach of the house rules, as sentences that name the file; empty when the house is in order. */
export function breaches(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map((file) => file.path));
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  for (const file of files) {
    if (file.lines > MAX_LINES + 1) found.push(`${file.path} has ${file.lines} lines; at most ${MAX_LINES}`);
    const targets: string[] = [];
    for (const specifier of file.imports) {
      const target = resolveImport(file, specifier, known);
      if (target === undefined) found.push(...packageBreaches(file, specifier));
      else {
        targets.push(target);
        if (!TEST_FILE.test(file.path)) found.push(...roomBreaches(file, target));
      }
    }
    if (!TEST_FILE.test(file.path)) graph.set(file.path, targets);
  }
  return [...found, ...cycles(graph)];
}

function packageBreaches(file: SourceFile, specifier: string): string[] {
  const allowed =
    NEST_SUFFIX.test(file.path) ||
    file.path === 'src/main.ts' ||
    TEST_FILE.test(file.path) ||
    !file.path.startsWith('src/');
  return specifier.startsWith('@nestjs/') && !allowed
    ? [`${file.path} imports ${specifier}; only modules, controllers, filters, guards and interceptors may`]
    : [];
}

function roomBreaches(file: SourceFile, target: string): string[] {
  const from = roomOf(file.path);
  const to = roomOf(target);
  if (WIRING.test(file.path) || from === undefined || to === undefined || from === to) {
    return from !== undefined && from === to && target === `src/${from}/index.ts` && file.path !== target
      ? [`${file.path} imports its own room's index`]
      : [];
  }
  if (from === 'config' && target.endsWith('.config.ts')) return [];
  if (!(MAY_IMPORT[from] ?? []).includes(to)) return [`${file.path} imports ${target}; ${from} may not import ${to}`];
  if (WITHOUT_INDEX.has(to) || isEntry(target, to)) return [];
  return [`${file.path} imports ${target}; across rooms import src/${to}/index.ts`];
}

/** A room's index, or the index of one of the toolkit's public groups. */
function isEntry(target: string, room: string): boolean {
  return (
    target === `src/${room}/index.ts` ||
    (['toolkit', 'storage', 'ingest', 'contracts', 'http'].includes(room) && /\/index\.ts$/.test(target)) ||
    room === 'contracts'
  );
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push(`import cycle: ${[...trail.slice(at), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
