import { AsyncLocalStorage } from 'node:async_hooks';
import { GEN_AI, GEN_AI_OPERATIONS } from '../../domain/gen-ai';
import { addUsage, completeUsage, isEmptyUsage } from '../../domain/usage';
import { bundledPrices } from '../../pricing';
import { settings } from '../settings';
import {
  recordCallDuration,
  recordCallTokens,
  recordChunkGap,
  recordCost,
  recordFirstChunk,
  recordTokenRate,
  writes,
} from './gen-ai-metrics';
import {
  costAttributes,
  describedAttributes,
  requestAttributes,
  responseAttributes,
  usageAttributes,
} from './inference-attributes';
import { currentAgentRun } from './agent-run';
import { writeContent } from './model-content';
import type { CallLabels } from './gen-ai-metrics';
import type { InferenceRequest, InferenceResponse } from './inference-types';
import type { Millis } from '../../base/clock';
import type { TokenUsage, UsageCounts } from '../../domain/usage';
import type { Operation, OperationEnd } from '../spans/operation';
import type { PricedCost } from '../settings';
import type { Attributes } from '@opentelemetry/api';

const running = new AsyncLocalStorage<Inference>();

/**
 * One model call under observation: collects what becomes known while it runs, and writes attributes, tokens, cost and
 * metrics when it ends. Pieces of a streamed result are timed without the caller's help.
 */
export class Inference {
  private collected: TokenUsage = {};
  private answered: InferenceResponse = {};
  private firstChunkAt: Millis | undefined;
  private firstTokenAt: Millis | undefined;
  private lastChunkAt: Millis | undefined;

  constructor(
    readonly operation: Operation,
    private request: Partial<InferenceRequest>,
  ) {
    operation.onEnd = (end) => this.finish(end);
    operation.onChunk = () => this.chunk();
    operation.scope = (work) => insideInference(this, work);
    const agent = currentAgentRun();
    if (agent !== undefined) agent.inferenceCalls++;
  }

  /** Tells more about the request, where it was not known at the start. */
  describe(request: Partial<InferenceRequest>): void {
    this.request = { ...this.request, ...request };
    this.operation.setAttributes(describedAttributes(request));
    if (request.operation !== undefined) this.operation.setAttributes({ [GEN_AI.operationName]: request.operation });
  }

  /** A piece of the answer came, of whatever kind. Streams that the call returns are timed by themselves. */
  chunk(): void {
    const now = settings().clock.elapsed();
    if (this.firstChunkAt === undefined) this.firstChunkAt = now;
    else if (this.lastChunkAt !== undefined) recordChunkGap(this.labels(undefined), (now - this.lastChunkAt) / 1_000);
    this.lastChunkAt = now;
  }

  /** The first piece with content came: the moment a user sees something. Later calls change nothing. */
  firstToken(): void {
    if (this.firstTokenAt !== undefined) return;
    this.firstTokenAt = settings().clock.elapsed();
    if (this.firstChunkAt === undefined) this.chunk();
  }

  /** Tokens of the call; counts given again replace those given before. */
  usage(counts: UsageCounts): void {
    this.collected = completeUsage(withoutUndefined({ ...this.collected, uncached: undefined, ...counts })).usage;
  }

  /** Adds the tokens of another part of the same call. */
  addUsage(counts: UsageCounts): void {
    this.collected = addUsage(this.collected, completeUsage(counts).usage);
  }

  /** What the provider answered; what is given again replaces what was given before. */
  response(response: InferenceResponse): void {
    this.answered = { ...this.answered, ...response };
    if (response.usage !== undefined) this.usage(response.usage);
  }

  /** Adds attributes to the call's span. */
  setAttributes(attributes: Attributes): void {
    this.operation.setAttributes(attributes);
  }

  private finish(end: OperationEnd): void {
    const labels = this.labels(end.errorType);
    const usage = isEmptyUsage(this.collected) ? undefined : this.collected;
    recordCallDuration(labels, end.seconds);
    recordCallTokens(labels, usage);
    const attributes = responseAttributes(this.answered);
    if (usage !== undefined) Object.assign(attributes, usageAttributes(usage), this.cost(usage, labels));
    else if (this.answered.costUsd !== undefined) Object.assign(attributes, this.cost({}, labels));
    Object.assign(attributes, this.timings(labels, usage, end.seconds));
    if (end.outcome === 'error' && this.answered.finishReasons === undefined && writes('v0.1')) {
      attributes[GEN_AI.responseFinishReasons] = ['error'];
    }
    this.operation.setAttributes(attributes);
    writeContent(this.operation, this.request, this.answered, {
      ...requestAttributes(this.request),
      ...attributes,
      ...(end.errorType === undefined ? {} : { 'error.type': end.errorType }),
    });
  }

  private timings(labels: CallLabels, usage: TokenUsage | undefined, seconds: number): Attributes {
    const attributes: Attributes = {};
    const startedAt = this.operation.startedAt;
    const firstAt = this.firstChunkAt;
    if (firstAt !== undefined) {
      attributes[GEN_AI.responseTimeToFirstChunk] = (firstAt - startedAt) / 1_000;
      recordFirstChunk(labels, (firstAt - startedAt) / 1_000);
    }
    if (this.firstTokenAt !== undefined) {
      attributes['telltale.time_to_first_token_seconds'] = (this.firstTokenAt - startedAt) / 1_000;
    }
    const writing = firstAt === undefined ? seconds : seconds - (firstAt - startedAt) / 1_000;
    if (usage?.output !== undefined && usage.output > 0 && writing > 0) {
      const rate = usage.output / writing;
      attributes['telltale.output_tokens_per_second'] = rate;
      recordTokenRate(modelOf(labels), rate);
    }
    return attributes;
  }

  private cost(usage: TokenUsage, labels: CallLabels): Attributes {
    const model = modelOf(labels);
    const { costUsd } = this.answered;
    const priced: PricedCost | undefined =
      costUsd === undefined ? price(usage, labels.provider, model) : { usd: costUsd, catalog: '' };
    if (priced === undefined) return {};
    recordCost(model, priced.usd);
    return costAttributes(priced, costUsd === undefined ? 'local' : 'provider');
  }

  private labels(errorType: string | undefined): CallLabels {
    return {
      operation: this.request.operation ?? GEN_AI_OPERATIONS.chat,
      provider: this.request.provider ?? 'unknown',
      requestModel: this.request.model,
      responseModel: this.answered.model,
      serverAddress: this.request.serverAddress,
      serverPort: this.request.serverPort,
      errorType,
      span: this.operation.span?.spanContext(),
    };
  }
}

/** The model call that is running; undefined outside of one. */
export function currentInference(): Inference | undefined {
  return running.getStore();
}

/** Runs `work` so that `recordUsage` within finds the call. */
export function insideInference<T>(inference: Inference, work: () => T): T {
  return running.run(inference, work);
}

/** By the application's own price function, else by the bundled price list; undefined when the price is not known. */
export function price(usage: TokenUsage, provider: string, model: string): PricedCost | undefined {
  const { price: own, clock } = settings();
  const at = clock.now();
  if (own !== undefined) return own(usage, { provider, model, at });
  const outcome = bundledPrices.price(usage, provider, model, at);
  return outcome.known
    ? { usd: outcome.price.usd, catalog: `${outcome.price.catalog}@${outcome.price.version}` }
    : undefined;
}

function modelOf(labels: CallLabels): string {
  return labels.responseModel ?? labels.requestModel ?? 'unknown';
}

function withoutUndefined(counts: UsageCounts): UsageCounts {
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined));
}
