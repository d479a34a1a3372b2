import type { Span } from '../domain/span';
import type { TraceSummary } from '../storage';
import { assembleTrace } from './assemble';
import type { TraceTree } from './assemble';

/** A trace in a line: its root, extent, size and services; times as reported, without skew taken out. */
export function summarizeTrace(spans: readonly Span[]): TraceSummary {
  return summarizeTree(assembleTrace(spans, { adjustSkew: false }));
}

/** The same of a trace that is put together already. */
export function summarizeTree(tree: TraceTree): TraceSummary {
  const services = new Map<string, { name: string; spanCount: number; errorSpanCount: number }>();
  let errors = 0;
  let orphans = 0;
  for (const { span, service, parent } of tree.nodes) {
    const failed = span.status.code === 'error';
    if (failed) errors++;
    if (parent === undefined && span.parentSpanId !== '') orphans++;
    const known = services.get(service) ?? { name: service, spanCount: 0, errorSpanCount: 0 };
    known.spanCount++;
    if (failed) known.errorSpanCount++;
    services.set(service, known);
  }
  const root = tree.roots.find((node) => node.span.parentSpanId === '') ?? tree.roots[0];
  return {
    traceId: tree.traceId,
    rootService: root?.service ?? '',
    rootOperation: root?.span.name ?? '',
    startUnixNano: tree.startUnixNano,
    endUnixNano: tree.endUnixNano,
    spanCount: tree.nodes.length,
    errorSpanCount: errors,
    orphanSpanCount: orphans,
    services: [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
