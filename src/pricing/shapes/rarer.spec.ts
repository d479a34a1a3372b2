import { normalizeUsage } from '../normalize-usage';

test.each([
  [
    'Gemini embeddings count per vector',
    'gcp.gemini',
    {
      embeddings: [
        { values: [], statistics: { tokenCount: 8 } },
        { values: [], statistics: { token_count: 4 } },
      ],
    },
    { input: 12, uncached: 12 },
  ],
  [
    'PaLM counts in its metadata',
    'vertex_ai',
    {
      predictions: [{ content: 'x' }],
      metadata: {
        tokenMetadata: {
          inputTokenCount: { totalTokens: 11, totalBillableCharacters: 40 },
          outputTokenCount: { totalTokens: 7, totalBillableCharacters: 30 },
        },
      },
    },
    { input: 11, uncached: 11, output: 7 },
  ],
  [
    'Aleph Alpha',
    'aleph_alpha',
    { model_version: '2023-01', completions: [{}], num_tokens_prompt_total: 12, num_tokens_generated: 9 },
    { input: 12, uncached: 12, output: 9 },
  ],
  [
    'Jurassic lists its tokens',
    'ai21',
    {
      prompt: { text: 'x', tokens: [{}, {}, {}] },
      completions: [{ data: { tokens: [{}, {}] } }, { data: { tokens: [{}] } }],
    },
    { input: 3, uncached: 3, output: 3 },
  ],
  [
    "Meta's Llama API lists named figures",
    'meta',
    {
      completion_message: {},
      metrics: [
        { metric: 'num_completion_tokens', value: 14, unit: 'tokens' },
        { metric: 'num_prompt_tokens', value: 21, unit: 'tokens' },
        { metric: 'num_total_tokens', value: 35, unit: 'tokens' },
      ],
    },
    { input: 21, uncached: 21, output: 14 },
  ],
  [
    'Cohere before billed units',
    'cohere',
    { text: 'x', token_count: { prompt_tokens: 20, response_tokens: 11, total_tokens: 31, billed_tokens: 25 } },
    { input: 20, uncached: 20, output: 11 },
  ],
  [
    'the headers of a Bedrock answer',
    'aws.bedrock',
    {
      ResponseMetadata: {
        HTTPHeaders: { 'x-amzn-bedrock-input-token-count': '9', 'x-amzn-bedrock-output-token-count': '4' },
      },
    },
    { input: 9, uncached: 9, output: 4 },
  ],
  [
    'Spark nests its usage',
    'spark',
    {
      header: { code: 0 },
      payload: { usage: { text: { question_tokens: 4, prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 } } },
    },
    { input: 5, uncached: 5, output: 9 },
  ],
  [
    'llama.cpp does not evaluate what its cache serves',
    '',
    { content: 'x', timings: { cache_n: 3, prompt_n: 12, predicted_n: 7 } },
    { input: 15, uncached: 12, cacheRead: 3, output: 7 },
  ],
  [
    'text generation that counts its prompt',
    'predibase',
    { generated_text: 'x', details: { prompt_tokens: 11, generated_tokens: 7, finish_reason: 'length' } },
    { input: 11, uncached: 11, output: 7 },
  ],
])('%s', (_name, provider, payload, usage) => {
  expect(normalizeUsage(provider, payload)).toMatchObject({ usage, problems: [] });
});
