import { testAlerting } from '../testing/test-alerting';

test('an attempt ends at the channel’s own time limit, which cannot exceed the common one', async () => {
  const hooks = [{ url: 'http://a', timeout: '500ms' }, { url: 'http://b', timeout: '1h' }, { url: 'http://c' }];
  const { alerting, clock } = testAlerting(
    {
      delivery: { timeout: '10s' },
      route: { receiver: 'hook' },
      receivers: [{ name: 'hook', webhook_configs: hooks }],
    },
    {
      transport: ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    },
  );
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
