import type { OutlineSpan } from '../../contracts/trace-search';

/** A span in the tree that the waterfall draws. Times in microseconds. */
export interface SpanNode {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly start: number;
  readonly duration: number;
  /** 0 at a root. */
  readonly depth: number;
  readonly failed: boolean;
  /** It has no end yet. */
  readonly running: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly retries: readonly number[];
  readonly warnings: readonly string[];
  readonly children: readonly SpanNode[];
  readonly parent: SpanNode | undefined;
  /** Its parent is named but not there. */
  readonly orphan: boolean;
  /** From the start to the first token, for streaming model calls. */
  readonly firstChunk: number | undefined;
  /** Waited for a person: shown hatched. */
  readonly waiting: boolean;
}

/** Equal neighbours folded into one row. */
export interface RepeatGroup {
  readonly name: string;
  readonly members: readonly SpanNode[];
  readonly depth: number;
}

export type Row =
  | { readonly kind: 'span'; readonly node: SpanNode }
  | { readonly kind: 'repeat'; readonly group: RepeatGroup; readonly key: string };

interface Draft extends SpanNode {
  depth: number;
  parent: SpanNode | undefined;
  readonly children: Draft[];
}

/** So many equal neighbours become one row. */
const FOLDS = 4;

/** Roots of the tree, by start; spans whose parent is missing are roots too, marked so. Any depth is fine. */
export function buildTree(spans: readonly OutlineSpan[]): SpanNode[] {
  const drafts = new Map<string, Draft>();
  for (const span of spans) drafts.set(span.id, toDraft(span, span.parent !== ''));
  const roots: Draft[] = [];
  for (const span of spans) {
    const draft = drafts.get(span.id);
    const parent = span.parent === span.id ? undefined : drafts.get(span.parent);
    if (draft === undefined) continue;
    if (parent === undefined) roots.push(draft);
    else {
      parent.children.push(draft);
      draft.parent = parent;
    }
  }
  const placed = place(roots);
  // What hangs in a circle of parents is reached from no root: the first of each circle becomes one.
  for (const draft of drafts.values()) {
    if (placed.has(draft)) continue;
    draft.parent = undefined;
    roots.push(draft);
    for (const node of place([draft], placed)) placed.add(node);
  }
  return roots.sort((a, b) => a.start - b.start);
}

/** Depths and order of siblings, from roots on; says what was reached. */
function place(roots: readonly Draft[], before: ReadonlySet<Draft> = new Set()): Set<Draft> {
  const placed = new Set<Draft>();
  const pending: Draft[] = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (placed.has(node) || before.has(node)) continue;
    placed.add(node);
    node.depth = node.parent === undefined ? 0 : node.parent.depth + 1;
    node.children.sort((a, b) => a.start - b.start);
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i];
      if (child !== undefined && (placed.has(child) || before.has(child))) node.children.splice(i, 1);
      else if (child !== undefined) pending.push(child);
    }
  }
  return placed;
}

function toDraft(span: OutlineSpan, orphan: boolean): Draft {
  return {
    id: span.id,
    name: span.name,
    service: span.service,
    start: span.start,
    duration: span.duration,
    depth: 0,
    failed: span.failed,
    running: span.running,
    attributes: span.attributes,
    retries: span.retries,
    warnings: span.warnings,
    children: [],
    parent: undefined,
    get orphan() {
      return orphan && this.parent === undefined;
    },
    firstChunk: firstChunkOf(span.attributes),
    waiting: /blocked_on_user|approval/.test(span.name),
  };
}

/** The rows to draw: depth first, without what is collapsed, repeats folded where asked. */
export function visibleRows(roots: readonly SpanNode[], collapsed: ReadonlySet<string>, fold: boolean): Row[] {
  const rows: Row[] = [];
  const pending: { readonly nodes: readonly SpanNode[]; at: number; readonly unfolded: ReadonlySet<SpanNode> }[] = [];
  const enter = (nodes: readonly SpanNode[]): void => {
    pending.push({ nodes, at: 0, unfolded: fold ? unfoldedOf(nodes, collapsed) : new Set(nodes) });
  };
  enter(roots);
  for (let level = pending.at(-1); level !== undefined; level = pending.at(-1)) {
    const node = level.nodes[level.at];
    if (node === undefined) {
      pending.pop();
      continue;
    }
    if (level.unfolded.has(node)) {
      level.at++;
      rows.push({ kind: 'span', node });
      if (node.children.length > 0 && !collapsed.has(node.id)) enter(node.children);
      continue;
    }
    const end = endOfRun(level.nodes, level.at);
    const members = level.nodes.slice(level.at, end);
    rows.push({ kind: 'repeat', key: foldKey(node), group: { name: node.name, members, depth: node.depth } });
    level.at = end;
  }
  return rows;
}

/** Under which a fold is remembered as opened. */
export function foldKey(first: SpanNode): string {
  return `${first.id}*`;
}

function unfoldedOf(nodes: readonly SpanNode[], opened: ReadonlySet<string>): Set<SpanNode> {
  const unfolded = new Set<SpanNode>();
  for (let at = 0; at < nodes.length;) {
    const end = endOfRun(nodes, at);
    const first = nodes[at];
    if (first !== undefined && (end - at < FOLDS || opened.has(foldKey(first))))
      for (const node of nodes.slice(at, end)) unfolded.add(node);
    at = end;
  }
  return unfolded;
}

function endOfRun(nodes: readonly SpanNode[], at: number): number {
  const first = nodes[at];
  let end = at + 1;
  while (end < nodes.length && nodes[end]?.name === first?.name && nodes[end]?.failed === first?.failed) end++;
  return end;
}

/**
 * The spans that decided how long the trace took: from the end backwards, always the child that finished last before the
 * point reached.
 */
export function criticalPath(roots: readonly SpanNode[]): Set<string> {
  const path = new Set<string>();
  const last = [...roots].sort((a, b) => endOf(b) - endOf(a))[0];
  const pending: (readonly [node: SpanNode, until: number])[] = last === undefined ? [] : [[last, Infinity]];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const [node, until] = entry;
    path.add(node.id);
    let at = Math.min(until, endOf(node));
    for (const child of [...node.children].sort((a, b) => endOf(b) - endOf(a))) {
      if (endOf(child) > at || child.start >= at) continue;
      pending.push([child, at]);
      at = child.start;
    }
  }
  return path;
}

/** All nodes, depth first. */
export function flatten(roots: readonly SpanNode[]): SpanNode[] {
  const all: SpanNode[] = [];
  const pending = [...roots].reverse();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    all.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i];
      if (child !== undefined) pending.push(child);
    }
  }
  return all;
}

/** Whether a span has a text in its name, service, id or what the outline tells of it. */
export function spanContains(node: SpanNode, text: string): boolean {
  const part = text.toLowerCase();
  return (
    node.name.toLowerCase().includes(part) ||
    node.service.toLowerCase().includes(part) ||
    node.id === part ||
    Object.entries(node.attributes).some(([key, value]) => `${key}=${value}`.toLowerCase().includes(part))
  );
}

function endOf(node: SpanNode): number {
  return node.start + node.duration;
}

function firstChunkOf(attributes: Readonly<Record<string, string>>): number | undefined {
  const seconds = attributes['gen_ai.response.time_to_first_chunk'] ?? attributes['gen_ai.server.time_to_first_token'];
  if (seconds !== undefined) return Number(seconds) * 1e6;
  const millis = attributes['ttft_ms'];
  return millis === undefined ? undefined : Number(millis) * 1000;
}
