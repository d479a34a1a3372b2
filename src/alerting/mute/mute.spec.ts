import { ManualClock } from '../../base/testing/manual-clock';
import { MemoryStateStore } from '../../storage/memory/memory-state-store';
import { parseMatchers } from '../config/matchers';
import { toTimeInterval } from '../config/time-intervals';
import { contains, nextChange } from './time-interval';
import { Silences } from './silences';

describe('time intervals', () => {
  test.each([
    [{ times: [{ start_time: '09:00', end_time: '17:00' }] }, '2026-01-05T09:00:00Z', true],
    [{ times: [{ start_time: '09:00', end_time: '17:00' }] }, '2026-01-05T17:00:00Z', false],
    [{ times: [{ start_time: '23:00', end_time: '24:00' }] }, '2026-01-05T23:59:59Z', true],
    [{ weekdays: ['monday:friday'] }, '2026-01-05T00:00:00Z', true],
    [{ weekdays: ['Saturday', 'sunday'] }, '2026-01-05T00:00:00Z', false],
    [{ weekdays: ['0'] }, '2026-01-04T12:00:00Z', true],
    [{ days_of_month: ['1:5'] }, '2026-01-05T00:00:00Z', true],
    [{ days_of_month: ['-1'] }, '2026-02-28T00:00:00Z', true],
    [{ days_of_month: ['-3:-1'] }, '2026-01-28T00:00:00Z', false],
    [{ days_of_month: ['25:31'] }, '2026-02-28T00:00:00Z', true],
    [{ days_of_month: ['30:31'] }, '2026-02-28T00:00:00Z', false],
    [{ months: ['may:august', 'december'] }, '2026-12-01T00:00:00Z', true],
    [{ months: ['1:3'] }, '2026-04-01T00:00:00Z', false],
    [{ years: ['2026'] }, '2026-04-01T00:00:00Z', true],
    [{ years: ['2020:2022'] }, '2026-04-01T00:00:00Z', false],
    [
      { weekdays: ['monday'], times: [{ start_time: '00:00', end_time: '01:00' }], location: 'America/New_York' },
      '2026-01-06T05:30:00Z',
      false,
    ],
    [
      { weekdays: ['monday'], times: [{ start_time: '00:00', end_time: '01:00' }], location: 'America/New_York' },
      '2026-01-05T05:30:00Z',
      true,
    ],
    [{ times: [{ start_time: '12:00', end_time: '13:00' }], location: 'Asia/Kathmandu' }, '2026-01-05T06:15:00Z', true],
    [{ times: [{ start_time: '02:30', end_time: '03:30' }], location: 'Europe/Berlin' }, '2026-03-29T01:15:00Z', true],
    [{}, '2026-01-05T00:00:00Z', true],
  ])('%j at %s: %s', (source, at, want) => {
    expect(contains(toTimeInterval(source), Date.parse(at))).toBe(want);
  });

  test('the next change is on its minute', () => {
    const night = toTimeInterval({ times: [{ start_time: '22:00', end_time: '24:00' }] });
    expect(nextChange([night], Date.parse('2026-01-05T21:00:30Z'))).toBe(Date.parse('2026-01-05T22:00:00Z'));
    expect(nextChange([night], Date.parse('2026-01-05T22:00:00Z'))).toBe(Date.parse('2026-01-06T00:00:00Z'));
    expect(nextChange([], 0)).toBeUndefined();
  });
});

describe('silences', () => {
  const HOUR = 3_600_000;
  async function build() {
    const clock = new ManualClock();
    const state = new MemoryStateStore();
    return { clock, state, silences: new Silences(state, clock, () => ({ retention: 120 * HOUR, capacity: 3 })) };
  }
  const request = (at: number, more: object = {}) => ({
    matchers: parseMatchers('alertname=Slow'),
    startsAt: at,
    endsAt: at + HOUR,
    createdBy: 'me',
    comment: '',
    ...more,
  });

  test('a start in the past becomes now; the state follows the clock', async () => {
    const { clock, silences } = await build();
    const id = await silences.set(request(clock.now() - 1000));
    const silence = silences.get(id);
    expect(silence?.startsAt).toBe(clock.now());
    expect(silence && silences.stateOf(silence)).toBe('active');
    await clock.advance(HOUR);
    expect(silence && silences.stateOf(silence)).toBe('expired');
  });

  test('a change of the end happens in place, a change of the matchers makes a new one', async () => {
    const { clock, silences } = await build();
    const at = clock.now();
    const id = await silences.set(request(at));
    expect(await silences.set(request(at, { id, endsAt: at + 2 * HOUR }))).toBe(id);
    const other = await silences.set(request(at, { id, matchers: parseMatchers('alertname=Other') }));
    expect(other).not.toBe(id);
    const old = silences.get(id);
    expect(old?.endsAt).toBe(at);
  });

  test('a pending one may begin later in place, an active one may not', async () => {
    const { clock, silences } = await build();
    const at = clock.now();
    const pending = await silences.set(request(at + HOUR, { endsAt: at + 3 * HOUR }));
    expect(await silences.set(request(at + 2 * HOUR, { id: pending, endsAt: at + 3 * HOUR }))).toBe(pending);
    const active = await silences.set(request(at));
    expect(await silences.set(request(at + 5000, { id: active }))).not.toBe(active);
  });

  test('expiring a pending one ends it before it begins', async () => {
    const { clock, silences } = await build();
    const id = await silences.set(request(clock.now() + HOUR, { endsAt: clock.now() + 2 * HOUR }));
    await silences.expire(id);
    expect(silences.get(id)).toMatchObject({ startsAt: clock.now(), endsAt: clock.now() });
  });

  test.each([
    ['an unknown id', { id: 'nope' }, 'not found'],
    ['no matchers', { matchers: [] }, 'at least one matcher required'],
    ['matchers that match everything', { matchers: parseMatchers('a=~".*"') }, 'must not match the empty string'],
    ['an end before the start', { endsAt: 0 }, 'start time must be before end time'],
  ])('%s is refused', async (_name, more, message) => {
    const { clock, silences } = await build();
    await expect(silences.set(request(clock.now(), more))).rejects.toThrow(message);
  });

  test('there is a bound', async () => {
    const { clock, silences } = await build();
    for (let n = 0; n < 3; n++) await silences.set(request(clock.now()));
    await expect(silences.set(request(clock.now()))).rejects.toThrow('exceeded maximum number of silences: 3');
  });

  test('what was acknowledged is there after a restart, and is forgotten in the end', async () => {
    const { clock, state, silences } = await build();
    const id = await silences.set(request(clock.now()));
    const again = new Silences(state, clock, () => ({ retention: HOUR, capacity: 3 }));
    await again.load();
    expect(again.get(id)?.matchers.map(String)).toEqual(['alertname="Slow"']);
    await clock.advance(3 * HOUR);
    await again.collect(clock.now());
    expect(again.all()).toEqual([]);
  });
});
