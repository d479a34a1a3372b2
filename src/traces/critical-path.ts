import type { TraceNode, TraceTree } from './assemble';

/** A stretch of time that decided how long the trace took, and the span that spent it itself. */
export interface CriticalSegment {
  readonly node: TraceNode;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

/**
 * The critical path below a root, by time: at each instant the one span whose work the end of the root waited for.
 * Walks backwards from the end: within a span the child that finished last decides, before it the child that finished
 * last before that one began, and so on; what no child covers is the span's own. The segments cover the root without a gap.
 */
export function criticalPath(root: TraceNode): CriticalSegment[] {
  const segments: CriticalSegment[] = [];
  const push = (node: TraceNode, start: bigint, end: bigint): void => {
    if (end > start) segments.push({ node, startUnixNano: start, endUnixNano: end });
  };
  /** A span on the walk: `at` moves from its end to its start; children by end, the last on top. */
  interface Step {
    readonly node: TraceNode;
    readonly floor: bigint;
    at: bigint;
    readonly left: TraceNode[];
  }
  const enter = (node: TraceNode, floor: bigint, ceiling: bigint): Step => ({
    node,
    floor: max(node.startUnixNano, floor),
    at: min(node.endUnixNano, ceiling),
    // A child that begins after its parent ended, or that nobody waited for, held nothing up.
    left: node.children
      .filter((child) => child.startUnixNano < node.endUnixNano && !isDetached(node, child))
      .sort((a, b) => compare(min(a.endUnixNano, node.endUnixNano), min(b.endUnixNano, node.endUnixNano))),
  });
  const stack = [enter(root, root.startUnixNano, root.endUnixNano)];
  for (let step = stack.at(-1); step !== undefined; step = stack.at(-1)) {
    const child = step.left.pop();
    if (child === undefined) {
      push(step.node, step.floor, step.at);
      stack.pop();
      const above = stack.at(-1);
      if (above !== undefined) above.at = min(above.at, step.floor);
      continue;
    }
    const end = min(child.endUnixNano, step.node.endUnixNano);
    if (end > step.at || end <= step.floor) continue;
    push(step.node, end, step.at);
    step.at = end;
    stack.push(enter(child, step.floor, end));
  }
  return segments.reverse();
}

/** Time on the critical path by span, the longest first; over all roots of the trace. */
export function criticalTimes(tree: TraceTree): { node: TraceNode; nano: bigint }[] {
  const byNode = new Map<TraceNode, bigint>();
  for (const root of tree.roots) {
    for (const { node, startUnixNano, endUnixNano } of criticalPath(root))
      byNode.set(node, (byNode.get(node) ?? 0n) + endUnixNano - startUnixNano);
  }
  return [...byNode].map(([node, nano]) => ({ node, nano })).sort((a, b) => compare(b.nano, a.nano));
}

function isDetached(parent: TraceNode, child: TraceNode): boolean {
  return child.span.kind === 'consumer' && child.endUnixNano > parent.endUnixNano;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
