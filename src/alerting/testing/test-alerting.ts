import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import { MemoryStateStore } from '../../storage/memory/memory-state-store';
import { Alerting } from '../alerting';
import type { AlertingOptions } from '../alerting';
import { alertingConfig } from '../alerting.config';

/** Alerting in virtual time over a state in memory. */
export function testAlerting(
  section: unknown,
  around: Partial<AlertingOptions> & Pick<AlertingOptions, 'transport'>,
): { alerting: Alerting; clock: ManualClock } {
  const clock = new ManualClock();
  const alerting = new Alerting({
    state: new MemoryStateStore(),
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    random: () => 0.5,
    config: alertingConfig.parse(section),
    externalUrl: 'http://telltale.example',
    directory: '/',
    ...around,
  });
  return { alerting, clock };
}
