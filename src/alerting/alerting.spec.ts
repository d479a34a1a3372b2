import { Labels } from '../domain/labels';
import type { HttpRequest } from './channels/http';
import { testAlerting } from './testing/test-alerting';

const FILE = `
route: {receiver: hook, group_by: [alertname], group_wait: 10s, group_interval: 1m, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: 'http://hook.example/'}]}]
`;

test('an alert is told after group_wait, and once more when it is over', async () => {
  const requests: HttpRequest[] = [];
  const { alerting, clock } = testAlerting(
    {},
    {
      alertmanagerFile: { path: '/alertmanager.yml', text: FILE },
      transport: (request) => {
        requests.push(request);
        return Promise.resolve({ status: 200, headers: {}, body: '' });
      },
    },
  );
  await alerting.start();
  const alert = { labels: Labels.of({ alertname: 'Slow' }), annotations: {}, generatorUrl: '' };
  await alerting.post([alert]);
  await clock.advance(9_999);
  expect(requests).toHaveLength(0);
  await clock.advance(1);
  expect(requests).toHaveLength(1);
  await alerting.post([{ ...alert, endsAt: clock.now() }]);
  await clock.advance(60_000);
  expect(requests.map(({ body }) => JSON.parse(String(body)).status)).toEqual(['firing', 'resolved']);
  await alerting.stop();
});

test('who took up which firing is remembered beyond the alert, and taken back with it', async () => {
  const { alerting, clock } = testAlerting(
    {},
    {
      alertmanagerFile: { path: '/alertmanager.yml', text: FILE },
      transport: () => Promise.resolve({ status: 200, headers: {}, body: '' }),
    },
  );
  await alerting.start();
  const begin = clock.now();
  const alertOf = (alertname: string) => ({ labels: Labels.of({ alertname }), annotations: {}, generatorUrl: '' });
  await alerting.post([alertOf('Slow'), alertOf('Down')]);
  for (const name of ['Slow', 'Down']) await alerting.acknowledge(alertOf(name).labels.fingerprint, 'me', '');
  await alerting.unacknowledge(alertOf('Down').labels.fingerprint);
  await clock.advance(60_000);
  expect([...(await alerting.acknowledged.firings(begin, clock.now()))]).toEqual([['Slow', 1]]);
  await alerting.stop();
});
