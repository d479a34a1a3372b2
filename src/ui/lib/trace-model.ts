import type { JaegerSpan, JaegerTrace, KeyValue } from '../api/jaeger';

/** A span in the tree that the waterfall draws. Times in microseconds. */
export interface SpanNode {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly start: number;
  readonly duration: number;
  readonly depth: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly span: JaegerSpan;
  readonly children: SpanNode[];
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

/** What a list shows of a trace. Times in microseconds. */
export interface TraceFacts {
  readonly name: string;
  readonly services: readonly string[];
  readonly start: number;
  readonly duration: number;
  readonly errors: number;
  readonly tokens: number | undefined;
}

export function tagsOf(tags: readonly KeyValue[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (const { key, value } of tags) record[key] = String(value);
  return record;
}

export function summarise(trace: JaegerTrace): TraceFacts {
  let start = Infinity;
  let end = -Infinity;
  let errors = 0;
  let tokens: number | undefined;
  const ids = new Set(trace.spans.map((span) => span.spanID));
  let root: JaegerSpan | undefined;
  for (const span of trace.spans) {
    start = Math.min(start, span.startTime);
    end = Math.max(end, span.startTime + span.duration);
    if (isFailed(span)) errors++;
    for (const { key, value } of span.tags) {
      if (key === 'gen_ai.usage.input_tokens' || key === 'gen_ai.usage.output_tokens')
        tokens = (tokens ?? 0) + Number(value);
    }
    const parent = parentOf(span);
    if ((parent === undefined || !ids.has(parent)) && (root === undefined || span.startTime < root.startTime))
      root = span;
  }
  const services = [
    ...new Set(trace.spans.map((span) => trace.processes[span.processID]?.serviceName ?? 'unknown_service')),
  ];
  return {
    name: root?.operationName ?? '(empty)',
    services,
    start,
    duration: Math.max(0, end - start),
    errors,
    tokens,
  };
}

/** Roots of the tree, by start; spans whose parent is missing are roots too, marked so. */
export function buildTree(trace: JaegerTrace): SpanNode[] {
  const byId = new Map(trace.spans.map((span) => [span.spanID, span]));
  const childrenOf = new Map<string, JaegerSpan[]>();
  const roots: JaegerSpan[] = [];
  for (const span of trace.spans) {
    const parent = parentOf(span);
    if (parent === undefined || !byId.has(parent) || parent === span.spanID) roots.push(span);
    else childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), span]);
  }
  const seen = new Set<string>();
  const build = (span: JaegerSpan, depth: number, parent: SpanNode | undefined): SpanNode => {
    seen.add(span.spanID);
    const attributes = tagsOf(span.tags);
    const children: SpanNode[] = [];
    const node: SpanNode = {
      id: span.spanID,
      name: span.operationName,
      service: trace.processes[span.processID]?.serviceName ?? 'unknown_service',
      start: span.startTime,
      duration: span.duration,
      depth,
      failed: isFailed(span),
      attributes,
      span,
      children,
      parent,
      orphan: depth === 0 && parentOf(span) !== undefined,
      firstChunk: firstChunkOf(attributes),
      waiting: /blocked_on_user|approval/.test(span.operationName),
    };
    for (const child of [...(childrenOf.get(span.spanID) ?? [])].sort((a, b) => a.startTime - b.startTime))
      if (!seen.has(child.spanID)) children.push(build(child, depth + 1, node));
    return node;
  };
  return roots.sort((a, b) => a.startTime - b.startTime).map((span) => build(span, 0, undefined));
}

/** The rows to draw: depth first, without what is collapsed, repeats folded where asked. */
export function visibleRows(roots: readonly SpanNode[], collapsed: ReadonlySet<string>, fold: boolean): Row[] {
  const rows: Row[] = [];
  const visit = (nodes: readonly SpanNode[], path: string): void => {
    for (let i = 0; i < nodes.length;) {
      const node = nodes[i];
      if (node === undefined) break;
      let end = i + 1;
      while (fold && end < nodes.length && nodes[end]?.name === node.name && nodes[end]?.failed === node.failed) end++;
      const key = `${path}/${node.id}*`;
      if (end - i >= 4 && !collapsed.has(`open:${key}`))
        rows.push({ kind: 'repeat', key, group: { name: node.name, members: nodes.slice(i, end), depth: node.depth } });
      else {
        for (const each of nodes.slice(i, end)) {
          rows.push({ kind: 'span', node: each });
          if (!collapsed.has(each.id)) visit(each.children, each.id);
        }
      }
      i = end;
    }
  };
  visit(roots, '');
  return rows;
}

/**
 * The spans that decided how long the trace took: from the end backwards, always the child that finished last before the
 * point reached.
 */
export function criticalPath(roots: readonly SpanNode[]): Set<string> {
  const path = new Set<string>();
  const walk = (node: SpanNode, until: number): void => {
    path.add(node.id);
    let at = Math.min(until, node.start + node.duration);
    for (const child of [...node.children].sort((a, b) => b.start + b.duration - (a.start + a.duration))) {
      const end = child.start + child.duration;
      if (end > at || child.start >= at) continue;
      walk(child, at);
      at = child.start;
    }
  };
  const last = [...roots].sort((a, b) => b.start + b.duration - (a.start + a.duration))[0];
  if (last !== undefined) walk(last, Infinity);
  return path;
}

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

function parentOf(span: JaegerSpan): string | undefined {
  return span.references.find((reference) => reference.refType === 'CHILD_OF' && reference.traceID === span.traceID)
    ?.spanID;
}

function isFailed(span: JaegerSpan): boolean {
  return span.tags.some(
    ({ key, value }) =>
      (key === 'error' && String(value) === 'true') || (key === 'otel.status_code' && value === 'ERROR'),
  );
}

function firstChunkOf(attributes: Readonly<Record<string, string>>): number | undefined {
  const seconds = attributes['gen_ai.response.time_to_first_chunk'] ?? attributes['gen_ai.server.time_to_first_token'];
  if (seconds !== undefined) return Number(seconds) * 1e6;
  const millis = attributes['ttft_ms'];
  return millis === undefined ? undefined : Number(millis) * 1000;
}
