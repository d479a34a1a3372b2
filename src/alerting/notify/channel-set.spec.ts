import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import { MemoryStateStore } from '../../storage/memory/memory-state-store';
import { Alerting } from '../alerting';
import { alertingConfig } from '../alerting.config';

test('an attempt ends at the channel’s own time limit, which cannot exceed the common one', async () => {
  const clock = new ManualClock();
  const alerting = new Alerting({
    state: new MemoryStateStore(),
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    random: () => 0.5,
    config: alertingConfig.parse({
      delivery: { timeout: '10s' },
      route: { receiver: 'hook' },
      receivers: [
        {
          name: 'hook',
          webhook_configs: [
            { url: 'http://a', timeout: '500ms' },
            { url: 'http://b', timeout: '1h' },
            { url: 'http://c' },
          ],
        },
      ],
    }),
    externalUrl: 'http://telltale.example',
    directory: '/',
    transport: ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  });
  const settled: string[] = [];
  const tested = alerting.testReceiver('hook').then((results) => {
    settled.push(...results.map(({ delivery }) => (delivery.kind === 'retry' ? delivery.message : delivery.kind)));
  });
  await clock.advance(10_000);
  await tested;
  expect(settled).toEqual([
    'no answer in time: no answer within 0.5 s',
    'no answer in time: no answer within 10 s',
    'no answer in time: no answer within 10 s',
  ]);
});
