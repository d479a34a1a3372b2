import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { Alerting, alertingConfig } from '../../src/alerting';
import { systemClock } from '../../src/base/clock';
import { systemRandom } from '../../src/base/ids';
import { silentLogger } from '../../src/base/logger';
import { noTelemetry } from '../../src/base/telemetry';
import { Labels } from '../../src/domain/labels';
import { MemoryStateStore } from '../../src/storage/memory/memory-state-store';
import { freePort } from '../harness/served-stack';

/** The outage, with all waits shortened by the same factor: ten minutes in five seconds. */
const SCALE = 120;
const OUTAGE = 600_000 / SCALE;
const ALERTS = 20;

test('the mail server is down for ten minutes: all mails arrive after, in order, once', async () => {
  const port = await freePort();
  const subjects: string[] = [];
  const alerting = new Alerting({
    state: new MemoryStateStore(),
    clock: systemClock,
    logger: silentLogger,
    telemetry: noTelemetry,
    random: systemRandom,
    config: alertingConfig.parse({ delivery: { initialBackoff: 500 / SCALE, maxBackoff: 60_000 / SCALE } }),
    externalUrl: 'http://telltale.example',
    directory: '/',
    alertmanagerFile: {
      path: '/outage.yml',
      text: `
global: {smtp_smarthost: '127.0.0.1:${port}', smtp_from: telltale@example.com, smtp_require_tls: false}
route: {receiver: mail, group_by: ['...'], group_wait: 0s, group_interval: 500ms, repeat_interval: 4h}
receivers: [{name: mail, email_configs: [{to: ops@example.com, send_resolved: true, headers: {Subject: '{{ .Status }} {{ .GroupLabels.n }}'}}]}]
`,
    },
  });
  await alerting.start();
  const alertOf = (n: number) => ({
    labels: Labels.of({ alertname: 'Down', n: String(n) }),
    annotations: {},
    generatorUrl: '',
  });
  const want: string[] = [];
  for (let n = 0; n < ALERTS; n++) {
    await alerting.post([alertOf(n)]);
    want.push(`firing ${n}`);
    await new Promise((resolve) => setTimeout(resolve, OUTAGE / ALERTS / 2));
  }
  // Half of them are over before anyone could be told.
  for (let n = 0; n < ALERTS; n += 2) await alerting.post([{ ...alertOf(n), endsAt: Date.now() }]);
  await new Promise((resolve) => setTimeout(resolve, OUTAGE / 2));
  expect(subjects).toEqual([]);

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, _session, done) => {
      simpleParser(stream)
        .then((mail) => {
          subjects.push(mail.subject ?? '');
          done();
        })
        .catch(done);
    },
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  try {
    const deadline = Date.now() + 60_000;
    while (subjects.length < ALERTS * 1.5 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 700));
    const firing = subjects.filter((subject) => subject.startsWith('firing'));
    expect(firing).toEqual(want);
    expect(subjects.filter((subject) => subject.startsWith('resolved')).sort()).toEqual(
      Array.from({ length: ALERTS / 2 }, (_, k) => `resolved ${k * 2}`).sort(),
    );
    for (let n = 0; n < ALERTS; n += 2)
      expect(subjects.indexOf(`resolved ${n}`)).toBeGreaterThan(subjects.indexOf(`firing ${n}`));
  } finally {
    await alerting.stop();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}, 240_000);
