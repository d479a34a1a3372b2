import type { Operation } from './operation';

/** Structures are looked at up to this many nodes. */
const MAX_NODES = 10_000;

/** Writes the size and complexity of an operation's input to its span, and the size to the metrics. */
export function recordInput(operation: Operation, input: unknown): void {
  const size = inputSize(input);
  operation.plan.metrics?.inputSize(size);
  operation.setAttributes({
    'telltale.input.size_bytes': size,
    'telltale.input.complexity': inputComplexity(input),
  });
}

/** Bytes of a text or buffer; of a structure, roughly those of its JSON. */
export function inputSize(input: unknown): number {
  if (typeof input === 'string') return Buffer.byteLength(input);
  if (ArrayBuffer.isView(input)) return input.byteLength;
  let size = 0;
  walk(input, (node) => {
    size += typeof node === 'string' ? Buffer.byteLength(node) + 2 : typeof node === 'number' ? 8 : 4;
  });
  return size;
}

/**
 * A figure that grows with what there is to understand: for a text its lines plus ten for each fenced block, for a
 * structure its nodes plus ten for each level of depth.
 */
export function inputComplexity(input: unknown): number {
  if (typeof input === 'string') {
    const lines = input.split('\n');
    return lines.length + 5 * lines.filter((line) => line.startsWith('```')).length;
  }
  let nodes = 0;
  let depth = 0;
  walk(input, (_node, level) => {
    nodes++;
    if (level > depth) depth = level;
  });
  return nodes + 10 * depth;
}

/** Visits values without recursion, each object once, up to the bound. */
function walk(root: unknown, visit: (node: unknown, level: number) => void): void {
  const seen = new Set<object>();
  const open: { node: unknown; level: number }[] = [{ node: root, level: 0 }];
  for (let visited = 0; visited < MAX_NODES; visited++) {
    const next = open.pop();
    if (next === undefined) return;
    visit(next.node, next.level);
    if (typeof next.node !== 'object' || next.node === null || seen.has(next.node)) continue;
    seen.add(next.node);
    for (const child of Object.values(next.node)) open.push({ node: child, level: next.level + 1 });
  }
}
