import { SECONDS_BUCKETS } from '../../shared/telemetry';
import type { Telemetry } from '../../../base/telemetry';

const ROW_BUCKETS: readonly number[] = [1, 5, 10, 50, 100, 500, 1_000, 5_000];

/** The instruments of one writer. */
export interface WriterInstruments {
  batch(rows: number, seconds: number): void;
  rejected(): void;
  superseded(): void;
  failed(rows: number): void;
  retried(): void;
}

/** Registers the instruments of a writer. */
export function writerInstruments(
  telemetry: Telemetry,
  writer: string,
  read: { pending(): number; waiters(): number; limit: number },
): WriterInstruments {
  const labels = { writer };
  telemetry.observedGauge(
    'telltale_writer_pending_rows',
    'Rows accepted and not written',
    () => read.pending(),
    labels,
  );
  telemetry.observedGauge('telltale_writer_pending_rows_limit', 'Rows pending at most', () => read.limit, labels);
  telemetry.observedGauge('telltale_writer_waiters', 'Callers that wait for room', () => read.waiters(), labels);
  const sizes = telemetry.histogram('telltale_writer_batch_rows', 'Rows in a batch', ROW_BUCKETS, labels);
  const times = telemetry.histogram(
    'telltale_writer_batch_seconds',
    'Time of writing a batch',
    SECONDS_BUCKETS,
    labels,
  );
  const rejected = telemetry.counter('telltale_writer_rejected_rows_total', 'Rows that a table did not take', labels);
  const superseded = telemetry.counter(
    'telltale_writer_superseded_rows_total',
    'Rows in whose place another of their key and batch was written',
    labels,
  );
  const failed = telemetry.counter('telltale_writer_failed_rows_total', 'Rows given up after all attempts', labels);
  const retried = telemetry.counter('telltale_writer_retries_total', 'Attempts made again', labels);
  return {
    batch: (rows, seconds) => {
      sizes.observe(rows);
      times.observe(seconds);
    },
    rejected: () => rejected.add(),
    superseded: () => superseded.add(),
    failed: (rows) => failed.add(rows),
    retried: () => retried.add(),
  };
}
