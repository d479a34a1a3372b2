import { SECONDS_BUCKETS } from '../../shared/telemetry';
import type { Counter, Histogram, Telemetry } from '../../../base/telemetry';

const SIZE_BUCKETS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const TOKEN_BUCKETS: readonly number[] = [16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];

/** The instruments of one batcher. */
export interface BatcherInstruments {
  readonly waits: Histogram;
  readonly sizes: Histogram;
  readonly tokens: Histogram;
  readonly retries: Counter;
  readonly failures: Counter;
  refused(reason: 'full' | 'dropped' | 'closed'): void;
}

/** Registers the instruments of a batcher. */
export function batcherInstruments(
  telemetry: Telemetry,
  batcher: string,
  read: { items(): number; tokens(): number; running(): number; window(): number; spilled(): number },
): BatcherInstruments {
  const labels = { batcher };
  telemetry.observedGauge('telltale_batcher_queue_items', 'Requests queued', () => read.items(), labels);
  telemetry.observedGauge('telltale_batcher_queue_tokens', 'Tokens queued', () => read.tokens(), labels);
  telemetry.observedGauge('telltale_batcher_running_batches', 'Batches being executed', () => read.running(), labels);
  telemetry.observedGauge('telltale_batcher_window_seconds', 'Wait for company', () => read.window() / 1000, labels);
  telemetry.observedGauge('telltale_batcher_spilled_items', 'Requests spilled', () => read.spilled(), labels);
  const refusals = (reason: string): Counter =>
    telemetry.counter('telltale_batcher_refused_total', 'Requests that were not accepted, or given up while queued', {
      ...labels,
      reason,
    });
  const byReason = { full: refusals('full'), dropped: refusals('dropped'), closed: refusals('closed') };
  return {
    waits: telemetry.histogram('telltale_batcher_wait_seconds', 'Time in the queue', SECONDS_BUCKETS, labels),
    sizes: telemetry.histogram('telltale_batcher_batch_items', 'Requests in a batch', SIZE_BUCKETS, labels),
    tokens: telemetry.histogram('telltale_batcher_batch_tokens', 'Input tokens in a batch', TOKEN_BUCKETS, labels),
    retries: telemetry.counter('telltale_batcher_retries_total', 'Attempts made again', labels),
    failures: telemetry.counter('telltale_batcher_failures_total', 'Requests answered with an error', labels),
    refused: (reason) => byReason[reason].add(),
  };
}
