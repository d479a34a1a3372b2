import { silentLogger } from './logger';
import { Lifecycle, StartFailedError } from './lifecycle';
import type { Part } from './lifecycle';
import { ManualClock } from './testing/manual-clock';

function house(clock = new ManualClock()) {
  const said: string[] = [];
  const lifecycle = new Lifecycle(clock, silentLogger, 1000);
  const part = (name: string, phase: Part['phase'], more: Partial<Part> = {}): Part => ({
    name,
    phase,
    start: () => void said.push(`+${name}`),
    stop: () => void said.push(`-${name}`),
    ...more,
  });
  return { clock, said, lifecycle, part };
}

test('starts by phase, whatever the order of adding, and stops in reverse', async () => {
  const { said, lifecycle, part } = house();
  for (const each of [part('web', 'http'), part('a', 'stores'), part('rules', 'rules'), part('b', 'stores')])
    lifecycle.add(each);
  await lifecycle.start();
  await lifecycle.stop();
  await lifecycle.stop();
  expect(said.join(' ')).toBe('+a +b +rules +web -web -rules -b -a');
});

test('a part that does not start stops those before it', async () => {
  const { said, lifecycle, part } = house();
  lifecycle.add(part('a', 'stores'));
  lifecycle.add(part('bad', 'ingest', { start: () => Promise.reject(new Error('port in use')) }));
  await expect(lifecycle.start()).rejects.toThrow(StartFailedError);
  expect(said.join(' ')).toBe('+a -a');
});

test('a part that hangs is passed over at the deadline and told to give up', async () => {
  const { clock, said, lifecycle, part } = house();
  let aborted = false;
  lifecycle.add(part('a', 'stores'));
  lifecycle.add(
    part('slow', 'http', {
      stop: (signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (aborted = true));
        }),
    }),
  );
  await lifecycle.start();
  const stopping = lifecycle.stop();
  await clock.advance(1000);
  await stopping;
  expect({ said: said.join(' '), aborted, timers: clock.pending }).toEqual({
    said: '+a +slow -a',
    aborted: true,
    timers: 0,
  });
});

test('a part that fails to stop does not keep the others', async () => {
  const { said, lifecycle, part } = house();
  lifecycle.add(part('a', 'stores'));
  lifecycle.add(part('bad', 'http', { stop: () => Promise.reject(new Error('no')) }));
  await lifecycle.start();
  await lifecycle.stop();
  expect(said.at(-1)).toBe('-a');
});
