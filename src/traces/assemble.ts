import { attributeToText } from '../domain/attributes';
import { serviceNameOf } from '../domain/resource';
import { durationNano } from '../domain/span';
import type { Span } from '../domain/span';

/** A span in its place within the trace. */
export interface TraceNode {
  readonly span: Span;
  readonly service: string;
  /** Undefined for a root, and where the parent never arrived. */
  readonly parent: TraceNode | undefined;
  /** By start. */
  readonly children: readonly TraceNode[];
  /** 0 for a root. */
  readonly depth: number;
  /** Start and end with clock skew taken out. */
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** What was added to the reported times; 0 where the clocks agree. */
  readonly skewNano: bigint;
  readonly warnings: readonly string[];
}

/** A trace put together. */
export interface TraceTree {
  readonly traceId: string;
  /** Spans without a parent, and those whose parent never arrived; by start. */
  readonly roots: readonly TraceNode[];
  /** Every node, parents before children, siblings by start. */
  readonly nodes: readonly TraceNode[];
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** Ids of parents that spans point to and that never arrived; sorted. */
  readonly missingParents: readonly string[];
}

/** How a trace is put together. */
export interface AssembleOptions {
  /** Moves a called service's spans into their caller's window where its clock is plainly off; default true. */
  readonly adjustSkew?: boolean;
}

interface Draft extends TraceNode {
  parent: Draft | undefined;
  children: Draft[];
  depth: number;
  startUnixNano: bigint;
  endUnixNano: bigint;
  skewNano: bigint;
  warnings: string[];
}

/**
 * Puts the spans of one trace together. A span that came twice counts once; a parent that never arrived makes its
 * children roots, with a warning; a circle of parents is cut open. Works without recursion: depth has no limit.
 * @param spans of one trace, in any order.
 */
export function assembleTrace(spans: readonly Span[], options: AssembleOptions = {}): TraceTree {
  const drafts = new Map<string, Draft>();
  for (const span of spans) addDraft(drafts, span);
  const missing = new Set<string>();
  const roots: Draft[] = [];
  for (const draft of drafts.values()) {
    const parentId = draft.span.parentSpanId;
    const parent = findParent(drafts, draft, parentId);
    if (parent !== undefined) {
      draft.parent = parent;
      parent.children.push(draft);
    } else {
      if (parentId !== '') {
        missing.add(parentId);
        draft.warnings.push(`the parent span ${parentId} never arrived`);
      }
      roots.push(draft);
    }
  }
  cutCircles(drafts, roots);
  roots.sort(byStart);
  const nodes = placeNodes(roots, options.adjustSkew ?? true);
  let start = nodes[0]?.startUnixNano ?? 0n;
  let end = start;
  for (const node of nodes) {
    if (node.startUnixNano < start) start = node.startUnixNano;
    if (node.endUnixNano > end) end = node.endUnixNano;
  }
  return {
    traceId: spans[0]?.traceId ?? '',
    roots,
    nodes,
    startUnixNano: start,
    endUnixNano: end,
    missingParents: [...missing].sort(),
  };
}

/** A client and a server span may share one id (Zipkin's way): then the key tells them apart. */
function addDraft(drafts: Map<string, Draft>, span: Span): void {
  const draft: Draft = {
    span,
    service: serviceNameOf(span.resource),
    parent: undefined,
    children: [],
    depth: 0,
    startUnixNano: span.startUnixNano,
    endUnixNano: span.startUnixNano + durationNano(span),
    skewNano: 0n,
    warnings: span.endUnixNano < span.startUnixNano ? ['the span ends before it starts'] : [],
  };
  const known = drafts.get(span.spanId);
  if (known === undefined) drafts.set(span.spanId, draft);
  else if (known.span.kind === 'client' && span.kind === 'server') drafts.set(`${span.spanId}/server`, draft);
  else if (known.span.kind === 'server' && span.kind === 'client') {
    drafts.set(span.spanId, draft);
    drafts.set(`${span.spanId}/server`, known);
  } else known.warnings.push('the span arrived more than once');
}

function findParent(drafts: ReadonlyMap<string, Draft>, draft: Draft, parentId: string): Draft | undefined {
  const shared = drafts.get(`${draft.span.spanId}/server`);
  if (shared === draft) return drafts.get(draft.span.spanId);
  if (parentId === '') return undefined;
  const server = drafts.get(`${parentId}/server`);
  const parent = server !== undefined && server.service === draft.service ? server : drafts.get(parentId);
  return parent === draft ? undefined : parent;
}

/** Spans that no root leads to go round in a circle: the earliest of each becomes a root. */
function cutCircles(drafts: ReadonlyMap<string, Draft>, roots: Draft[]): void {
  const reached = new Set<Draft>();
  const reach = (from: Draft): void => {
    const stack = [from];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      stack.push(...next.children);
    }
  };
  roots.forEach(reach);
  if (reached.size === drafts.size) return;
  for (const draft of [...drafts.values()].sort(byStart)) {
    if (reached.has(draft)) continue;
    const parent = draft.parent;
    if (parent !== undefined) parent.children = parent.children.filter((child) => child !== draft);
    draft.parent = undefined;
    draft.warnings.push('its parents form a circle');
    roots.push(draft);
    reach(draft);
  }
}

/** Sets depth and times, parents first; returns the nodes in that order. */
function placeNodes(roots: readonly Draft[], adjustSkew: boolean): Draft[] {
  const nodes: Draft[] = [];
  const stack = [...roots].reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node);
    const parent = node.parent;
    if (parent !== undefined) {
      node.depth = parent.depth + 1;
      const skew = sameProcess(parent, node) ? parent.skewNano : adjustSkew ? skewOf(parent, node) : 0n;
      if (skew !== 0n) {
        node.skewNano = skew;
        node.startUnixNano += skew;
        node.endUnixNano += skew;
        if (!sameProcess(parent, node)) node.warnings.push(`clock skew of ${skew} ns to its caller was taken out`);
      }
    }
    node.children.sort(byStart);
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i];
      if (child !== undefined) stack.push(child);
    }
  }
  return nodes;
}

/** How far a called span must move to lie within its caller; 0 where it does, or where the call did not wait. */
function skewOf(parent: Draft, child: Draft): bigint {
  if (child.span.kind !== 'server' || parent.span.kind === 'producer') return 0n;
  const parentLength = parent.endUnixNano - parent.startUnixNano;
  const childLength = child.endUnixNano - child.startUnixNano;
  const within = child.startUnixNano >= parent.startUnixNano && child.endUnixNano <= parent.endUnixNano;
  if (within) return 0n;
  if (childLength > parentLength)
    return child.startUnixNano < parent.startUnixNano ? parent.startUnixNano - child.startUnixNano : 0n;
  return parent.startUnixNano + (parentLength - childLength) / 2n - child.startUnixNano;
}

function sameProcess(a: Draft, b: Draft): boolean {
  if (a.span.resource === b.span.resource) return true;
  if (a.service !== b.service) return false;
  return ['service.instance.id', 'host.name', 'process.pid'].every(
    (key) =>
      attributeToText(a.span.resource.attributes[key] ?? '') === attributeToText(b.span.resource.attributes[key] ?? ''),
  );
}

function byStart(a: Draft, b: Draft): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1;
  return a.span.spanId < b.span.spanId ? -1 : a.span.spanId > b.span.spanId ? 1 : 0;
}
