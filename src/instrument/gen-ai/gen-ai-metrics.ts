import { TraceFlags } from '@opentelemetry/api';
import {
  GEN_AI_CALL_BUCKETS,
  GEN_AI_DURATION_BUCKETS,
  GEN_AI_METRICS,
  GEN_AI_OPERATIONS,
  GEN_AI_TOKEN_BUCKETS,
} from '../../domain/gen-ai';
import { counterFamily, histogramFamily } from '../metrics/registry';
import { prometheusName } from '../metrics/prometheus-name';
import { settings } from '../settings';
import type { TokenUsage } from '../../domain/usage';
import type { HistogramCell } from '../metrics/cells';
import type { Operation, OperationEnd } from '../spans/operation';
import type { SpanContext } from '@opentelemetry/api';

/** What a model call's metrics are labelled with. */
export interface CallLabels {
  readonly operation: string;
  readonly provider: string;
  readonly requestModel: string | undefined;
  readonly responseModel: string | undefined;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  readonly errorType: string | undefined;
  /** The call's span, which becomes the exemplar of durations and token counts. */
  readonly span?: SpanContext | undefined;
}

/** The operations that v0.1 calls inference. */
const INFERENCES: ReadonlySet<string> = new Set([
  GEN_AI_OPERATIONS.chat,
  GEN_AI_OPERATIONS.generateContent,
  GEN_AI_OPERATIONS.textCompletion,
]);

/** Bounds for the rate at which tokens came, per second. */
const RATE_BUCKETS: readonly number[] = [1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 1_000];

/**
 * Records how long a model call took, whether it succeeded or not. In v0.1 the older name is left to operations that are
 * no inference: embeddings, agents.
 */
export function recordCallDuration(labels: CallLabels, seconds: number): void {
  const bounds = GEN_AI_DURATION_BUCKETS;
  const inference = INFERENCES.has(labels.operation);
  if (writes('v1.41') || !inference) {
    observe(GEN_AI_METRICS.operationDuration, 's', 'Duration of a client operation.', bounds, labels, seconds);
  }
  if (writes('v0.1') && inference) {
    observe(GEN_AI_METRICS.inferenceDuration, 's', 'Duration of a model call.', bounds, labels, seconds);
  }
}

/** Records the time from the request to the first piece of a streamed answer. */
export function recordFirstChunk(labels: CallLabels, seconds: number): void {
  const help = 'Time from the request to the first piece of a streamed answer.';
  const bounds = GEN_AI_DURATION_BUCKETS;
  if (writes('v1.41')) observe(GEN_AI_METRICS.timeToFirstChunk, 's', help, bounds, ok(labels), seconds);
  if (writes('v0.1')) observe(GEN_AI_METRICS.inferenceTimeToFirstChunk, 's', help, bounds, ok(labels), seconds);
}

/** Records the time between two pieces of a streamed answer. */
export function recordChunkGap(labels: CallLabels, seconds: number): void {
  const help = 'Time between two pieces of a streamed answer.';
  const bounds = GEN_AI_DURATION_BUCKETS;
  if (writes('v1.41')) observe(GEN_AI_METRICS.timePerOutputChunk, 's', help, bounds, ok(labels), seconds);
  if (writes('v0.1')) observe(GEN_AI_METRICS.inferenceTimePerOutputChunk, 's', help, bounds, ok(labels), seconds);
}

/** Records a call's tokens. Without a usage the v0.1 counters get their series, with modality `unknown`, and no tokens. */
export function recordCallTokens(labels: CallLabels, usage: TokenUsage | undefined): void {
  const model = labels.responseModel ?? labels.requestModel ?? 'unknown';
  if (usage !== undefined) recordTokenClasses(model, usage);
  if (writes('v1.41')) {
    const known = [
      ['input', usage?.input],
      ['output', usage?.output],
    ] as const;
    for (const [type, count] of known) {
      if (count === undefined) continue;
      const cell = histogramFamily(
        settings().registry,
        prometheusName(GEN_AI_METRICS.tokenUsage, '{token}', 'histogram'),
        'Tokens of a model call, by type.',
        GEN_AI_TOKEN_BUCKETS,
      ).cell({ ...common(ok(labels)), gen_ai_token_type: type });
      place(cell, count, labels.span);
    }
  }
  if (!writes('v0.1')) return;
  const units = usage?.units ?? {};
  addByModality(GEN_AI_METRICS.usageInputTokens, 'Input tokens, cached ones included.', labels, usage?.input, {
    audio: units['input_audio_tokens'],
    image: units['input_image_tokens'],
  });
  addByModality(GEN_AI_METRICS.usageOutputTokens, 'Output tokens, reasoning included.', labels, usage?.output, {
    audio: units['output_audio_tokens'],
    image: units['output_image_tokens'],
  });
  addKnown(GEN_AI_METRICS.usageCacheReadTokens, 'Input tokens that a cache served.', labels, usage?.cacheRead);
  addKnown(GEN_AI_METRICS.usageCacheWriteTokens, 'Input tokens that a cache kept.', labels, usage?.cacheWrite);
  addKnown(GEN_AI_METRICS.usageReasoningTokens, 'Output tokens of reasoning.', labels, usage?.reasoning);
  const histograms = [
    [GEN_AI_METRICS.operationInputTokens, 'Input tokens per call.', usage?.input],
    [GEN_AI_METRICS.operationOutputTokens, 'Output tokens per call.', usage?.output],
  ] as const;
  for (const [name, help, count] of histograms) {
    if (count !== undefined) observe(name, '{token}', help, GEN_AI_TOKEN_BUCKETS, labels, count);
  }
}

/** Records what a call cost. */
export function recordCost(model: string, usd: number): void {
  counterFamily(settings().registry, 'telltale_cost_usd_total', 'Cost of model calls by list price, in US dollars.')
    .cell({ model })
    .add(usd);
}

/** Records the rate at which an answer's tokens came. */
export function recordTokenRate(model: string, tokensPerSecond: number): void {
  histogramFamily(
    settings().registry,
    'telltale_output_tokens_per_second',
    'Output tokens per second of a model call, from its first piece where it is streamed.',
    RATE_BUCKETS,
  )
    .cell({ model })
    .observe(tokensPerSecond);
}

/** What a tool's duration is labelled with. */
export interface ToolLabels {
  readonly name: string;
  readonly type?: string;
  readonly agentName?: string | undefined;
}

/** Records how long a tool took: a metric of v0.1. */
export function recordToolDuration(operation: Operation, tool: ToolLabels, end: OperationEnd): void {
  if (!writes('v0.1')) return;
  const labels = {
    gen_ai_tool_name: tool.name,
    gen_ai_tool_type: tool.type ?? 'function',
    ...(tool.agentName === undefined ? {} : { gen_ai_agent_name: tool.agentName }),
    ...(end.errorType === undefined ? {} : { error_type: end.errorType }),
  };
  recordSeconds(GEN_AI_METRICS.executeToolDuration, 'Duration of a tool execution.', GEN_AI_DURATION_BUCKETS, {
    labels,
    operation,
    seconds: end.seconds,
  });
}

/** Records one duration, with the operation's span as exemplar. */
export function recordSeconds(
  name: string,
  help: string,
  bounds: readonly number[],
  { labels, operation, seconds }: { labels: Record<string, string>; operation: Operation; seconds: number },
): void {
  const family = histogramFamily(settings().registry, prometheusName(name, 's', 'histogram'), help, bounds);
  place(family.cell(labels), seconds, operation.span?.spanContext());
}

/** Records how many calls of a kind an agent's run made: a metric of v0.1. */
export function recordAgentCalls(
  name: string,
  unit: string,
  help: string,
  agent: string | undefined,
  calls: number,
): void {
  histogramFamily(settings().registry, prometheusName(name, unit, 'histogram'), help, GEN_AI_CALL_BUCKETS)
    .cell(agent === undefined ? {} : { gen_ai_agent_name: agent })
    .observe(calls);
}

/** Whether that edition of the conventions is to be written. */
export function writes(edition: 'v1.41' | 'v0.1'): boolean {
  const { semconv } = settings();
  return semconv === 'both' || semconv === edition;
}

/** Classes that add up without overlap. */
function recordTokenClasses(model: string, usage: TokenUsage): void {
  const family = counterFamily(
    settings().registry,
    'telltale_tokens_total',
    'Tokens of model calls by type; the types add up without overlap.',
  );
  const cached = (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  const uncached = usage.uncached ?? (usage.input === undefined ? undefined : Math.max(0, usage.input - cached));
  const classes = [
    ['input', uncached],
    ['cache_read', usage.cacheRead],
    ['cache_write', usage.cacheWrite],
    ['output', usage.output],
  ] as const;
  for (const [type, count] of classes) if (count !== undefined) family.cell({ model, type }).add(count);
}

function observe(
  name: string,
  unit: string,
  help: string,
  bounds: readonly number[],
  labels: CallLabels,
  value: number,
): void {
  const family = histogramFamily(settings().registry, prometheusName(name, unit, 'histogram'), help, bounds);
  place(family.cell(common(labels)), value, labels.span);
}

/** Observes, with the span as exemplar where it is sampled. */
function place(cell: HistogramCell, value: number, span: SpanContext | undefined): void {
  const { clock, exemplars } = settings();
  if (span === undefined || !exemplars || (span.traceFlags & TraceFlags.SAMPLED) === 0) cell.observe(value);
  else cell.observeIn(value, span, clock.now() / 1_000);
}

/** Counts a call's tokens by modality: what is not known to be another is text. Not reported, none, of an unknown one. */
function addByModality(
  name: string,
  help: string,
  labels: CallLabels,
  all: number | undefined,
  parts: Readonly<Record<string, number | undefined>>,
): void {
  if (all === undefined) {
    addTokens(name, help, labels, 'unknown', 0);
    return;
  }
  let text = all;
  for (const [modality, count] of Object.entries(parts)) {
    if (count === undefined || count === 0) continue;
    addTokens(name, help, labels, modality, count);
    text -= count;
  }
  addTokens(name, help, labels, 'text', Math.max(0, text));
}

function addTokens(name: string, help: string, labels: CallLabels, modality: string, count: number): void {
  counterFamily(settings().registry, prometheusName(name, '{token}', 'counter'), help)
    .cell({ ...common(ok(labels)), gen_ai_token_modality: modality })
    .add(count);
}

function addKnown(name: string, help: string, labels: CallLabels, count: number | undefined): void {
  if (count !== undefined) addTokens(name, help, labels, 'text', count);
}

function ok(labels: CallLabels): CallLabels {
  return { ...labels, errorType: undefined };
}

function common(labels: CallLabels): Record<string, string> {
  return {
    gen_ai_operation_name: labels.operation,
    gen_ai_provider_name: labels.provider,
    ...(labels.requestModel === undefined ? {} : { gen_ai_request_model: labels.requestModel }),
    ...(labels.responseModel === undefined ? {} : { gen_ai_response_model: labels.responseModel }),
    ...(labels.serverAddress === undefined ? {} : { server_address: labels.serverAddress }),
    ...(labels.serverPort === undefined ? {} : { server_port: String(labels.serverPort) }),
    ...(labels.errorType === undefined ? {} : { error_type: labels.errorType }),
  };
}
