import type { Millis } from '../../base/clock';
import type { Telemetry } from '../../base/telemetry';
import { SECONDS_BUCKETS } from './telemetry';

/** Figures of a pool at one moment. */
export interface PoolStats {
  /** Resources that exist, those being made included. */
  readonly size: number;
  readonly idle: number;
  readonly inUse: number;
  readonly waiters: number;
  /** The most there may be. */
  readonly max: number;
}

/** The instruments that every pool of the toolkit feeds. */
export interface PoolInstruments {
  acquired(waited: Millis): void;
  /** Nothing was free and there was no room to grow. */
  exhausted(): void;
  /** A caller got nothing: it waited too long, or too many waited already. */
  timedOut(): void;
  leaked(): void;
  failed(): void;
}

/** Registers a pool's gauges and returns its counters. */
export function monitorStats(telemetry: Telemetry, pool: string, read: () => PoolStats): PoolInstruments {
  const labels = { pool };
  const gauge = (name: string, help: string, value: (stats: PoolStats) => number): void =>
    telemetry.observedGauge(name, help, () => value(read()), labels);
  gauge('telltale_pool_size', 'Resources that the pool holds', ({ size }) => size);
  gauge('telltale_pool_idle', 'Resources of the pool that are free', ({ idle }) => idle);
  gauge('telltale_pool_in_use', 'Resources of the pool that are lent', ({ inUse }) => inUse);
  gauge('telltale_pool_waiters', 'Callers that wait for a resource of the pool', ({ waiters }) => waiters);
  gauge('telltale_pool_limit', 'The most resources that the pool may hold', ({ max }) => max);
  const waits = telemetry.histogram(
    'telltale_pool_acquire_seconds',
    'Time from asking for a resource of the pool to having it',
    SECONDS_BUCKETS,
    labels,
  );
  const counter = (name: string, help: string): { add(by?: number): void } => telemetry.counter(name, help, labels);
  const exhausted = counter(
    'telltale_pool_exhausted_total',
    'Acquisitions that found nothing free and no room to grow',
  );
  const timedOut = counter(
    'telltale_pool_timeouts_total',
    'Acquisitions that were given up after waiting, or refused at once',
  );
  const leaked = counter('telltale_pool_leaked_total', 'Resources that were lent and not given back');
  const failed = counter('telltale_pool_failures_total', 'Resources that could not be made, reset or validated');
  return {
    acquired: (waited) => waits.observe(waited / 1000),
    exhausted: () => exhausted.add(),
    timedOut: () => timedOut.add(),
    leaked: () => leaked.add(),
    failed: () => failed.add(),
  };
}
