import { diag } from '@opentelemetry/api';
import { tracing } from '@opentelemetry/sdk-node';
import { StageSampler } from './stage-sampler';
import { textFrom } from './environment';
import type { TelemetryEnvironment } from './environment';
import type { StageRatios } from './stage-sampler';
import type { Sampler } from '@opentelemetry/sdk-trace-base';

/** The sampler that was asked for: given, else `OTEL_TRACES_SAMPLER` and its argument, else every trace. */
export function samplerOf(
  environment: TelemetryEnvironment,
  given: number | Sampler | undefined,
  ratios: StageRatios | undefined,
): Sampler {
  const base =
    typeof given === 'number'
      ? parentBased(new tracing.TraceIdRatioBasedSampler(given))
      : (given ?? samplerFromEnvironment(environment));
  return ratios === undefined || Object.keys(ratios).length === 0 ? base : new StageSampler(base, ratios);
}

function samplerFromEnvironment(environment: TelemetryEnvironment): Sampler {
  const name = textFrom(environment, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  switch (name) {
    case 'always_on':
      return new tracing.AlwaysOnSampler();
    case 'always_off':
      return new tracing.AlwaysOffSampler();
    case 'traceidratio':
      return new tracing.TraceIdRatioBasedSampler(ratioFrom(environment));
    case 'parentbased_always_off':
      return parentBased(new tracing.AlwaysOffSampler());
    case 'parentbased_traceidratio':
      return parentBased(new tracing.TraceIdRatioBasedSampler(ratioFrom(environment)));
    case 'parentbased_always_on':
      return parentBased(new tracing.AlwaysOnSampler());
    default:
      diag.warn(`telltale: OTEL_TRACES_SAMPLER "${name}" is not known; parentbased_always_on is used`);
      return parentBased(new tracing.AlwaysOnSampler());
  }
}

function ratioFrom(environment: TelemetryEnvironment): number {
  const text = textFrom(environment, 'OTEL_TRACES_SAMPLER_ARG');
  if (text === undefined) return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  diag.warn(`telltale: OTEL_TRACES_SAMPLER_ARG "${text}" is no number from 0 to 1; 1 is used`);
  return 1;
}

function parentBased(root: Sampler): Sampler {
  return new tracing.ParentBasedSampler({ root });
}
