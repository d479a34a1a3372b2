export { RequestBatcher } from './request-batcher/request-batcher';
export type { BatcherStats } from './request-batcher/request-batcher';
export { OVERFLOW_POLICIES } from './request-batcher/types';
export type {
  BatchItem,
  ItemResult,
  OverflowPolicy,
  RequestBatcherOptions,
  SubmitOptions,
} from './request-batcher/types';
export { allocateTokens } from './request-batcher/allocate-tokens';
export { similarityKey } from './request-batcher/similarity-key';
export type { Similarity } from './request-batcher/similarity-key';
export { FileSpill } from './request-batcher/spill';
export type { Spill } from './request-batcher/spill';
export { ClosedError, QueueFullError } from '../errors';
export { ContextWindow } from './context-window/context-window';
export type { ContextInput, ContextWindowOptions, FittedContext, MessageTypes } from './context-window/context-window';
export type { AnthropicBlock, AnthropicMessage } from './context-window/formats/anthropic';
export type { OpenAiMessage, OpenAiToolCall } from './context-window/formats/openai';
export type { SummaryOptions } from './context-window/summaries';
export { CalibratedCounter, OPENAI_ENCODINGS, encodingOf, openAiCounter } from './context-window/token-counter';
export type { OpenAiEncoding, TokenCounter } from './context-window/token-counter';
export { ContextOverflowError } from '../errors';
export { ModelSelector } from './model-selector/model-selector';
export type {
  CandidateScore,
  ModelCandidate,
  ModelDecision,
  ModelOutcome,
  ModelSelectorOptions,
  SelectionRequest,
  SelectionRule,
  TokenPrices,
  Weights,
} from './model-selector/types';
export { NoModelError } from '../errors';
