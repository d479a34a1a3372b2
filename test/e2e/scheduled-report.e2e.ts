import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { cli, freePort, serve, temporaryFolder } from '../harness/served-stack';

const folder = temporaryFolder();

/** A mail server that keeps what it gets. */
async function mailServer(port: number): Promise<{ mails: ParsedMail[]; stop(): Promise<void> }> {
  const mails: ParsedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, _session, done) => {
      simpleParser(stream)
        .then((mail) => {
          mails.push(mail);
          done();
        })
        .catch(done);
    },
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return { mails, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function until(what: string, condition: () => boolean | Promise<boolean>, limit = 180_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${limit / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('a report is mailed by hand and by itself; a mail server that is down and a kill lose and double nothing', async () => {
  const port = await freePort();
  writeFileSync(
    join(folder, 'telltale.yaml'),
    `alerting:
  route: { receiver: team }
  receivers:
    - name: team
      email_configs: [{ to: team@example.com, send_resolved: true }]
  global: { smtp_smarthost: '127.0.0.1:${port}', smtp_from: telltale@example.com, smtp_require_tls: false }
  delivery: { initialBackoff: 500ms, maxBackoff: 1s }
reports:
  schedules:
    - { name: minutely, cron: '* * * * *', period: 1h, receivers: [team/email] }
`,
  );
  let mail = await mailServer(port);
  let stack = await serve(folder);
  const telltale = (...args: string[]) =>
    spawnSync(process.execPath, [cli, 'report', '--url', stack.url, ...args], { encoding: 'utf8' });
  try {
    const tried = telltale('--dry-run', 'minutely');
    expect(`${tried.stdout}${tried.stderr}`).toContain('would go to team/email/0');
    const sent = telltale('--send', 'minutely');
    expect(`${sent.stdout}${sent.stderr}`).toContain('on its way to team/email/0');
    await until('the mail sent by hand', () => mail.mails.length > 0);
    const [first] = mail.mails;
    expect(first?.subject).toMatch(/^Report minutely, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d: nothing to change$/);
    expect(first?.text).toContain(`/api/stack/reports?`);
    expect(first?.text).toContain('Recommendations (0)');
    expect(first?.html).toContain('Performance report');
    expect(first?.attachments.map(({ contentType }) => contentType)).toEqual(['text/html']);
    // The link leads to the page.
    const link = /http\S+/.exec(first?.text ?? '')?.[0] ?? '';
    const page = await fetch(link.replace(/^http:\/\/[^/]+/, stack.url));
    expect(await page.text()).toContain('Performance report');

    await mail.stop();
    const scheduled = async (): Promise<string> =>
      JSON.stringify(await (await fetch(`${stack.url}/api/stack/report-schedules`)).json());
    await until('the scheduled report waits', async () => (await scheduled()).includes('"underway"'));
    await until('its failure is shown', async () => /"underway","error":"[^"]*ECONNREFUSED/.test(await scheduled()));
    const listed = telltale('--schedules');
    expect(listed.stdout).toContain('team/email/0 underway: ');
    await stack.end('SIGKILL');

    mail = await mailServer(port);
    stack = await serve(folder);
    await until('the mail after the outage', () => mail.mails.length > 0);
    await until('its delivery is shown', async () => (await scheduled()).includes('"delivered"'));
    // One report for each minute that was due, and each once.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const ids = mail.mails.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(first?.messageId);
  } finally {
    await stack.end();
    await mail.stop();
  }
}, 240_000);
