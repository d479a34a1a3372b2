import { Labels } from '../domain/labels';
import { playNotifications } from './play';

test('alerts are played through routes, without anything leaving', async () => {
  const start = Date.UTC(2026, 0, 5);
  const alert = { labels: Labels.of({ alertname: 'Slow', team: 'a' }), annotations: {}, generatorUrl: '' };
  const played = await playNotifications({
    directory: '/',
    start,
    end: start + 3_600_000,
    alerts: [
      { at: start + 60_000, alerts: [{ ...alert, endsAt: start + 7_200_000 }] },
      { at: start + 120_000, alerts: [{ ...alert, endsAt: start + 120_000 }] },
    ],
    alertmanagerFile: {
      path: '/am.yml',
      text: `
global: {smtp_smarthost: 'mail:25', smtp_from: a@example.com}
route: {receiver: all, routes: [{matchers: ['team="a"'], receiver: mail}]}
receivers: [{name: all, webhook_configs: [{url: http://x}]}, {name: mail, email_configs: [{to: b@example.com, send_resolved: true}]}]
`,
    },
  });
  expect(played.map(({ at, integration, status }) => [(at - start) / 1000, integration, status])).toEqual([
    [90, 'mail/email/0', 'firing'],
    [390, 'mail/email/0', 'resolved'],
  ]);
});
