import { context, trace } from '@opentelemetry/api';
import { NO_STAGE, operationMetrics } from '../metrics/operation-metrics';
import { settings } from '../settings';
import { currentOperation, startOperation } from './operation';
import { OperationPlan } from './operation-plan';
import { settle } from './settle';
import { watchStream, watchWritable } from './streams';
import type { Operation } from './operation';
import type { OperationOptions } from './operation-plan';
import type { Stage } from '../../domain/stage';

/** Work to observe: gets the operation, to add what it learns to its span. */
export type Work<T> = (operation: Operation) => T;

/**
 * Runs `work` as an operation of that name: a span where tracing is on, and the metrics. What `work` returns comes back
 * as it is; the operation ends when it is really over, be it a promise or a stream.
 */
export function withSpan<T>(name: string, work: Work<T>): T;
export function withSpan<T>(name: string, options: OperationOptions, work: Work<T>): T;
export function withSpan<T>(name: string, second: OperationOptions | Work<T>, third?: Work<T>): T {
  const { options, work } = unpack(second, third);
  return runObserved(new OperationPlan(options.name ?? name, options), work);
}

/** `withSpan` for the stage that reads and validates a request. */
export function withParsing<T>(name: string, work: Work<T>): T;
export function withParsing<T>(name: string, options: OperationOptions, work: Work<T>): T;
export function withParsing<T>(name: string, second: OperationOptions | Work<T>, third?: Work<T>): T {
  return staged('parsing', name, second, third);
}

/** `withSpan` for the stage that makes and sends the answer. */
export function withResponse<T>(name: string, work: Work<T>): T;
export function withResponse<T>(name: string, options: OperationOptions, work: Work<T>): T;
export function withResponse<T>(name: string, second: OperationOptions | Work<T>, third?: Work<T>): T {
  return staged('response', name, second, third);
}

/**
 * Observes a stream that already exists: an async iterator, generator, Observable, Node or web stream, or the response of
 * an SSE route. The operation starts now and ends with the stream, which is given back itself.
 */
export function instrumentStream<S extends object>(nameOrOptions: string | StreamOptions, stream: S): S {
  const options: StreamOptions = typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  const plan = new OperationPlan(options.name, options);
  const operation = startOperation(plan, { ...plan.attributes });
  operation.onChunk = options.onChunk;
  if (!watchStream(stream, operation) && !watchWritable(stream, operation)) operation.succeed(stream);
  return stream;
}

/** Options of `instrumentStream`. */
export interface StreamOptions extends OperationOptions {
  readonly name: string;
  /** Sees every piece; must not keep it. */
  readonly onChunk?: (chunk: unknown) => void;
}

/** Where the running code is in a trace. */
export interface CurrentTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

/** The ids to write into logs and error reports; undefined outside of a trace. */
export function currentTrace(): CurrentTrace | undefined {
  const spanContext = trace.getActiveSpan()?.spanContext();
  if (spanContext === undefined || !trace.isSpanContextValid(spanContext)) return undefined;
  return {
    traceId: spanContext.traceId,
    spanId: spanContext.spanId,
    sampled: (spanContext.traceFlags & 1) === 1,
  };
}

/** The `operation` label of what is told outside of any operation that is known: without an SDK, or unsampled. */
const UNKNOWN_OPERATION = 'unknown';

/** What is known of an attempt that failed and is made again. */
export interface Retry {
  /** 1 for the first attempt that failed. */
  readonly attempt: number;
  readonly error?: unknown;
  readonly delayMs?: number;
}

/** Notes on the running operation that an attempt failed and another follows. */
export function recordRetry(retry: Retry): void {
  const operation = currentOperation();
  if (operation === undefined) {
    operationMetrics(settings().registry, NO_STAGE, UNKNOWN_OPERATION).retried();
    return;
  }
  operation.plan.metrics?.retried();
  operation.addEvent('telltale.retry', {
    'telltale.retry.attempt': retry.attempt,
    ...(retry.delayMs === undefined ? {} : { 'telltale.retry.delay_seconds': retry.delayMs / 1_000 }),
    ...(retry.error instanceof Error ? { 'exception.message': retry.error.message } : {}),
  });
}

/** Notes on the running operation that it succeeded after `attempts` that failed. */
export function recordRecovery(attempts: number): void {
  const operation = currentOperation();
  if (operation === undefined) {
    operationMetrics(settings().registry, NO_STAGE, UNKNOWN_OPERATION).recovered();
    return;
  }
  operation.plan.metrics?.recovered();
  operation.addEvent('telltale.recovery', { 'telltale.recovery.attempts': attempts });
}

/** Runs `work` as the operation of a plan; `fresh` when a promise it gives is known to no one else. */
export function runObserved<T>(
  plan: OperationPlan,
  work: Work<T>,
  prepare?: (operation: Operation) => void,
  fresh: boolean = isAsyncFunction(work),
): T {
  const operation = startOperation(plan, { ...plan.attributes });
  if (prepare !== undefined) operation.guard(() => prepare(operation));
  let result: T;
  try {
    result = context.with(operation, work, undefined, operation);
  } catch (error) {
    operation.fail(error);
    throw error;
  }
  // The promise of an async function is known to no one else.
  return settle(result, operation, fresh);
}

/** Whether calling it gives a promise made for that call. */
export function isAsyncFunction(work: object): boolean {
  return Object.prototype.toString.call(work) === '[object AsyncFunction]';
}

function staged<T>(stage: Stage, name: string, second: OperationOptions | Work<T>, third: Work<T> | undefined): T {
  const { options, work } = unpack(second, third);
  return runObserved(new OperationPlan(options.name ?? name, { ...options, stage }), work);
}

function unpack<T>(
  second: OperationOptions | Work<T>,
  third: Work<T> | undefined,
): { options: OperationOptions; work: Work<T> } {
  if (typeof second === 'function') return { options: {}, work: second };
  if (third === undefined) throw new TypeError('the work to observe is missing');
  return { options: second, work: third };
}
