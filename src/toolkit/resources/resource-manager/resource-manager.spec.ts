import { EventEmitter } from 'node:events';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { startTestTracing } from '../../../instrument/testing/test-tracing';
import { recordedTelemetry } from '../../shared/testing/recorded-telemetry';
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

test('what is being given up early is waited for, once, and is owned until it has ended', async () => {
  const { clock, scope } = setUp();
  let calls = 0;
  const order: string[] = [];
  scope.add('below', () => void order.push('below'));
  const cancel = scope.add('slow', async () => {
    calls++;
    await clock.sleep(50);
    order.push('slow');
  });
  const early = cancel();
  expect(scope.report().map(({ name }) => name)).toEqual(['below', 'slow']);
  const disposing = scope.dispose();
  await clock.advance(50);
  await early;
  expect(await disposing).toEqual({ disposed: 2, failed: [], timedOut: [] });
  expect([calls, order]).toEqual([1, ['slow', 'below']]);
});

test('an abort ends all waiting: what is left is begun, and what hangs is in both reports', async () => {
  const { scope } = setUp();
  const begun: string[] = [];
  scope.add('last', async () => void begun.push('last'));
  const child = scope.child('inner');
  child.add('hangs too', () => {
    begun.push('hangs too');
    return new Promise<void>(() => undefined);
  });
  scope.add('hangs', () => {
    begun.push('hangs');
    return new Promise<void>(() => undefined);
  });
  const abort = new AbortController();
  const disposing = scope.dispose(abort.signal);
  abort.abort();
  expect(await disposing).toEqual({ disposed: 1, failed: [], timedOut: ['hangs', 'inner/hangs too'] });
  expect(begun).toEqual(['hangs', 'hangs too', 'last']);
  expect(scope.report().map(({ name }) => name)).toEqual(['inner', 'hangs']);
});

test('a scope ends with its signal', async () => {
  const abort = new AbortController();
  const scope = new ResourceManager({ name: 'bound', telemetry: noTelemetry, signal: abort.signal });
  let disposed = false;
  scope.add('x', () => void (disposed = true));
  abort.abort();
  expect(disposed).toBe(true);
  expect(() => scope.timer(1, () => undefined)).toThrow('is disposed of');
  const late = new ResourceManager({ name: 'late', telemetry: noTelemetry, signal: abort.signal });
  expect(() => late.child('x')).toThrow('is disposed of');
});

test('scopes of one name and scopes within are counted together; disposals by what came of them', async () => {
  const telemetry = recordedTelemetry();
  const clock = new ManualClock();
  const open = () => new ResourceManager({ name: 'request', deadline: 10, clock, telemetry });
  const [one, two] = [open(), open()];
  one.add('a', () => undefined);
  one.add('hangs', () => new Promise<void>(() => undefined));
  two.child('inner').add('b', () => {
    throw new Error('broken');
  });
  expect(telemetry.valueOf('telltale_resources_owned', { scope: 'request' })).toBe(4);
  const disposing = Promise.all([one.dispose(), two.dispose()]);
  await clock.advance(10);
  await disposing;
  expect(telemetry.valueOf('telltale_resources_owned', { scope: 'request' })).toBe(1);
  const disposals = (outcome: string): number =>
    telemetry.valueOf('telltale_resources_disposals_total', { scope: 'request', outcome });
  expect(['ok', 'failed', 'late'].map(disposals)).toEqual([1, 1, 1]);
});

test('a disposal is a span, with an event for each resource that fails or comes too late', async () => {
  const tracing = startTestTracing();
  const { clock, scope } = setUp();
  scope.add('ends', () => undefined);
  scope.add('hangs', () => new Promise<void>(() => undefined));
  scope.child('inner').add('fails', () => {
    throw new Error('broken');
  });
  const disposing = scope.dispose();
  await clock.advance(100);
  await disposing;
  const [inner, outer] = tracing.spans();
  await tracing.stop();
  expect([inner?.name, outer?.name]).toEqual(['dispose test/inner', 'dispose test']);
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  expect(inner?.events.map(({ name }) => name)).toEqual(['resource.failed']);
  expect(outer?.events).toMatchObject([{ name: 'resource.late', attributes: { 'telltale.resource': 'hangs' } }]);
  expect(outer?.attributes).toMatchObject({ 'telltale.scope.disposed': 1, 'telltale.scope.late': 1 });
});
