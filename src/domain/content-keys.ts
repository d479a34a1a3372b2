/**
 * Attribute keys that hold what people and models said, and what tools were given and gave back: by the conventions, and
 * as the emitters we know name them. `*` stands for any characters.
 */
export const CONTENT_KEYS: readonly string[] = [
  // OpenTelemetry GenAI
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.prompt',
  'gen_ai.prompt.*.content',
  'gen_ai.prompt.*.tool_calls.*',
  'gen_ai.completion',
  'gen_ai.completion.*.content',
  'gen_ai.completion.*.tool_calls.*',
  'gen_ai.completion.*.function_call.*',
  'gen_ai.event.content',
  'gen_ai.retrieval.documents',
  'gen_ai.retrieval.query.text',
  'gen_ai.evaluation.explanation',
  'gen_ai.memory.*',
  // OpenInference
  'input.value',
  'output.value',
  'llm.input_messages*',
  'llm.output_messages*',
  'llm.prompts*',
  'llm.completions*',
  'llm.prompt_template.*',
  'llm.function_call',
  'llm.tools*',
  'message.content*',
  'retrieval.documents*',
  'reranker.query',
  'reranker.*_documents*',
  'embedding.text',
  'embedding.embeddings*',
  'tool.parameters',
  'tool.json_schema',
  // OpenLLMetry
  'traceloop.entity.input',
  'traceloop.entity.output',
  'llm.request.functions*',
  // Vercel AI SDK
  'ai.prompt',
  'ai.prompt.*',
  'ai.response.text',
  'ai.response.object',
  'ai.response.reasoning',
  'ai.response.toolCalls',
  'ai.response.files',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'ai.value',
  'ai.values',
  'ai.embedding',
  'ai.embeddings',
  // Claude Code, Codex, Gemini CLI, Copilot
  'prompt',
  'user_prompt',
  'response',
  'response_text',
  'request_text',
  'tool_input',
  'tool_output',
  'tool_parameters',
  'tool.output',
  'function_args',
  'full_command',
  'arguments',
  'output',
  'body',
  'body_ref',
  'copilot_chat.user_request',
  'copilot_chat.markdown_content',
];

/** Names of log records and events whose body is content. */
export const CONTENT_EVENTS: readonly string[] = [
  'gen_ai.*.message',
  'gen_ai.choice',
  'gen_ai.content.prompt',
  'gen_ai.content.completion',
  'gen_ai.client.inference.operation.details',
];

/** Attribute keys that say who someone is. */
export const IDENTITY_KEYS: readonly string[] = [
  'user.email',
  'user.id',
  'user.name',
  'user.full_name',
  'user.account_uuid',
  'user.account_id',
  'enduser.id',
  'ai.telemetry.metadata.userId',
  'traceloop.association.properties.user_id',
];

/** Attribute keys whose value is a credential, whatever it looks like. */
export const CREDENTIAL_KEYS: readonly string[] = [
  '*authorization',
  '*cookie',
  '*password',
  '*passwd',
  '*api_key',
  '*api-key',
  '*apikey',
  '*secret',
  '*client_secret',
  '*access_token',
  '*refresh_token',
  '*private_key',
  'db.connection_string',
];
