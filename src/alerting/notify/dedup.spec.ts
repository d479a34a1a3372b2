import { Labels } from '../../domain/labels';
import { mergeAlerts, toStored } from '../intake/stored-alert';
import type { StoredAlert } from '../intake/stored-alert';
import { decide, nextEntry } from './dedup';
import type { LogEntry } from './dedup';

const identity = { key: 'k', groupKey: 'g', integration: 'i', receiver: 'r' };
const entry = (firing: string, resolved = '', owed = firing): LogEntry => ({
  ...identity,
  timestamp: 1000,
  expiresAt: 1e9,
  firing: [...firing],
  resolved: [...resolved],
  owed: [...owed],
});

// One letter is one alert.
test.each<[string, LogEntry | undefined, string, string, boolean, number, string | undefined]>([
  ['nothing was said, something fires', undefined, 'a', '', true, 1000, 'first notification'],
  ['nothing was said, nothing fires', undefined, '', 'a', true, 1000, undefined],
  ['one more fires', entry('a'), 'ab', '', true, 1000, 'new alerts added'],
  ['all was over, one fires anew', entry('', 'a', ''), 'a', '', true, 1000, 'first notification'],
  ['all is over', entry('ab'), '', 'ab', true, 1000, 'all alerts resolved'],
  [
    'all is over, and that is not wanted: still decided, for the log',
    entry('ab'),
    '',
    'ab',
    false,
    1000,
    'all alerts resolved',
  ],
  ['all was over already', entry('', 'ab', ''), '', 'ab', true, 1000, undefined],
  ['one of two is over', entry('ab'), 'a', 'b', true, 1000, 'some alerts resolved'],
  ['one of two is over, not wanted', entry('ab'), 'a', 'b', false, 1000, undefined],
  ['nothing changed', entry('ab'), 'ab', '', true, 1100, undefined],
  ['exactly the repeat interval later', entry('ab'), 'ab', '', true, 1100, undefined],
  ['a bit more than that', entry('ab'), 'ab', '', true, 1101, 'repeat interval elapsed'],
  ['one left the firing set by being muted', entry('ab'), 'a', '', true, 1000, undefined],
  ['a muted one that was told is over', entry('', '', 'a'), '', 'a', true, 1000, 'all alerts resolved'],
])('%s', (_name, known, firing, resolved, sendResolved, at, want) => {
  expect(decide(known, { firing: [...firing], resolved: [...resolved], sendResolved, repeatInterval: 100 }, at)).toBe(
    want,
  );
});

test('what is owed lives on until it is told', () => {
  const first = nextEntry(
    undefined,
    identity,
    { firing: ['a', 'b'], resolved: [], sendResolved: true, repeatInterval: 100 },
    1,
    1000,
  );
  const muted = nextEntry(
    first,
    identity,
    { firing: ['b'], resolved: [], sendResolved: true, repeatInterval: 100 },
    2,
    1000,
  );
  expect(muted.owed).toEqual(['a', 'b']);
  const over = nextEntry(
    muted,
    identity,
    { firing: ['b'], resolved: ['a'], sendResolved: true, repeatInterval: 100 },
    3,
    1000,
  );
  expect(over).toMatchObject({ owed: ['b'], resolved: ['a'], expiresAt: 203 });
});

describe('merging two alerts of one label set', () => {
  const labels = Labels.of({ alertname: 'x' });
  const alert = (startsAt: number, endsAt: number, updatedAt: number, timeout = false): StoredAlert => ({
    labels,
    annotations: { at: String(updatedAt) },
    startsAt,
    endsAt,
    updatedAt,
    timeout,
    generatorUrl: '',
  });
  test.each<[string, StoredAlert, StoredAlert, Partial<StoredAlert>]>([
    [
      'overlap: the earliest start, the newest annotations',
      alert(10, 100, 1),
      alert(20, 90, 2),
      { startsAt: 10, annotations: { at: '2' } },
    ],
    ['no overlap: the newer takes the place', alert(10, 20, 1), alert(30, 100, 2), { startsAt: 30, endsAt: 100 }],
    [
      'a named end beats a guessed one that is earlier',
      alert(10, 100, 1),
      alert(20, 90, 2, true),
      { endsAt: 100, timeout: false },
    ],
    ['a guessed end never beats the newer', alert(10, 100, 1, true), alert(20, 90, 2), { endsAt: 90 }],
    ['both over: the latest end', alert(10, 48, 1), alert(20, 45, 2), { endsAt: 48 }],
    ['the end comes', alert(10, 100, 1), alert(40, 45, 2), { startsAt: 10, endsAt: 45 }],
  ])('%s', (_name, older, newer, want) => {
    expect(mergeAlerts(older, newer, 50)).toMatchObject(want);
    expect(mergeAlerts(newer, older, 50)).toMatchObject(want);
  });

  test.each([
    [{}, { startsAt: 50, endsAt: 350, timeout: true }],
    [{ endsAt: 40 }, { startsAt: 40, endsAt: 40, timeout: false }],
    [{ startsAt: 20 }, { startsAt: 20, endsAt: 350, timeout: true }],
  ])('times that were left out: %j', (given, want) => {
    expect(toStored({ labels, annotations: {}, generatorUrl: '', ...given }, 50, 300)).toMatchObject(want);
  });
});
