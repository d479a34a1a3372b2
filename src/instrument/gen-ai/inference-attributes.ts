import { GEN_AI, GEN_AI_OPERATIONS, TELLTALE } from '../../domain/gen-ai';
import { writes } from './gen-ai-metrics';
import { currentAgentName } from './agent-run';
import { spanContent } from './capture';
import type { InferenceRequest, InferenceResponse, ToolCall } from './inference-types';
import type { TokenUsage } from '../../domain/usage';
import type { PricedCost } from '../settings';
import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** A request of which anything may be unknown. */
export type Described = { readonly [K in keyof InferenceRequest]?: InferenceRequest[K] | undefined };

/** The span's name by the conventions. */
export function inferenceSpanName(request: Partial<InferenceRequest>): string {
  const operation = request.operation ?? GEN_AI_OPERATIONS.chat;
  return request.model === undefined ? operation : `${operation} ${request.model}`;
}

/** Attributes of a model call that are known, and that samplers may want, at its start. Content is not among them. */
export function requestAttributes(request: Partial<InferenceRequest>): Attributes {
  return {
    [GEN_AI.operationName]: request.operation ?? GEN_AI_OPERATIONS.chat,
    ...describedAttributes({ ...request, agentName: request.agentName ?? currentAgentName() }),
  };
}

/** The attributes of what is given, and of nothing else. */
export function describedAttributes(request: Described): Attributes {
  const later = writes('v0.1');
  return present({
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
    [GEN_AI.requestStopSequences]: copied(request.stopSequences),
    [GEN_AI.requestFrequencyPenalty]: request.frequencyPenalty,
    [GEN_AI.requestPresencePenalty]: request.presencePenalty,
    [GEN_AI.requestChoiceCount]: request.choiceCount === 1 ? undefined : request.choiceCount,
    [GEN_AI.requestReasoningLevel]: later ? request.reasoningLevel : undefined,
    [GEN_AI.requestPreviousResponseId]: later ? request.previousResponseId : undefined,
    // The conventions know only `true`.
    [GEN_AI.conversationCompacted]: later && request.compacted === true ? true : undefined,
    [GEN_AI.promptName]: later ? request.promptName : undefined,
    [GEN_AI.promptVersion]: later ? request.promptVersion : undefined,
    [GEN_AI.requestEncodingFormats]: copied(request.encodingFormats),
    [GEN_AI.embeddingsDimensions]: request.dimensions,
    [GEN_AI.outputType]: request.outputType,
    ...request.attributes,
  });
}

/** Attributes of what came back, content aside. */
export function responseAttributes(response: InferenceResponse): Attributes {
  return present({
    [GEN_AI.responseId]: response.id,
    [GEN_AI.responseModel]: response.model,
    [GEN_AI.responseFinishReasons]: copied(response.finishReasons),
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
    ...(writes('v0.1') ? modalityAttributes(usage) : {}),
  });
}

/** v0.1: the parts of other modalities, where the price list's units name them; the rest is text. */
function modalityAttributes(usage: TokenUsage): Record<string, number | undefined> {
  const { units } = usage;
  if (units === undefined) return {};
  const audioIn = units['input_audio_tokens'];
  const imageIn = units['input_image_tokens'];
  const audioOut = units['output_audio_tokens'];
  const imageOut = units['output_image_tokens'];
  return {
    [GEN_AI.textInputTokens]: rest(usage.input, audioIn, imageIn),
    [GEN_AI.audioInputTokens]: audioIn,
    [GEN_AI.imageInputTokens]: imageIn,
    [GEN_AI.textOutputTokens]: rest(usage.output, audioOut, imageOut),
    [GEN_AI.audioOutputTokens]: audioOut,
    [GEN_AI.imageOutputTokens]: imageOut,
  };
}

/** What is left of all when the known parts are taken; undefined when no part is known. */
function rest(all: number | undefined, ...parts: readonly (number | undefined)[]): number | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (all === undefined || known.length === 0) return undefined;
  return Math.max(
    0,
    known.reduce((left, part) => left - part, all),
  );
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
    [GEN_AI.agentName]: call.agentName ?? currentAgentName(),
    [GEN_AI.toolCallArguments]: spanContent(call.arguments),
    ...call.attributes,
  });
}

/** A tool's result, where content is captured. */
export function toolResultAttributes(result: unknown): Attributes {
  return present({ [GEN_AI.toolCallResult]: spanContent(result) });
}

/** The attributes that have a value. */
export function present(attributes: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
  const kept: Attributes = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = value;
  return kept;
}

function copied(values: readonly string[] | undefined): string[] | undefined {
  return values === undefined ? undefined : [...values];
}
