import type { Clock, EpochMillis } from '../base/clock';
import type { ResourceMetrics } from '../domain/metric-point';
import type { MetricMetadata } from '../domain/sample';
import { decodeMetrics, encodeMetrics, MetricsSplit, PAUSE } from '../otlp';
import type { IncomingSample, SeriesWriter } from '../storage';
import type { RequestSink } from './sinks';
import type { IngestStage } from './stages/stage';

/** Turns OTLP metrics into samples; keeps what delta sums need. */
export interface MetricsConverter {
  convert(
    metrics: ResourceMetrics[],
    at: EpochMillis,
  ): {
    readonly samples: readonly IncomingSample[];
    readonly metadata: ReadonlyMap<string, MetricMetadata>;
    readonly rejected: { readonly count: number; readonly message: string };
  };
}

/** What the intake is made of. */
export interface MetricsIntakeParts {
  readonly stages: readonly IngestStage[];
  readonly converter: MetricsConverter;
  readonly seriesStore: SeriesWriter;
  readonly forwarder?: RequestSink;
  readonly clock: Clock;
}

/** What became of a request's data points. */
export interface MetricsOutcome {
  readonly taken: number;
  readonly refusals: readonly { readonly count: number; readonly message: string }[];
}

/** Requests up to so many bytes are decoded at once; larger ones in parts of about `PART_BYTES`. */
const WHOLE_BYTES = 262_144;
const PART_BYTES = 32_768;

/** Data points in: stages, samples, the series store. */
export class MetricsIntake {
  constructor(
    private readonly parts: MetricsIntakeParts,
    private readonly pause: () => Promise<void>,
  ) {}

  /** @throws OtlpDecodeError, or what the series store throws. */
  async take(bytes: Uint8Array): Promise<MetricsOutcome> {
    if (bytes.byteLength <= WHOLE_BYTES) return this.append(decodeMetrics(bytes));
    // All of it is decoded before any of it is taken; decoding twice leaves fewer objects than keeping them.
    await this.eachPart(bytes, (part) => void decodeMetrics(part));
    let taken = 0;
    const refusals: { count: number; message: string }[] = [];
    const refused = await this.eachPart(bytes, async (part) => {
      const outcome = await this.append(decodeMetrics(part));
      taken += outcome.taken;
      refusals.push(...outcome.refusals.filter(({ count }) => count > 0));
    });
    if (refused > 0) refusals.push({ count: refused, message: `${refused} data points were too large` });
    return { taken, refusals };
  }

  /** Gives how many data points were left out. */
  private async eachPart(bytes: Uint8Array, use: (part: Uint8Array) => void | Promise<void>): Promise<number> {
    const split = new MetricsSplit(bytes, PART_BYTES);
    for (const part of split.parts()) {
      await this.pause();
      if (part !== PAUSE) await use(part);
    }
    return split.refused;
  }

  private async append(metrics: readonly ResourceMetrics[]): Promise<MetricsOutcome> {
    const { converter, seriesStore, clock, stages, forwarder } = this.parts;
    const at = clock.now();
    const staged = stages.reduce<readonly ResourceMetrics[]>(
      (current, stage) => stage.metrics?.(current, at) ?? current,
      metrics,
    );
    const { samples, metadata, rejected } = converter.convert([...staged], at);
    seriesStore.describe(metadata);
    const { refused, examples } = await seriesStore.append(samples);
    if (forwarder?.wants('metrics') === true && staged.length > 0)
      await forwarder.offer('metrics', encodeMetrics(staged));
    const count = Object.entries(refused).reduce(
      // A point sent again is no loss.
      (total, [reason, each]) => (reason === 'duplicate' ? total : total + each),
      0,
    );
    const [reason, example] = Object.entries(examples).find(([name]) => name !== 'duplicate') ?? ['', ''];
    const message = reason === '' ? '' : `${reason.replaceAll('_', ' ')}: ${example}`;
    return { taken: samples.length, refusals: [rejected, { count, message }] };
  }
}
