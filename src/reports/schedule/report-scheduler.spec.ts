import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import type { StateStore } from '../../storage';
import { MemoryStateStore } from '../../storage/memory/memory-state-store';
import { reportsConfig } from '../reports.config';
import { ReportScheduler } from './report-scheduler';
import type { MessageRequest } from './report-scheduler';
import type { ReportMessage, ReportSink } from './report-sink';

const DAY = 86_400_000;
/** A Wednesday. */
const BEGIN = Date.parse('2026-03-18T12:00Z');
const WEEKLY = reportsConfig.parse({ schedules: [{ name: 'weekly', at: 'Mon 08:00', receivers: ['ops'] }] });

/** A sink that keeps what it gets, on disk together with the changes. */
class Inbox implements ReportSink {
  readonly messages: ReportMessage[] = [];
  refusals = 0;

  constructor(private readonly state: StateStore) {}

  audience(receivers: readonly string[]) {
    return { channels: receivers.filter((name) => name !== 'gone').map((name) => `${name}/email/0`), faults: [] };
  }

  async send(...[message, receivers, changes]: Parameters<ReportSink['send']>) {
    if (this.refusals > 0) {
      this.refusals--;
      throw new Error('the disk is full');
    }
    await this.state.commit(changes);
    this.messages.push(message);
    return this.audience(receivers).channels;
  }

  deliveries() {
    return Promise.resolve([{ channel: 'ops/email/0', state: 'delivered' as const }]);
  }
}

function around() {
  const state = new MemoryStateStore();
  const clock = new ManualClock(BEGIN);
  const inbox = new Inbox(state);
  const requests: MessageRequest[] = [];
  const faults: string[] = [];
  const create = () =>
    new ReportScheduler({
      state,
      clock,
      logger: silentLogger,
      telemetry: noTelemetry,
      sink: inbox,
      externalUrl: 'http://telltale.example/',
      make: (request) => {
        requests.push(request);
        const fault = faults.shift();
        if (fault !== undefined) return Promise.reject(new Error(fault));
        return Promise.resolve({ title: request.name, summary: [], text: '', html: '' });
      },
    });
  return { clock, inbox, requests, faults, create };
}

const iso = (at: number | null | undefined): string => new Date(at ?? 0).toISOString().slice(0, 16);

test('is sent every week, about the whole week before, with a link to the page', async () => {
  const { clock, inbox, requests, create } = around();
  const scheduler = create();
  await scheduler.start(WEEKLY);
  await clock.advance(13 * DAY);
  expect(inbox.messages.map(({ at }) => iso(at))).toEqual(['2026-03-23T08:00', '2026-03-30T08:00']);
  expect(requests.map(({ period }) => `${iso(period.start)} ${iso(period.end)}`)).toEqual([
    '2026-03-16T00:00 2026-03-23T00:00',
    '2026-03-23T00:00 2026-03-30T00:00',
  ]);
  expect(requests[0]?.previous?.start).toBe(Date.parse('2026-03-09T00:00Z'));
  const url = new URL(inbox.messages[0]?.url ?? '');
  expect(url.origin + url.pathname).toBe('http://telltale.example/api/stack/reports');
  expect(url.searchParams.get('from')).toBe(String(requests[0]?.period.start));
  expect(inbox.messages[0]?.fileName).toBe('report-weekly-2026-03-23.html');
  await scheduler.stop();
});

test('a restart sends nothing twice; of the runs missed meanwhile the last is sent, once', async () => {
  const { clock, inbox, create } = around();
  const first = create();
  await first.start(WEEKLY);
  await clock.advance(5 * DAY);
  await first.stop();
  const second = create();
  await second.start(WEEKLY);
  await clock.advance(DAY);
  expect(inbox.messages).toHaveLength(1);
  await second.stop();
  await clock.advance(20 * DAY);
  expect(inbox.messages).toHaveLength(1);
  const third = create();
  await third.start(WEEKLY);
  await clock.advance(DAY);
  expect(inbox.messages.map(({ key }) => key)).toEqual([
    'report/weekly/2026-03-23T08:00:00.000Z',
    'report/weekly/2026-04-13T08:00:00.000Z',
  ]);
  await third.stop();
});

test('a schedule that is new has missed nothing', async () => {
  const { clock, inbox, create } = around();
  const scheduler = create();
  await scheduler.start(reportsConfig.parse({ schedules: [] }));
  await clock.advance(6 * DAY);
  await scheduler.reload(WEEKLY);
  await clock.advance(DAY);
  expect(inbox.messages).toEqual([]);
  expect((await scheduler.status())[0]).toMatchObject({ name: 'weekly', last: null, error: null });
  await scheduler.stop();
});

test('what cannot be made, or not be put on its way, is tried again and shown meanwhile', async () => {
  const { clock, inbox, requests, faults, create } = around();
  const scheduler = create();
  await scheduler.start(WEEKLY);
  faults.push('the ledger is not there', 'the ledger is not there');
  inbox.refusals = 1;
  await clock.advanceTo(Date.parse('2026-03-23T08:00:30Z'));
  expect((await scheduler.status())[0]).toMatchObject({
    error: 'the ledger is not there',
    retryAt: Date.parse('2026-03-23T08:01Z'),
    last: null,
  });
  // After one minute, two more, four more.
  await clock.advanceTo(Date.parse('2026-03-23T08:06:59Z'));
  expect(inbox.messages).toEqual([]);
  await clock.advanceTo(Date.parse('2026-03-23T08:07:01Z'));
  expect(requests).toHaveLength(4);
  expect(inbox.messages.map(({ key }) => key)).toEqual(['report/weekly/2026-03-23T08:00:00.000Z']);
  expect((await scheduler.status())[0]).toMatchObject({
    error: null,
    last: Date.parse('2026-03-23T08:00Z'),
    next: Date.parse('2026-03-30T08:00Z'),
    deliveries: [{ state: 'delivered' }],
  });
  await scheduler.stop();
});

test('by hand it is sent now, and the schedule stays as it is; a trial sends nothing', async () => {
  const { clock, inbox, create } = around();
  const scheduler = create();
  await scheduler.start(WEEKLY);
  const tried = await scheduler.send('weekly', { dryRun: true });
  expect(tried).toMatchObject({ channels: ['ops/email/0'], message: { title: 'weekly' } });
  expect(inbox.messages).toEqual([]);
  await scheduler.send('weekly', { dryRun: false });
  await clock.advance(5 * DAY);
  expect(inbox.messages.map(({ at }) => iso(at))).toEqual(['2026-03-18T12:00', '2026-03-23T08:00']);
  await expect(scheduler.send('monthly', { dryRun: true })).rejects.toThrow(/known: weekly/);
  await scheduler.reload(reportsConfig.parse({ schedules: [{ name: 'lost', receivers: ['gone'] }] }));
  await expect(scheduler.send('lost', { dryRun: false })).rejects.toThrow(/reaches nobody/);
  await scheduler.stop();
});
