import { tracing } from '@opentelemetry/sdk-node';
import { STAGE_ATTRIBUTE } from '../../domain/stage';
import type { Stage } from '../../domain/stage';
import type { Context, Link, SpanAttributes, SpanKind } from '@opentelemetry/api';
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace-base';

/** Shares of calls to keep by stage, 0 to 1; a stage that is not named is kept as its trace is. */
export type StageRatios = Readonly<Partial<Record<Stage, number>>>;

/**
 * Keeps fewer spans of some stages than of others: within a kept trace, a stage's spans are kept for a share of the
 * traces, the same spans of one trace everywhere. What happens within a span that was left out is left out too.
 */
export class StageSampler implements Sampler {
  private readonly stages: ReadonlyMap<string, Sampler>;

  /** @param base decides on everything else, and before the stage's share. */
  constructor(
    private readonly base: Sampler,
    private readonly ratios: StageRatios,
  ) {
    this.stages = new Map(
      Object.entries(ratios).map(([stage, ratio]) => [stage, new tracing.TraceIdRatioBasedSampler(ratio)]),
    );
  }

  shouldSample(
    context: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: SpanAttributes,
    links: Link[],
  ): SamplingResult {
    const decided = this.base.shouldSample(context, traceId, name, kind, attributes, links);
    const stage = attributes[STAGE_ATTRIBUTE];
    const sampler = typeof stage === 'string' ? this.stages.get(stage) : undefined;
    if (sampler === undefined || decided.decision === tracing.SamplingDecision.NOT_RECORD) return decided;
    return sampler.shouldSample(context, traceId, name, kind, attributes, links);
  }

  toString(): string {
    return `StageSampler{${JSON.stringify(this.ratios)}, ${this.base.toString()}}`;
  }
}
