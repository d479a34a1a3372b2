import { recordDecision } from '../../shared/telemetry';
import type { Clock, Millis, Timer } from '../../../base/clock';
import type { Telemetry } from '../../../base/telemetry';
import type { DemandForecaster } from '../../shared/demand-forecast';
import type { ObjectPool } from '../../resources/object-pool/object-pool';

/** How a pool opens connections ahead of need. */
export interface WarmUpOptions {
  /** Makes the forecaster of one share; default `PeriodicDemand`. */
  forecaster?(): DemandForecaster;
  /** Length of a slot: demand is foretold for the next two; default 5 s. Bursts may repeat after 3 to 720 slots. */
  readonly slot?: Millis;
}

/** Watches the demand for one pool, slot by slot, and opens connections before a rise that is foretold. */
export class PoolWarmer {
  private peak = 0;
  private timer: Timer | undefined;

  constructor(
    name: string,
    private readonly pool: ObjectPool<unknown>,
    private readonly forecast: DemandForecaster,
    private readonly slot: Millis,
    private readonly clock: Clock,
    telemetry: Telemetry,
  ) {
    const labels = { pool: name };
    telemetry.observedGauge(
      'telltale_pool_forecast_precision_ratio',
      'Part of the rises of demand foretold that came true, acted on or not',
      () => forecast.precision,
      labels,
    );
    telemetry.observedGauge(
      'telltale_pool_forecast_active',
      '1 while forecasts pay and are acted on, else 0',
      () => (forecast.pays ? 1 : 0),
      labels,
    );
    const warmed = telemetry.counter('telltale_pool_warmed_total', 'Resources made ahead of a foretold rise', labels);
    this.arm((count) => warmed.add(count));
  }

  /** Told before each acquisition. */
  onAcquire(): void {
    const { inUse, waiters } = this.pool.stats;
    this.peak = Math.max(this.peak, inUse + waiters + 1);
  }

  stop(): void {
    this.timer?.cancel();
  }

  private arm(count: (warmed: number) => void): void {
    this.timer = this.clock.schedule(this.slot, () => {
      this.arm(count);
      this.endSlot(count);
    });
  }

  private endSlot(count: (warmed: number) => void): void {
    const { inUse, waiters, size, max } = this.pool.stats;
    this.forecast.observe(Math.max(this.peak, inUse + waiters));
    this.peak = 0;
    const wanted = Math.min(max, this.forecast.expected ?? 0);
    if (wanted <= size) return;
    recordDecision('pool.warm_up', { 'telltale.pool.wanted': wanted, 'telltale.pool.size': size });
    // A server that is not to be had now will be asked again by whoever needs a connection.
    void this.pool.warmUp(wanted).then(count, () => undefined);
  }
}
