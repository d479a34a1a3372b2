import { normalizeUsage } from './normalize-usage';

test.each([
  [
    'Anthropic excludes caches from input',
    'anthropic',
    {
      model: 'claude-sonnet-4-20250514',
      usage: {
        input_tokens: 4,
        cache_creation_input_tokens: 3827,
        cache_read_input_tokens: 11829,
        cache_creation: { ephemeral_5m_input_tokens: 3800, ephemeral_1h_input_tokens: 27 },
        output_tokens: 87,
      },
    },
    { input: 15660, uncached: 4, cacheRead: 11829, cacheWrite: 3827, cacheWrite5m: 3800, cacheWrite1h: 27, output: 87 },
  ],
  ['bare Anthropic usage', 'anthropic', { input_tokens: 5, output_tokens: 7 }, { input: 5, uncached: 5, output: 7 }],
  [
    'OpenAI chat includes cached and reasoning',
    'openai',
    {
      usage: {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 60, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 30 },
      },
    },
    { input: 100, uncached: 40, cacheRead: 60, output: 50, reasoning: 30, units: { input_audio_tokens: 0 } },
  ],
  [
    'OpenAI responses',
    'openai',
    {
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 60 },
        output_tokens: 50,
        output_tokens_details: { reasoning_tokens: 30 },
        total_tokens: 150,
      },
    },
    { input: 100, uncached: 40, cacheRead: 60, output: 50, reasoning: 30 },
  ],
  [
    'DeepSeek names hits and misses',
    'deepseek',
    { usage: { prompt_tokens: 100, completion_tokens: 5, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 } },
    { input: 100, uncached: 36, cacheRead: 64, output: 5 },
  ],
  [
    'Gemini keeps thoughts and tool prompts beside',
    'google',
    {
      modelVersion: 'gemini-2.5-pro',
      usageMetadata: {
        promptTokenCount: 100,
        cachedContentTokenCount: 20,
        candidatesTokenCount: 10,
        thoughtsTokenCount: 30,
        toolUsePromptTokenCount: 5,
        totalTokenCount: 145,
      },
    },
    { input: 105, uncached: 85, cacheRead: 20, output: 40, reasoning: 30, units: { input_tool_tokens: 5 } },
  ],
  [
    'Bedrock Converse excludes caches',
    'aws.bedrock',
    {
      usage: { inputTokens: 10, cacheReadInputTokens: 90, cacheWriteInputTokens: 0, outputTokens: 7, totalTokens: 107 },
    },
    { input: 100, uncached: 10, cacheRead: 90, cacheWrite: 0, output: 7 },
  ],
  [
    'Cohere: billed wins',
    'cohere',
    {
      usage: {
        billed_units: { input_tokens: 10, output_tokens: 20 },
        tokens: { input_tokens: 500, output_tokens: 21 },
        cached_tokens: 400,
      },
    },
    { input: 10, uncached: 10, output: 20 },
  ],
  [
    'xAI: reasoning beside completion',
    'xai',
    {
      usage: {
        prompt_tokens: 32,
        completion_tokens: 9,
        total_tokens: 135,
        prompt_tokens_details: { cached_tokens: 6 },
        completion_tokens_details: { reasoning_tokens: 94 },
      },
    },
    { input: 32, uncached: 26, cacheRead: 6, output: 103, reasoning: 94 },
  ],
  [
    'LiteLLM with Anthropic keys beside inclusive counts',
    'litellm',
    {
      usage: {
        prompt_tokens: 100,
        completion_tokens: 5,
        total_tokens: 105,
        cache_read_input_tokens: 80,
        cache_creation_input_tokens: 10,
      },
    },
    { input: 100, uncached: 10, cacheRead: 80, cacheWrite: 10, output: 5 },
  ],
  [
    'a proxy with exclusive counts, told by the total',
    'litellm',
    { usage: { prompt_tokens: 100, completion_tokens: 5, total_tokens: 185, cache_read_input_tokens: 80 } },
    { input: 180, uncached: 100, cacheRead: 80, output: 5 },
  ],
  [
    'Ollama',
    'ollama',
    { model: 'llama3', prompt_eval_count: 26, eval_count: 290 },
    { input: 26, uncached: 26, output: 290 },
  ],
  [
    'Vercel AI SDK',
    'openai',
    { inputTokens: 100, outputTokens: 20, totalTokens: 120, reasoningTokens: 5, cachedInputTokens: 40 },
    { input: 100, uncached: 60, cacheRead: 40, output: 20, reasoning: 5 },
  ],
  [
    'LangChain',
    'anthropic',
    {
      usage_metadata: {
        input_tokens: 100,
        output_tokens: 20,
        total_tokens: 120,
        input_token_details: { cache_read: 60, cache_creation: 10 },
        output_token_details: { reasoning: 5 },
      },
    },
    { input: 100, uncached: 30, cacheRead: 60, cacheWrite: 10, output: 20, reasoning: 5 },
  ],
  [
    'numbers as text',
    'openai',
    { prompt_tokens: '12', completion_tokens: '3' },
    { input: 12, uncached: 12, output: 3 },
  ],
  [
    'Anthropic: a stream of events, the last count of each kind',
    'anthropic',
    [
      {
        type: 'message_start',
        message: {
          usage: { input_tokens: 10, cache_read_input_tokens: 5, cache_creation_input_tokens: 0, output_tokens: 1 },
        },
      },
      { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x' } },
      { type: 'message_delta', usage: { output_tokens: 50 } },
    ],
    { input: 15, uncached: 10, cacheRead: 5, cacheWrite: 0, output: 50 },
  ],
  [
    'Anthropic: what summarising the conversation took is billed too',
    'anthropic',
    {
      usage: {
        input_tokens: 45,
        output_tokens: 12,
        iterations: [
          { type: 'compaction', input_tokens: 180, output_tokens: 35 },
          { type: 'message', input_tokens: 45, output_tokens: 12 },
        ],
      },
    },
    { input: 225, uncached: 225, output: 47 },
  ],
  [
    "Claude Code's sums per model",
    '',
    {
      inputTokens: 10,
      outputTokens: 5,
      cacheReadInputTokens: 100,
      cacheCreationInputTokens: 20,
      webSearchRequests: 1,
      costUSD: 0.01,
    },
    { input: 130, uncached: 10, cacheRead: 100, cacheWrite: 20, output: 5, units: { web_searches: 1 } },
  ],
  [
    "Codex's count of the last turn",
    'openai',
    {
      type: 'token_count',
      info: {
        total_token_usage: { input_tokens: 900, cached_input_tokens: 1, output_tokens: 90, total_tokens: 990 },
        last_token_usage: {
          input_tokens: 100,
          cached_input_tokens: 60,
          output_tokens: 20,
          reasoning_output_tokens: 5,
          total_tokens: 120,
        },
      },
    },
    { input: 100, uncached: 40, cacheRead: 60, output: 20, reasoning: 5 },
  ],
  [
    'a line of an OpenAI batch',
    'openai',
    { response: { status_code: 200, body: { usage: { prompt_tokens: 22, completion_tokens: 2, total_tokens: 24 } } } },
    { input: 22, uncached: 22, output: 2 },
  ],
  [
    'server-sent events as text',
    'openai',
    'data: {"usage":null}\n\ndata: {"usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11}}\n\ndata: [DONE]\n',
    { input: 5, uncached: 5, output: 6 },
  ],
  [
    'a Gemini stream, of which the first chunk knows no output',
    'google',
    [
      { usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 } },
      { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7, totalTokenCount: 12 } },
    ],
    { input: 5, uncached: 5, output: 7 },
  ],
  [
    'Gemini Live names the output otherwise',
    'google',
    {
      usageMetadata: {
        promptTokenCount: 10,
        responseTokenCount: 20,
        totalTokenCount: 30,
        responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 20 }],
      },
    },
    { input: 10, uncached: 10, output: 20, units: { output_audio_tokens: 20 } },
  ],
  [
    'Vertex embeddings count per text',
    'vertex_ai',
    {
      predictions: [
        { embeddings: { statistics: { token_count: 8 } } },
        { embeddings: { statistics: { token_count: 4 } } },
      ],
    },
    { input: 12, uncached: 12 },
  ],
  [
    'Bedrock tells for how long it kept what',
    'bedrock',
    {
      usage: {
        inputTokens: 30,
        outputTokens: 62,
        totalTokens: 152,
        cacheReadInputTokens: 10,
        cacheWriteInputTokens: 50,
        cacheDetails: [
          { ttl: '1h', inputTokens: 30 },
          { ttl: '5m', inputTokens: 20 },
        ],
      },
    },
    { input: 90, uncached: 30, cacheRead: 10, cacheWrite: 50, cacheWrite5m: 20, cacheWrite1h: 30, output: 62 },
  ],
  [
    'Bedrock response headers',
    'bedrock',
    { 'x-amzn-bedrock-input-token-count': '17', 'x-amzn-bedrock-output-token-count': '9' },
    { input: 17, uncached: 17, output: 9 },
  ],
  [
    'Mistral counts cached tokens at the top, and seconds of speech',
    'mistral',
    {
      usage: {
        prompt_tokens: 16,
        completion_tokens: 34,
        total_tokens: 50,
        num_cached_tokens: 5,
        prompt_audio_seconds: 7,
      },
    },
    {
      input: 16,
      uncached: 11,
      cacheRead: 5,
      output: 34,
      units: { audio_seconds: 7, input_audio_seconds: 7 },
    },
  ],
  [
    'transcription by duration',
    'openai',
    { text: 'x', usage: { type: 'duration', seconds: 27 } },
    { units: { audio_seconds: 27, input_audio_seconds: 27 } },
  ],
  [
    "Perplexity's total leaves out what it read and thought",
    'perplexity',
    {
      usage: {
        prompt_tokens: 5,
        completion_tokens: 10,
        total_tokens: 15,
        citation_tokens: 100,
        num_search_queries: 21,
        reasoning_tokens: 200,
      },
    },
    {
      input: 5,
      uncached: 5,
      output: 310,
      reasoning: 200,
      units: { output_citation_tokens: 100, web_searches: 21 },
    },
  ],
  [
    'LiteLLM splits what Anthropic kept',
    'anthropic',
    {
      usage: {
        prompt_tokens: 180,
        completion_tokens: 6,
        total_tokens: 186,
        prompt_tokens_details: {
          cached_tokens: 100,
          cache_creation_tokens: 60,
          cache_creation_token_details: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 40 },
        },
      },
    },
    { input: 180, uncached: 20, cacheRead: 100, cacheWrite: 60, cacheWrite5m: 20, cacheWrite1h: 40, output: 6 },
  ],
  [
    'OpenRouter: the native count is billed',
    'openrouter',
    {
      data: {
        tokens_prompt: 10,
        tokens_completion: 25,
        native_tokens_prompt: 11,
        native_tokens_completion: 26,
        native_tokens_reasoning: 5,
        native_tokens_cached: 3,
      },
    },
    { input: 11, uncached: 8, cacheRead: 3, output: 26, reasoning: 5 },
  ],
  [
    'DashScope',
    'alibaba',
    {
      output: {},
      usage: { input_tokens: 20, output_tokens: 10, total_tokens: 30, prompt_tokens_details: { cached_tokens: 5 } },
    },
    { input: 20, uncached: 15, cacheRead: 5, output: 10 },
  ],
  [
    'Pydantic AI',
    'openai',
    { input_tokens: 100, cache_read_tokens: 50, output_tokens: 20, details: { reasoning_tokens: 3 } },
    { input: 100, uncached: 50, cacheRead: 50, output: 20, reasoning: 3 },
  ],
  [
    'Cohere, the end of a stream',
    'cohere',
    {
      type: 'message-end',
      delta: { usage: { billed_units: { input_tokens: 5, output_tokens: 6 }, tokens: { input_tokens: 71 } } },
    },
    { input: 5, uncached: 5, output: 6 },
  ],
  [
    'a proxy that adds empty Responses names to Chat counts',
    '',
    { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, input_tokens: 0, output_tokens: 0 } },
    { input: 10, uncached: 10, output: 5 },
  ],
  [
    'text generation server',
    'huggingface',
    { generated_text: 'x', details: { generated_tokens: 20, prefill: [{ id: 1 }, { id: 2 }] } },
    { input: 2, uncached: 2, output: 20 },
  ],
  [
    'Replicate',
    'replicate',
    { metrics: { input_token_count: 5, output_token_count: 9, predict_time: 1 } },
    { input: 5, uncached: 5, output: 9 },
  ],
  [
    'Moonshot tells at the end of a choice',
    'moonshot',
    [
      {
        choices: [
          { delta: {}, usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, cached_tokens: 4 } },
        ],
      },
    ],
    { input: 10, uncached: 6, cacheRead: 4, output: 5 },
  ],
  [
    'reasoning beside output, told by the total',
    'xai',
    {
      usage: {
        input_tokens: 32,
        output_tokens: 9,
        output_tokens_details: { reasoning_tokens: 5 },
        total_tokens: 46,
      },
    },
    { input: 32, uncached: 32, output: 14, reasoning: 5 },
  ],
  [
    'OpenAI chat as camel-case SDKs spell it',
    'openrouter',
    {
      usage: {
        promptTokens: 100,
        completionTokens: 50,
        totalTokens: 150,
        promptTokensDetails: { cachedTokens: 60, audioTokens: 7 },
        completionTokensDetails: { reasoningTokens: 30 },
      },
    },
    { input: 100, uncached: 40, cacheRead: 60, output: 50, reasoning: 30, units: { input_audio_tokens: 7 } },
  ],
  [
    'Cohere in camel case',
    'cohere',
    { meta: { billedUnits: { inputTokens: 5, outputTokens: 9 }, tokens: { inputTokens: 70 } } },
    { input: 5, uncached: 5, output: 9 },
  ],
  [
    'Bedrock Converse in Pascal case',
    'bedrock',
    { Usage: { InputTokens: 5, OutputTokens: 6, TotalTokens: 14, CacheReadInputTokens: 3 } },
    { input: 8, uncached: 5, cacheRead: 3, output: 6 },
  ],
  [
    "OpenAI's usage report",
    'openai',
    { results: [{ input_tokens: 100, output_tokens: 50, input_cached_tokens: 80 }] },
    { input: 100, uncached: 20, cacheRead: 80, output: 50 },
  ],
  [
    "Anthropic's usage report",
    'anthropic',
    {
      results: [
        {
          uncached_input_tokens: 100,
          cache_creation: { ephemeral_1h_input_tokens: 10, ephemeral_5m_input_tokens: 5 },
          cache_read_input_tokens: 200,
          output_tokens: 50,
        },
      ],
    },
    { input: 315, uncached: 100, cacheRead: 200, cacheWrite: 15, cacheWrite5m: 5, cacheWrite1h: 10, output: 50 },
  ],
  [
    'Anthropic behind a proxy that ends a stream with zeros',
    'anthropic',
    [
      { type: 'message_start', message: { usage: { input_tokens: 10, output_tokens: 1 } } },
      { type: 'message_delta', usage: { input_tokens: 0, output_tokens: 50 } },
    ],
    { input: 10, uncached: 10, output: 50 },
  ],
  [
    'Pydantic AI of old',
    'openai',
    { request_tokens: 10, response_tokens: 5, total_tokens: 15, details: { cached_tokens: 3 } },
    { input: 10, uncached: 7, cacheRead: 3, output: 5 },
  ],
  ['llama.cpp', '', { tokens_evaluated: 12, tokens_predicted: 5 }, { input: 12, uncached: 12, output: 5 }],
  ['null is unknown, not zero', 'openai', { prompt_tokens: 12, completion_tokens: null }, { input: 12, uncached: 12 }],
])('%s', (_name, provider, payload, want) => {
  const { usage, problems } = normalizeUsage(provider, payload);
  expect({ usage, problems }).toEqual({ usage: want, problems: [] });
});
