/**
 * Attribute keys, metric names and well-known values of the OpenTelemetry GenAI conventions: v1.41 and v0.1 of the
 * separate GenAI repository. The only place where they are written out.
 */
export const GEN_AI = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestTemperature: 'gen_ai.request.temperature',
  requestTopP: 'gen_ai.request.top_p',
  requestTopK: 'gen_ai.request.top_k',
  requestSeed: 'gen_ai.request.seed',
  requestStream: 'gen_ai.request.stream',
  requestChoiceCount: 'gen_ai.request.choice.count',
  requestStopSequences: 'gen_ai.request.stop_sequences',
  requestFrequencyPenalty: 'gen_ai.request.frequency_penalty',
  requestPresencePenalty: 'gen_ai.request.presence_penalty',
  requestReasoningLevel: 'gen_ai.request.reasoning.level',
  requestPreviousResponseId: 'gen_ai.request.previous_response.id',
  requestEncodingFormats: 'gen_ai.request.encoding_formats',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  outputType: 'gen_ai.output.type',
  conversationId: 'gen_ai.conversation.id',
  conversationCompacted: 'gen_ai.conversation.compacted',
  promptName: 'gen_ai.prompt.name',
  promptVersion: 'gen_ai.prompt.version',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_write.input_tokens',
  cacheCreationTokens: 'gen_ai.usage.cache_creation.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  costAmount: 'gen_ai.usage.cost.amount',
  costCurrency: 'gen_ai.usage.cost.currency',
  costSource: 'gen_ai.usage.cost.source',
  systemInstructions: 'gen_ai.system_instructions',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  toolDefinitions: 'gen_ai.tool.definitions',
  toolName: 'gen_ai.tool.name',
  toolCallId: 'gen_ai.tool.call.id',
  toolType: 'gen_ai.tool.type',
  toolDescription: 'gen_ai.tool.description',
  toolCallArguments: 'gen_ai.tool.call.arguments',
  toolCallResult: 'gen_ai.tool.call.result',
  agentId: 'gen_ai.agent.id',
  agentName: 'gen_ai.agent.name',
  agentDescription: 'gen_ai.agent.description',
  agentVersion: 'gen_ai.agent.version',
  workflowName: 'gen_ai.workflow.name',
  dataSourceId: 'gen_ai.data_source.id',
  tokenType: 'gen_ai.token.type',
  tokenModality: 'gen_ai.token.modality',
  embeddingsDimensions: 'gen_ai.embeddings.dimension.count',
  textInputTokens: 'gen_ai.usage.text.input_tokens',
  audioInputTokens: 'gen_ai.usage.audio.input_tokens',
  imageInputTokens: 'gen_ai.usage.image.input_tokens',
  textOutputTokens: 'gen_ai.usage.text.output_tokens',
  audioOutputTokens: 'gen_ai.usage.audio.output_tokens',
  imageOutputTokens: 'gen_ai.usage.image.output_tokens',
  retrievalQuery: 'gen_ai.retrieval.query.text',
  retrievalDocuments: 'gen_ai.retrieval.documents',
  retrievalTopK: 'gen_ai.retrieval.top_k',
  memoryStoreId: 'gen_ai.memory.store.id',
  memoryRecordId: 'gen_ai.memory.record.id',
  memoryRecordCount: 'gen_ai.memory.record.count',
  memoryQuery: 'gen_ai.memory.query.text',
  memoryRecords: 'gen_ai.memory.records',
  evaluationName: 'gen_ai.evaluation.name',
  evaluationScore: 'gen_ai.evaluation.score.value',
  evaluationLabel: 'gen_ai.evaluation.score.label',
  evaluationExplanation: 'gen_ai.evaluation.explanation',
} as const;

/** Attribute keys of the conventions for the Model Context Protocol. */
export const MCP = {
  methodName: 'mcp.method.name',
  sessionId: 'mcp.session.id',
  protocolVersion: 'mcp.protocol.version',
  resourceUri: 'mcp.resource.uri',
  requestId: 'jsonrpc.request.id',
  statusCode: 'rpc.response.status_code',
  transport: 'network.transport',
  protocolName: 'network.protocol.name',
} as const;

/** Names of the metrics of the Model Context Protocol. */
export const MCP_METRICS = {
  clientOperation: 'mcp.client.operation.duration',
  serverOperation: 'mcp.server.operation.duration',
  clientSession: 'mcp.client.session.duration',
  serverSession: 'mcp.server.session.duration',
} as const;

/** Buckets the conventions advise for requests and sessions of the Model Context Protocol, in seconds. */
export const MCP_DURATION_BUCKETS: readonly number[] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Buckets the conventions advise for the calls that one agent run makes. */
export const GEN_AI_CALL_BUCKETS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128];

/** Values of `gen_ai.operation.name` for operations on an agent's memory. */
export const MEMORY_OPERATIONS = [
  'create_memory_store',
  'search_memory',
  'create_memory',
  'update_memory',
  'upsert_memory',
  'delete_memory',
  'delete_memory_store',
] as const;
export type MemoryOperation = (typeof MEMORY_OPERATIONS)[number];

/** Keys of older conventions that the stack still reads, by the name they have now. */
export const GEN_AI_DEPRECATED = {
  system: 'gen_ai.system',
  promptTokens: 'gen_ai.usage.prompt_tokens',
  completionTokens: 'gen_ai.usage.completion_tokens',
  prompt: 'gen_ai.prompt',
  completion: 'gen_ai.completion',
  toolCallId: 'gen_ai.tool.call_id',
  requestSeed: 'gen_ai.openai.request.seed',
  requestServiceTier: 'gen_ai.openai.request.service_tier',
  responseServiceTier: 'gen_ai.openai.response.service_tier',
} as const;

/** Values of `gen_ai.operation.name`. */
export const GEN_AI_OPERATIONS = {
  chat: 'chat',
  generateContent: 'generate_content',
  textCompletion: 'text_completion',
  embeddings: 'embeddings',
  retrieval: 'retrieval',
  executeTool: 'execute_tool',
  createAgent: 'create_agent',
  invokeAgent: 'invoke_agent',
  invokeWorkflow: 'invoke_workflow',
  plan: 'plan',
} as const;

/** Operations that are one call of a model, and so make a ledger row. */
export const MODEL_CALL_OPERATIONS: ReadonlySet<string> = new Set([
  GEN_AI_OPERATIONS.chat,
  GEN_AI_OPERATIONS.generateContent,
  GEN_AI_OPERATIONS.textCompletion,
  GEN_AI_OPERATIONS.embeddings,
]);

/** Names of metrics as the conventions write them. */
export const GEN_AI_METRICS = {
  tokenUsage: 'gen_ai.client.token.usage',
  operationDuration: 'gen_ai.client.operation.duration',
  timeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  timePerOutputChunk: 'gen_ai.client.operation.time_per_output_chunk',
  inferenceDuration: 'gen_ai.client.inference.duration',
  inferenceTimeToFirstChunk: 'gen_ai.client.inference.time_to_first_chunk',
  inferenceTimePerOutputChunk: 'gen_ai.client.inference.time_per_output_chunk',
  usageInputTokens: 'gen_ai.client.inference.usage.input_tokens',
  usageOutputTokens: 'gen_ai.client.inference.usage.output_tokens',
  usageCacheReadTokens: 'gen_ai.client.inference.usage.cache_read.input_tokens',
  usageCacheWriteTokens: 'gen_ai.client.inference.usage.cache_write.input_tokens',
  usageReasoningTokens: 'gen_ai.client.inference.usage.reasoning.output_tokens',
  operationInputTokens: 'gen_ai.client.inference.operation.input_tokens',
  operationOutputTokens: 'gen_ai.client.inference.operation.output_tokens',
  invokeAgentDuration: 'gen_ai.invoke_agent.duration',
  invokeAgentInferenceCalls: 'gen_ai.invoke_agent.inference_calls',
  invokeAgentToolCalls: 'gen_ai.invoke_agent.tool_calls',
  executeToolDuration: 'gen_ai.execute_tool.duration',
} as const;

/** Buckets the conventions advise for durations of model calls, in seconds. */
export const GEN_AI_DURATION_BUCKETS: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/** Buckets the conventions advise for token counts. */
export const GEN_AI_TOKEN_BUCKETS: readonly number[] = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
];

/** Buckets the conventions advise for agent runs, in seconds. */
export const GEN_AI_AGENT_BUCKETS: readonly number[] = [
  0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6,
];

/** Names of the GenAI events. */
export const GEN_AI_EVENTS = {
  inferenceDetails: 'gen_ai.client.inference.operation.details',
  exception: 'gen_ai.client.operation.exception',
  toolException: 'gen_ai.execute_tool.exception',
  evaluationResult: 'gen_ai.evaluation.result',
} as const;

/** Attribute keys of ours where the conventions are silent. */
export const TELLTALE = {
  /** `name@version` of the price list that priced the call. */
  costCatalog: 'telltale.cost.catalog',
  /** The kind of emitter a span was read as, e.g. `claude-code`. */
  dialect: 'telltale.dialect',
  /** True on a span made by the stack from events, for an assistant that sent none. */
  synthetic: 'telltale.synthetic',
  turnId: 'telltale.turn.id',
  userPseudonym: 'telltale.user.pseudonym',
} as const;

const RENAMED_PROVIDERS: Readonly<Record<string, string>> = {
  vertex_ai: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  google_genai: 'gcp.gen_ai',
  'az.ai.inference': 'azure.ai.inference',
  'az.ai.openai': 'azure.ai.openai',
  azure: 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
  xai: 'x_ai',
  'x-ai': 'x_ai',
  mistral: 'mistral_ai',
  mistralai: 'mistral_ai',
  bedrock: 'aws.bedrock',
  aws: 'aws.bedrock',
  aws_bedrock: 'aws.bedrock',
  'amazon-bedrock': 'aws.bedrock',
  watsonx: 'ibm.watsonx.ai',
  moonshot: 'moonshot_ai',
  moonshotai: 'moonshot_ai',
};

/** The well-known `gen_ai.provider.name` for what an emitter wrote; an unknown name is kept as it came, in lower case. */
export function toProviderName(written: string): string {
  const plain = written.trim().toLowerCase();
  return RENAMED_PROVIDERS[plain] ?? plain;
}

/** The provider a model's name gives away, for emitters that do not name it; undefined when it tells nothing. */
export function providerOfModel(model: string): string | undefined {
  const plain = model.toLowerCase();
  // Open weights: anyone may serve them.
  if (plain.includes('gpt-oss')) return undefined;
  if (/(^|[./])claude/.test(plain)) return 'anthropic';
  if (/(^|\/)(gpt-|chatgpt|o[134](-|$)|codex|text-embedding-3)/.test(plain)) return 'openai';
  if (/(^|\/)(gemini|gemma)/.test(plain)) return 'gcp.gemini';
  if (/(^|\/)(mistral|ministral|codestral|devstral|magistral|mixtral)/.test(plain)) return 'mistral_ai';
  if (/(^|\/)deepseek/.test(plain)) return 'deepseek';
  if (/(^|\/)grok/.test(plain)) return 'x_ai';
  if (/(^|\/)command/.test(plain)) return 'cohere';
  if (/(^|\/)kimi/.test(plain)) return 'moonshot_ai';
  return undefined;
}
