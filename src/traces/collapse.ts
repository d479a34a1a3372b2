import type { TraceNode, TraceTree } from './assemble';

/** One line of a waterfall: a span, or a run of alike siblings shown as one. */
export interface WaterfallRow {
  readonly node: TraceNode;
  readonly depth: number;
  /** How many siblings the line stands for; 1 for a plain span. */
  readonly count: number;
  readonly errors: number;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** Spans below the line that are not shown. */
  readonly hidden: number;
}

/**
 * The lines of a waterfall. Siblings that follow each other with the same service, operation and outcome become one line
 * once there are `threshold` of them; what lies below them is hidden with them.
 */
export function collapseRepeats(tree: TraceTree, threshold = 4): WaterfallRow[] {
  const rows: WaterfallRow[] = [];
  const sizes = subtreeSizes(tree);
  const stack: (readonly TraceNode[])[] = groupsOf(tree.roots, threshold).reverse();
  for (let run = stack.pop(); run !== undefined; run = stack.pop()) {
    const [first] = run;
    if (first === undefined) continue;
    rows.push(rowOf(first, run, sizes));
    if (run.length === 1) stack.push(...groupsOf(first.children, threshold).reverse());
  }
  return rows;
}

function rowOf(first: TraceNode, run: readonly TraceNode[], sizes: ReadonlyMap<TraceNode, number>): WaterfallRow {
  let end = first.endUnixNano;
  let hidden = 0;
  for (const node of run) {
    if (node.endUnixNano > end) end = node.endUnixNano;
    if (run.length > 1) hidden += (sizes.get(node) ?? 1) - 1;
  }
  return {
    node: first,
    depth: first.depth,
    count: run.length,
    errors: first.span.status.code === 'error' ? run.length : 0,
    startUnixNano: first.startUnixNano,
    endUnixNano: end,
    hidden,
  };
}

function groupsOf(siblings: readonly TraceNode[], threshold: number): (readonly TraceNode[])[] {
  const groups: TraceNode[][] = [];
  let key = '';
  for (const node of siblings) {
    const own = `${node.service}\u0000${node.span.name}\u0000${node.span.status.code}`;
    const last = groups.at(-1);
    if (last !== undefined && own === key) last.push(node);
    else groups.push([node]);
    key = own;
  }
  return groups.flatMap((group) => (group.length >= threshold ? [group] : group.map((node) => [node])));
}

/** Each node's number of spans, itself included; children come after parents in `nodes`, so the sum runs backwards. */
function subtreeSizes(tree: TraceTree): Map<TraceNode, number> {
  const sizes = new Map<TraceNode, number>();
  for (let i = tree.nodes.length - 1; i >= 0; i--) {
    const node = tree.nodes[i];
    if (node === undefined) continue;
    const size = (sizes.get(node) ?? 0) + 1;
    sizes.set(node, size);
    if (node.parent !== undefined) sizes.set(node.parent, (sizes.get(node.parent) ?? 0) + size);
  }
  return sizes;
}
