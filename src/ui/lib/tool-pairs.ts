import type { SpanNode } from './trace-model';

/** Whether a span is one call of a model. */
export function isModelCall(node: SpanNode): boolean {
  const operation = node.attributes['gen_ai.operation.name'];
  return operation === undefined
    ? node.attributes['gen_ai.request.model'] !== undefined
    : ['chat', 'generate_content', 'text_completion'].includes(operation);
}

/** Whether a span ran a tool. */
export function isTool(node: SpanNode): boolean {
  return (
    node.attributes['gen_ai.operation.name'] === 'execute_tool' || node.attributes['gen_ai.tool.name'] !== undefined
  );
}

/** The tools that ran after a model call and before the next beside it: those it asked for. */
export function toolsAfter(call: SpanNode, all: readonly SpanNode[]): SpanNode[] {
  const beside = besides(call, all);
  const end = call.start + call.duration;
  const next = beside.find((node) => isModelCall(node) && node.start >= end);
  return beside.filter((node) => isTool(node) && node.start >= end && (next === undefined || node.start < next.start));
}

/** The model call that a tool ran for: the last one beside it that ended before. */
export function callBefore(tool: SpanNode, all: readonly SpanNode[]): SpanNode | undefined {
  return besides(tool, all).findLast((node) => isModelCall(node) && node.start + node.duration <= tool.start);
}

/** The model call of the same conversation before one. */
export function requestBefore(call: SpanNode, all: readonly SpanNode[]): SpanNode | undefined {
  const conversation = call.attributes['gen_ai.conversation.id'];
  return all
    .filter(
      (node) =>
        isModelCall(node) &&
        node.start < call.start &&
        node.attributes['gen_ai.conversation.id'] === conversation &&
        (conversation !== undefined || node.parent === call.parent),
    )
    .sort((a, b) => b.start - a.start)[0];
}

/** Spans with the same parent, by start. */
function besides(node: SpanNode, all: readonly SpanNode[]): readonly SpanNode[] {
  return node.parent?.children ?? all.filter((each) => each.parent === undefined);
}
