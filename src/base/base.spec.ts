import { backoffDelay } from './backoff';
import { BoundedQueue } from './bounded-queue';
import { systemClock } from './clock';
import { closest } from './closest';
import { DurationSyntaxError, formatDuration, parseDuration } from './duration';
import { fnv1a64 } from './fingerprint';
import { randomHex, randomUuid, seededRandom } from './ids';
import { createLogger } from './logger';
import { Registry } from './registry';
import { Secret } from './secret';
import { ManualClock } from './testing/manual-clock';
import { Ticker } from './ticker';

describe('durations', () => {
  test.each([
    ['0', 0, '0s'],
    ['5m', 300_000, '5m'],
    ['1h30m', 5_400_000, '1h30m'],
    ['250ms', 250, '250ms'],
    ['1d12h', 129_600_000, '1d12h'],
    ['2w', 1_209_600_000, '2w'],
    ['90s', 90_000, '1m30s'],
  ])('%s is %d ms, written %s', (text, millis, written) => {
    expect(parseDuration(text)).toBe(millis);
    expect(formatDuration(millis)).toBe(written);
  });

  test.each(['', '5', 'm', '5 m', '1m1h', '1m1m', '1.5h', '-5m', '99999999999y'])('%p is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(DurationSyntaxError);
  });
});

test('a bounded queue keeps order across its seam, refuses at the bound and counts it', () => {
  const queue = new BoundedQueue<number>(2);
  expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false]);
  expect([queue.shift(), queue.push(4), queue.peek(), queue.fullRatio, queue.refused]).toEqual([1, true, 2, 1, 1]);
  expect([queue.shift(), queue.shift(), queue.shift(), queue.size]).toEqual([2, 4, undefined, 0]);
});

test('a ticker runs at multiples of its period, one at a time, and leaves no timer', async () => {
  const clock = new ManualClock(10_500);
  const ticks: number[] = [];
  const ticker = new Ticker(clock, 1000, async (at) => {
    ticks.push(at);
    if (ticks.length === 1) await clock.sleep(2500);
  });
  ticker.start();
  await clock.advance(5000);
  ticker.stop();
  expect(ticks).toEqual([11_000, 14_000, 15_000]);
  expect(clock.pending).toBe(0);
});

test('a sleep ends with its signal', async () => {
  const abort = new AbortController();
  const slept = systemClock.sleep(60_000, abort.signal);
  abort.abort(new Error('enough'));
  await expect(slept).rejects.toThrow('enough');
});

test('backoff grows to its cap and stays within half and whole', () => {
  const at = (attempt: number, random: number) => backoffDelay(attempt, { initial: 100, max: 1000 }, () => random);
  expect([at(1, 0), at(1, 1), at(3, 0), at(9, 1)]).toEqual([50, 100, 200, 1000]);
});

test('randomness is reproducible by seed and ids have their form', () => {
  const take = (seed: number) => Array.from({ length: 3 }, seededRandom(seed));
  expect(take(7)).toEqual(take(7));
  expect(take(7)).not.toEqual(take(8));
  expect(randomHex(16)).toMatch(/^[0-9a-f]{32}$/);
  expect(randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test.each([
  ['prot', 'port'],
  ['recieved', 'received'],
  ['colour', undefined],
])('the nearest word to %s is %s', (word, want) => {
  expect(closest(word, ['port', 'received', 'timeout'])).toBe(want);
});

test('a registry names the known, hints at the near and refuses doubles', () => {
  const registry = new Registry('channel', [{ name: 'webhook' }, { name: 'email' }]);
  expect(registry.get('email').name).toBe('email');
  expect(() => registry.get('webhok')).toThrow('no channel named "webhok"; did you mean "webhook"?');
  expect(() => registry.get('carrier pigeon')).toThrow('known: email, webhook');
  expect(() => new Registry('channel', [{ name: 'a' }, { name: 'a' }])).toThrow('two channels named "a"');
});

test('a secret shows itself only when asked', () => {
  const secret = new Secret('hunter2');
  expect([String(secret), JSON.stringify({ secret }), secret.reveal()]).toEqual([
    '<redacted>',
    '{"secret":"<redacted>"}',
    'hunter2',
  ]);
});

test('log lines are logfmt and respect the level', () => {
  const lines: string[] = [];
  const logger = createLogger(
    (line) => lines.push(line),
    'info',
    () => 0,
  );
  logger.debug('not shown');
  logger.warn('disk is filling', { path: '/data', usedRatio: 0.9, note: 'two words', absent: undefined });
  expect(lines).toEqual([
    'ts=1970-01-01T00:00:00.000Z level=warn msg="disk is filling" path=/data usedRatio=0.9 note="two words"\n',
  ]);
});

test('fingerprints are FNV-1a', () => {
  expect(fnv1a64(new TextEncoder().encode('foobar')).toString(16)).toBe('85944171f73967e8');
});
