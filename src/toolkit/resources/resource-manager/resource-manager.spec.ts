import { EventEmitter } from 'node:events';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { ResourceManager } from './resource-manager';

function setUp() {
  const clock = new ManualClock();
  const scope = new ResourceManager({ name: 'test', deadline: 100, clock, telemetry: noTelemetry, traceOwners: true });
  return { clock, scope };
}

test('disposes in reverse order, and nothing that fails or hangs keeps the rest', async () => {
  const { clock, scope } = setUp();
  const order: string[] = [];
  scope.add('first', () => void order.push('first'));
  scope.add('hangs', () => new Promise<void>(() => undefined));
  scope.add('fails', () => {
    order.push('fails');
    throw new Error('broken');
  });
  const child = scope.child('inner');
  child.add('x', () => void order.push('x'));
  child.add('y', async () => void order.push('y'));
  scope.use({ [Symbol.dispose]: () => void order.push('last') }, 'last');
  const disposing = scope.dispose();
  await clock.advance(100);
  expect(await disposing).toEqual({ disposed: 4, failed: [{ name: 'fails', error: 'broken' }], timedOut: ['hangs'] });
  expect(order).toEqual(['last', 'y', 'x', 'fails', 'first']);
  expect(await scope.dispose()).toBe(await disposing);
});

test('timers, intervals and listeners end with the scope', async () => {
  const { clock, scope } = setUp();
  const emitter = new EventEmitter();
  const target = new EventTarget();
  const seen: string[] = [];
  scope.timer(10, () => void seen.push('timer'));
  scope.timer(1_000, () => void seen.push('never'));
  scope.interval(20, () => void seen.push('tick'));
  scope.listen(emitter, 'go', () => void seen.push('emitter'));
  scope.listen(target, 'go', () => void seen.push('target'));
  await clock.advance(45);
  emitter.emit('go');
  target.dispatchEvent(new Event('go'));
  expect(seen).toEqual(['timer', 'tick', 'tick', 'emitter', 'target']);
  expect(scope.report().map(({ kind }) => kind)).toEqual(['timer', 'interval', 'listener', 'listener']);
  await scope.dispose();
  expect([clock.pending, emitter.listenerCount('go'), scope.size]).toEqual([0, 0, 0]);
});

test('what is given up early is owned no more; the report names who added what is left', async () => {
  const { scope } = setUp();
  let disposed = 0;
  const cancel = scope.add('early', () => void disposed++);
  await cancel();
  await cancel();
  scope.add('left', () => undefined);
  expect(disposed).toBe(1);
  expect(scope.report()).toMatchObject([{ name: 'left', stack: expect.stringContaining('resource-manager.spec') }]);
  const child = scope.child('done');
  await child.dispose();
  expect(scope.size).toBe(1);
});

test('a disposed scope takes nothing, and disposes of what it is offered', async () => {
  const { scope } = setUp();
  await scope.dispose();
  let disposed = false;
  expect(() => scope.add('late', () => void (disposed = true))).toThrow('is disposed of');
  await Promise.resolve();
  await Promise.resolve();
  expect(disposed).toBe(true);
});
