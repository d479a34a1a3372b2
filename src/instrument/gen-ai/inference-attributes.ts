import { GEN_AI, GEN_AI_OPERATIONS, TELLTALE } from '../../domain/gen-ai';
import { writes } from './gen-ai-metrics';
import { settings } from '../settings';
import type { InferenceRequest, InferenceResponse, ToolCall } from './inference-types';
import type { TokenUsage } from '../../domain/usage';
import type { PricedCost } from '../settings';
import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** The span's name by the conventions. */
export function inferenceSpanName(request: Partial<InferenceRequest>): string {
  const operation = request.operation ?? GEN_AI_OPERATIONS.chat;
  return request.model === undefined ? operation : `${operation} ${request.model}`;
}

/** Attributes of a model call that are known, and that samplers may want, at its start. */
export function requestAttributes(request: Partial<InferenceRequest>): Attributes {
  return present({
    [GEN_AI.operationName]: request.operation ?? GEN_AI_OPERATIONS.chat,
    [GEN_AI.providerName]: request.provider,
    [GEN_AI.requestModel]: request.model,
    'server.address': request.serverAddress,
    'server.port': request.serverPort,
    [GEN_AI.agentName]: request.agentName,
    [GEN_AI.conversationId]: request.conversationId,
    [GEN_AI.requestStream]: request.stream === true ? true : undefined,
    [GEN_AI.requestMaxTokens]: request.maxTokens,
    [GEN_AI.requestTemperature]: request.temperature,
    [GEN_AI.requestTopP]: request.topP,
    [GEN_AI.requestTopK]: request.topK,
    [GEN_AI.requestSeed]: request.seed,
    [GEN_AI.requestStopSequences]: request.stopSequences === undefined ? undefined : [...request.stopSequences],
    [GEN_AI.requestFrequencyPenalty]: request.frequencyPenalty,
    [GEN_AI.requestPresencePenalty]: request.presencePenalty,
    [GEN_AI.requestChoiceCount]: request.choiceCount === 1 ? undefined : request.choiceCount,
    [GEN_AI.requestReasoningLevel]: writes('v0.1') ? request.reasoningLevel : undefined,
    [GEN_AI.outputType]: request.outputType,
    [GEN_AI.systemInstructions]: content(request.systemInstructions),
    [GEN_AI.inputMessages]: content(request.messages),
    [GEN_AI.toolDefinitions]: content(request.toolDefinitions),
    ...request.attributes,
  });
}

/** Attributes of what came back. */
export function responseAttributes(response: InferenceResponse): Attributes {
  return present({
    [GEN_AI.responseId]: response.id,
    [GEN_AI.responseModel]: response.model,
    [GEN_AI.responseFinishReasons]: response.finishReasons === undefined ? undefined : [...response.finishReasons],
    [GEN_AI.outputMessages]: content(response.messages),
    ...response.attributes,
  });
}

/** Token counts under the keys of the editions in use; what was not reported is absent. */
export function usageAttributes(usage: TokenUsage): Attributes {
  return present({
    [GEN_AI.inputTokens]: usage.input,
    [GEN_AI.outputTokens]: usage.output,
    [GEN_AI.cacheReadTokens]: usage.cacheRead,
    [GEN_AI.cacheWriteTokens]: writes('v0.1') ? usage.cacheWrite : undefined,
    [GEN_AI.cacheCreationTokens]: writes('v1.41') ? usage.cacheWrite : undefined,
    [GEN_AI.reasoningTokens]: usage.reasoning,
  });
}

/** Cost with its provenance. */
export function costAttributes(cost: PricedCost, source: 'provider' | 'local'): Attributes {
  return {
    [GEN_AI.costAmount]: cost.usd,
    [GEN_AI.costCurrency]: 'USD',
    [GEN_AI.costSource]: source,
    ...(source === 'local' ? { [TELLTALE.costCatalog]: cost.catalog } : {}),
  };
}

/** Attributes of a tool call. */
export function toolAttributes(call: ToolCall): Attributes {
  return present({
    [GEN_AI.operationName]: GEN_AI_OPERATIONS.executeTool,
    [GEN_AI.toolName]: call.name,
    [GEN_AI.toolType]: call.type ?? 'function',
    [GEN_AI.toolCallId]: call.callId,
    [GEN_AI.toolDescription]: call.description,
    [GEN_AI.agentName]: call.agentName,
    [GEN_AI.toolCallArguments]: content(call.arguments),
    ...call.attributes,
  });
}

/** A tool's result, where content is captured. */
export function toolResultAttributes(result: unknown): Attributes {
  return present({ [GEN_AI.toolCallResult]: content(result) });
}

/** Content as the JSON text that spans carry; nothing unless capture is on, or when it cannot be written. */
function content(value: unknown): string | undefined {
  if (value === undefined || !settings().captureContent) return undefined;
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function present(attributes: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
  const kept: Attributes = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = value;
  return kept;
}
