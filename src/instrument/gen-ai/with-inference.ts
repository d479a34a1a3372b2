import { GEN_AI_OPERATIONS } from '../../domain/gen-ai';
import { completeUsage } from '../../domain/usage';
import { OperationPlan } from '../spans/operation-plan';
import { runObserved, isAsyncFunction } from '../spans/helpers';
import { recordCallTokens, recordCost, recordToolDuration } from './gen-ai-metrics';
import { currentAgentRun } from './agent-run';
import { sharedOptions } from './call-options';
import { Inference, insideInference, currentInference, price } from './inference';
import { inferenceSpanName, requestAttributes, toolAttributes, toolResultAttributes } from './inference-attributes';
import type { CallOptions } from './call-options';
import type { InferenceRequest, ToolCall } from './inference-types';
import type { UsageCounts } from '../../domain/usage';
import type { OperationOptions } from '../spans/operation-plan';
import type { Operation } from '../spans/operation';

/**
 * Observes one call of a model: the conventions' span, tokens, cost, and times of the streamed pieces. `work` may return
 * a value, a promise or a stream; tell the `inference` what the provider answered, or use `recordUsage` deeper down.
 */
export function withInference<T>(request: InferenceRequest & CallOptions, work: (inference: Inference) => T): T {
  const { thresholds: _t, classify: _c, resources: _r, metrics: _m, root: _o, links: _l, name, ...call } = request;
  const options: OperationOptions = {
    operation: call.operation ?? GEN_AI_OPERATIONS.chat,
    stage: 'inference',
    kind: 'client',
    attributes: requestAttributes(call),
    ...sharedOptions(request),
  };
  return observeInference(new OperationPlan(name ?? inferenceSpanName(call), options), call, work);
}

/** Runs `work` as a model call of that plan. */
export function observeInference<T>(
  plan: OperationPlan,
  request: Partial<InferenceRequest>,
  work: (inference: Inference) => T,
): T {
  const run = (operation: Operation): T => {
    const inference = new Inference(operation, request);
    return insideInference(inference, () => work(inference));
  };
  // The promise stays the async function's own on its way through `run`.
  return isAsyncFunction(work) ? runObserved(plan, run, undefined, true) : runObserved(plan, run);
}

/**
 * Tells the tokens of the running model call. Outside of one they are counted by `model` and `provider` alone, which
 * must then be given.
 */
export function recordUsage(
  usage: UsageCounts,
  call: { readonly model?: string; readonly provider?: string } = {},
): void {
  const inference = currentInference();
  if (inference !== undefined) {
    if (call.model !== undefined || call.provider !== undefined) inference.describe(call);
    inference.usage(usage);
    return;
  }
  const { usage: counted } = completeUsage(usage);
  const model = call.model ?? 'unknown';
  const provider = call.provider ?? 'unknown';
  recordCallTokens(
    {
      operation: GEN_AI_OPERATIONS.chat,
      provider,
      requestModel: model,
      responseModel: undefined,
      errorType: undefined,
    },
    counted,
  );
  const cost = price(counted, provider, model);
  if (cost !== undefined) recordCost(model, cost.usd);
}

/** Observes one execution of a tool. Its result is written to the span only where content capture is on. */
export function withTool<T>(tool: string | (ToolCall & CallOptions), work: (operation: Operation) => T): T {
  const call: ToolCall & CallOptions = typeof tool === 'string' ? { name: tool } : tool;
  const plan = new OperationPlan(`${GEN_AI_OPERATIONS.executeTool} ${call.name}`, {
    operation: call.operation ?? call.name,
    stage: 'tool',
    attributes: toolAttributes(call),
    ...sharedOptions(call),
  });
  return runObserved(plan, work, (operation) => watchTool(operation, call));
}

/** Records what is particular to tools when the operation ends. */
export function watchTool(operation: Operation, call: ToolCall): void {
  const agent = currentAgentRun();
  if (agent !== undefined) agent.toolCalls++;
  tools.set(operation, call.name);
  operation.onResult = (result) => operation.setAttributes(toolResultAttributes(result));
  operation.onEnd = (end) => recordToolDuration(operation, { ...call, agentName: call.agentName ?? agent?.name }, end);
}

const tools = new WeakMap<Operation, string>();

/** The name of the tool whose execution that operation is; undefined when it is another's. */
export function toolOf(operation: Operation): string | undefined {
  return tools.get(operation);
}
