import type { Dependency } from '../storage';
import type { TraceTree } from './assemble';

/** Calls from one service to another within traces: a span whose parent belongs to another service is one call. */
export function dependenciesOf(trees: Iterable<TraceTree>): Dependency[] {
  const counts = new Map<string, { parent: string; child: string; callCount: number }>();
  for (const tree of trees) {
    for (const { service, parent } of tree.nodes) {
      if (parent === undefined || parent.service === service) continue;
      const key = `${parent.service}\u0000${service}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { parent: parent.service, child: service, callCount: 1 });
      else known.callCount++;
    }
  }
  return [...counts.values()].sort((a, b) => compareText(a.parent, b.parent) || compareText(a.child, b.child));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
