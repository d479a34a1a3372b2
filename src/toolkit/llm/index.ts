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
