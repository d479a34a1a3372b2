import { startAlertingServer } from '../../../test/harness/alerting-server';
import type { AlertingServer } from '../../../test/harness/alerting-server';
import { Labels } from '../../domain/labels';
import { runCommand } from '../run';
import { explain } from './explain';
import { withExplainAlert } from './explain-alert';
import { silence } from './silence';

describe('against a running stack', () => {
  let server: AlertingServer;
  beforeAll(async () => {
    server = await startAlertingServer(
      '{route: {receiver: ops, group_by: [alertname]}, receivers: [{name: ops, file_configs: [{path: /dev/null}]}]}',
    );
  });
  afterAll(() => server.stop());

  async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const written = { out: '', err: '' };
    const code = await runCommand(args, [silence, withExplainAlert(explain)], () => ({
      out: (text) => void (written.out += text),
      err: (text) => void (written.err += text),
      readStdin: () => Promise.resolve(''),
      interactive: false,
      columns: 100,
      signal: new AbortController().signal,
      cwd: '/',
      stackUrl: server.url,
    }));
    return { code, ...written };
  }

  test('silence add, list, expire', async () => {
    const added = await run(
      'silence',
      'add',
      '--for',
      '2h',
      '--author',
      'me',
      '--comment',
      'moving the cache',
      'Slow',
      'model=~gpt.*',
    );
    expect(added).toMatchObject({ code: 0, err: '' });
    const id = added.out.trim();
    const listed = await run('silence', 'list');
    expect(listed.out).toContain(id);
    expect(listed.out).toMatch(/active\s+alertname="Slow" model=~"gpt\.\*"\s+.*\(in 1h59m|\(in 2h/);
    expect(JSON.parse((await run('silence', 'list', '--json', 'alertname=Other')).out)).toEqual([]);
    expect((await run('silence', 'expire', id)).code).toBe(0);
    expect((await run('silence', 'list')).out).toBe('No silences.\n');
    expect((await run('silence', 'list', '--expired')).out).toContain('moving the cache');
  });

  test('a recurring silence', async () => {
    const { out } = await run(
      'silence',
      'add',
      '--for',
      '30d',
      '--times',
      '02:00-03:00',
      '--weekdays',
      'monday:friday',
      'Nightly',
    );
    const [found] = JSON.parse((await run('silence', 'list', '--json', 'alertname=Nightly')).out);
    expect(found).toMatchObject({
      id: out.trim(),
      recurrence: { times: [{ start_time: '02:00', end_time: '03:00' }], weekdays: ['monday:friday'] },
    });
  });

  test('wrong use is told', async () => {
    expect(await run('silence', 'add', 'x=~".*"')).toMatchObject({
      code: 2,
      err: expect.stringContaining('must not match the empty string'),
    });
    expect(await run('silence', 'expire', '11111111-1111-4111-8111-111111111111')).toMatchObject({
      code: 2,
      err: expect.stringContaining('not found'),
    });
  });

  test('explain alert', async () => {
    await server.alerting.post([
      { labels: Labels.of({ alertname: 'Slow', model: 'm' }), annotations: {}, generatorUrl: '' },
    ]);
    const { code, out } = await run('explain', 'alert', 'Slow');
    expect(code).toBe(0);
    expect(out).toMatch(/\{alertname="Slow", model="m"\} {2}firing since/);
    expect(out).toContain('to ops (ops/file/0)');
    expect(out).toMatch(/waits group_wait \(30s\)/);
    expect(out).toContain('last notified never; next possible');
    expect(await run('explain', 'alert', 'Nothing')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no alert matches Nothing'),
    });
  });
});
