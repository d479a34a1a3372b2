import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSourceTree } from './source-tree';

/** The rooms that make metrics; rules and dashboards only read them. */
const EMITTERS =
  /^src\/(instrument|ingest|tsdb|spandb|alerting|stack|toolkit|rules\/(evaluation|engine|push)|http|base|main)\b/;
const NAME = /(['"`])((?:telltale|gen_ai|process|nodejs|alertmanager|prometheus|up|scrape|ALERTS)[a-zA-Z0-9_:]*)\1/g;
const SUFFIXES = ['_bucket', '_sum', '_count', '_total'];

/** Metric names that the product's own code writes, read from its source text and the library's table of metrics. */
export function emittedMetrics(root: string): ReadonlySet<string> {
  const names = new Set(['ALERTS', 'ALERTS_FOR_STATE', 'up', 'scrape_duration_seconds', 'scrape_samples_scraped']);
  for (const file of readSourceTree(root, 'src')) {
    if (!EMITTERS.test(file.path) || /\.(spec|bench)\.ts$/.test(file.path)) continue;
    for (const match of readFileSync(join(root, file.path), 'utf8').matchAll(NAME)) names.add(match[2] ?? '');
  }
  // Names that are built from parts (the GenAI conventions') or come from prom-client stand in the library's table.
  const table = readFileSync(join(root, 'src/instrument/README.md'), 'utf8');
  for (const match of table.matchAll(
    /`((?:telltale|gen_ai|process|nodejs)_[a-z0-9_]+)(?:\{([a-z0-9_,]+)\}(_[a-z0-9_]+))?/g,
  )) {
    // `a_{x,y}_z` stands for several names; `a{x,y}` is one with its labels.
    const [, head = '', parts, tail] = match;
    for (const part of tail === undefined || parts === undefined ? [''] : parts.split(','))
      names.add(head + part + (tail ?? ''));
  }
  return names;
}

/** Whether a series name is an emitted metric, or a part of an emitted histogram, summary or counter. */
export function isEmitted(name: string, emitted: ReadonlySet<string>): boolean {
  return (
    emitted.has(name) || SUFFIXES.some((suffix) => name.endsWith(suffix) && emitted.has(name.slice(0, -suffix.length)))
  );
}
