import 'reflect-metadata';
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { isDeepStrictEqual } from 'node:util';
import { trace } from '@opentelemetry/api';
import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace-base';
import { Registry } from 'prom-client';
import { EMPTY, Observable, Subject, of, throwError } from 'rxjs';
import { configureInstrumentation } from '../settings';
import { startTestTracing } from '../testing/test-tracing';
import { Instrument, InstrumentInference, InstrumentParsing, InstrumentResponse, InstrumentTool } from './instrument';
import type { TestTracing } from '../testing/test-tracing';

/**
 * Every shape of method, with every outcome, in every state of the SDK, under every stack of decorators, compared with the
 * same method undecorated: what it gives, whether it is the same object, what it throws, and the order of effects.
 */

type Log = (entry: string) => void;
type Outcome = 'ok' | 'early' | 'late' | 'cancelled';

class Expected extends Error {
  override name = 'ExpectedError';
}

/** The method, and how its result is consumed; both write to the log. */
interface Shape {
  readonly name: string;
  readonly outcomes: readonly Outcome[];
  /** False for async functions, whose promise is followed by one a tick later. */
  readonly sameTick?: boolean;
  method(outcome: Outcome, log: Log): (this: { readonly mark: string }, ...args: number[]) => unknown;
  consume(result: unknown, outcome: Outcome, log: Log): Promise<void>;
}

const fixed = { value: 1 };
const keptPromise = Promise.resolve('kept');

function early(outcome: Outcome): void {
  if (outcome === 'early') throw new Expected('early');
}

async function awaited(result: unknown, _outcome: Outcome, log: Log): Promise<void> {
  try {
    log(`value ${String(await result)}`);
  } catch (error) {
    log(`rejected ${String(error)} ${error instanceof Expected}`);
  }
}

async function iterated(result: unknown, outcome: Outcome, log: Log): Promise<void> {
  try {
    for await (const item of result as AsyncIterable<unknown>) {
      log(`item ${String(item)}`);
      if (outcome === 'cancelled') break;
    }
    log('end');
  } catch (error) {
    log(`failed ${String(error)}`);
  }
}

function subscribed(result: unknown, outcome: Outcome, log: Log): Promise<void> {
  const subscription = (result as Observable<unknown>).subscribe({
    next: (value) => log(`next ${String(value)}`),
    error: (error: unknown) => log(`error ${String(error)}`),
    complete: () => log('complete'),
  });
  if (outcome === 'cancelled') subscription.unsubscribe();
  log(`closed ${subscription.closed}`);
  return Promise.resolve();
}

const shapes: readonly Shape[] = [
  {
    name: 'a plain value',
    outcomes: ['ok', 'early'],
    method: (outcome, log) =>
      function (a = 0, b = 1) {
        log(`ran ${this.mark} ${a} ${b}`);
        early(outcome);
        return a + b;
      },
    consume: (result, _outcome, log) => Promise.resolve(log(`gave ${String(result)}`)),
  },
  {
    name: 'an object that stays the same',
    outcomes: ['ok', 'early'],
    method: (outcome) => () => {
      early(outcome);
      return fixed;
    },
    consume: (result, _outcome, log) =>
      Promise.resolve(log(`same ${result === fixed} ${Reflect.ownKeys(fixed).join()}`)),
  },
  {
    name: 'a frozen object, null, undefined and a function',
    outcomes: ['ok'],
    method: () => (at) => [Object.freeze({ then: 1 }), null, undefined, (): number => 1][at ?? 0],
    consume: (result, _outcome, log) => Promise.resolve(log(`${typeof result} ${String(result)}`)),
  },
  {
    name: 'an async function',
    outcomes: ['ok', 'early', 'late'],
    sameTick: false,
    method: (outcome, log) =>
      async function () {
        log(`ran ${this.mark}`);
        early(outcome);
        await Promise.resolve();
        if (outcome === 'late') throw new Expected('late');
        return 'done';
      },
    consume: awaited,
  },
  {
    name: 'a promise of someone else',
    outcomes: ['ok', 'early', 'late'],
    method: (outcome) => () => {
      early(outcome);
      return outcome === 'late' ? Promise.reject(new Expected('late')) : keptPromise;
    },
    consume: async (result, outcome, log) => {
      log(`same ${result === keptPromise}`);
      await awaited(result, outcome, log);
    },
  },
  {
    name: 'a thenable that starts when asked',
    outcomes: ['ok', 'late', 'cancelled'],
    method: (outcome, log) => () => ({
      then(resolve: (value: string) => void, reject: (error: Error) => void): void {
        log('started');
        if (outcome === 'late') reject(new Expected('late'));
        else resolve('row');
      },
    }),
    consume: (result, outcome, log) =>
      outcome === 'cancelled' ? Promise.resolve(log('never asked')) : awaited(result, outcome, log),
  },
  {
    name: 'a generator',
    outcomes: ['ok', 'late', 'cancelled'],
    method: (outcome, log) =>
      function* () {
        try {
          log(`ran ${this.mark}`);
          const sent: unknown = yield 1;
          log(`sent ${String(sent)}`);
          if (outcome === 'late') throw new Expected('late');
          yield 2;
          return 3;
        } finally {
          log('cleaned');
        }
      },
    consume: (result, outcome, log) => {
      const generator = result as Generator<unknown, unknown, unknown>;
      log(Object.prototype.toString.call(generator));
      try {
        log(JSON.stringify(generator.next()));
        if (outcome === 'cancelled') log(JSON.stringify(generator.return(9)));
        log(JSON.stringify([generator.next('x'), generator.next(), generator.next()]));
      } catch (error) {
        log(`failed ${String(error)}`);
      }
      return Promise.resolve();
    },
  },
  {
    name: 'an async generator',
    outcomes: ['ok', 'late', 'cancelled'],
    method: (outcome, log) =>
      async function* () {
        try {
          log(`ran ${this.mark}`);
          yield 1;
          if (outcome === 'late') throw new Expected('late');
          yield 2;
        } finally {
          log('cleaned');
        }
      },
    consume: iterated,
  },
  {
    name: 'an async iterable of one’s own',
    outcomes: ['ok', 'late', 'cancelled'],
    method: (outcome, log) => () => ({
      [Symbol.asyncIterator]() {
        let at = 0;
        return {
          next: () => {
            if (outcome === 'late' && at === 1) return Promise.reject(new Expected('late'));
            return Promise.resolve(at++ < 2 ? { done: false, value: at } : { done: true, value: undefined });
          },
          return: () => {
            log('returned');
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    }),
    consume: iterated,
  },
  {
    name: 'a promise of an async iterable',
    outcomes: ['ok', 'early', 'cancelled'],
    sameTick: false,
    method: (outcome) =>
      async function () {
        early(outcome);
        await Promise.resolve();
        return (async function* () {
          yield 1;
          yield 2;
        })();
      },
    consume: async (result, outcome, log) => {
      try {
        await iterated(await result, outcome, log);
      } catch (error) {
        log(`rejected ${String(error)}`);
      }
    },
  },
  {
    name: 'an Observable',
    outcomes: ['ok', 'late', 'cancelled'],
    method: (outcome, log) => () =>
      outcome === 'ok'
        ? of(1, 2)
        : outcome === 'late'
          ? throwError(() => new Expected('late'))
          : new Observable((subscriber) => {
              subscriber.next(1);
              return () => log('torn down');
            }),
    consume: subscribed,
  },
  {
    name: 'an empty Observable and a Subject',
    outcomes: ['ok', 'cancelled'],
    method: (outcome) => () => (outcome === 'ok' ? EMPTY : new Subject()),
    consume: subscribed,
  },
  {
    name: 'a Node stream',
    outcomes: ['ok', 'late', 'cancelled'],
    method: (outcome) => () => {
      let at = 0;
      return new Readable({
        objectMode: true,
        read() {
          if (outcome === 'late' && at === 1) this.destroy(new Expected('late'));
          else this.push(at < 2 ? ++at : null);
        },
      });
    },
    consume: iterated,
  },
  {
    name: 'a web stream',
    outcomes: ['ok', 'late', 'cancelled'],
    method: (outcome, log) => () => {
      let at = 0;
      return new ReadableStream({
        pull(controller) {
          if (outcome === 'late' && at === 1) controller.error(new Expected('late'));
          else if (at < 2) controller.enqueue(++at);
          else controller.close();
        },
        cancel: () => log('cancelled'),
      });
    },
    consume: iterated,
  },
];

const states: readonly { readonly name: string; begin(): TestTracing | undefined; readonly recorded: boolean }[] = [
  { name: 'no SDK', begin: () => undefined, recorded: false },
  {
    name: 'sampled',
    begin: () => startTestTracing(new ParentBasedSampler({ root: new AlwaysOnSampler() })),
    recorded: true,
  },
  { name: 'sampled without regard to parents', begin: () => startTestTracing(new AlwaysOnSampler()), recorded: true },
  {
    name: 'unsampled',
    begin: () => startTestTracing(new ParentBasedSampler({ root: new AlwaysOffSampler() })),
    recorded: false,
  },
];

const foreign: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
  Reflect.defineMetadata('foreign', true, descriptor.value);
  Object.defineProperty(descriptor.value, 'own', { value: 'kept', enumerable: true });
};
const erase = (decorator: unknown): MethodDecorator => decorator as MethodDecorator;
const stacks: readonly { readonly name: string; readonly decorators: () => MethodDecorator[] }[] = [
  { name: '@Instrument', decorators: () => [erase(Instrument())] },
  { name: '@Instrument twice', decorators: () => [erase(Instrument()), erase(Instrument({ name: 'twice' }))] },
  {
    name: '@InstrumentParsing with pickers that throw',
    decorators: () => [erase(InstrumentParsing({ pick: thrower, pickResult: thrower, input: thrower }))],
  },
  {
    name: '@InstrumentInference',
    decorators: () => [erase(InstrumentInference({ model: 'gpt-4o', provider: 'openai', response: thrower }))],
  },
  {
    name: '@InstrumentTool over another decorator',
    decorators: () => [erase(InstrumentTool({ resources: true })), foreign],
  },
  {
    name: 'another decorator over @InstrumentResponse',
    decorators: () => [foreign, erase(InstrumentResponse({ thresholds: { slow: 0 } }))],
  },
];

function thrower(): never {
  throw new Error('a picker failed');
}

async function play(
  shape: Shape,
  outcome: Outcome,
  decorators: readonly MethodDecorator[],
  state: (typeof states)[number],
) {
  const tracing = state.begin();
  const entries: string[] = [];
  const log: Log = (entry) => void entries.push(entry);
  const descriptor: PropertyDescriptor = {
    configurable: true,
    writable: true,
    value: shape.method(outcome, log),
  };
  const prototype = { constructor: class Host {} };
  for (const decorator of [...decorators].reverse()) decorator(prototype, 'act', descriptor);
  const act: unknown = descriptor.value;
  if (typeof act !== 'function') throw new Error('no method is left');
  const host = { mark: 'host' };
  let ticks = 0;
  let counting = true;
  const count = (): void => {
    ticks++;
    if (counting && ticks < 40) queueMicrotask(count);
  };
  try {
    const result: unknown = Reflect.apply(act, host, [2, 3]);
    log('returned');
    if (shape.sameTick !== false) queueMicrotask(count);
    await shape.consume(result, outcome, log);
    counting = false;
    // Streams of the platform schedule by themselves; only the order of what they do is compared.
    if (shape.sameTick !== false && !/stream/.test(shape.name)) log(`ticks ${ticks}`);
  } catch (error) {
    counting = false;
    log(`threw ${String(error)} ${error instanceof Expected}`);
  }
  await new Promise((resolve) => setImmediate(resolve));
  const traits = {
    name: act.name,
    length: act.length,
    kind: Object.prototype.toString.call(act),
    prototype: 'prototype' in act && /Generator/.test(Object.prototype.toString.call(act)),
    own: Object.keys(act).filter((key) => key !== 'own'),
  };
  const spans = tracing?.spans() ?? [];
  await tracing?.stop();
  return { entries, traits, spans };
}

const cases = shapes.flatMap((shape) =>
  shape.outcomes.flatMap((outcome) =>
    states.flatMap((state) => stacks.map((stack) => ({ shape, outcome, state, stack }))),
  ),
);

describe('a decorated method behaves as the undecorated one', () => {
  let restore: () => void;
  beforeAll(() => {
    restore = configureInstrumentation({ registry: new Registry() });
  });
  afterAll(() => restore());

  test('there are several hundred cases', () => expect(cases.length).toBeGreaterThan(500));

  test.each(shapes.flatMap((shape) => shape.outcomes.map((outcome) => [shape.name, outcome, shape] as const)))(
    '%s, %s',
    async (_name, outcome, shape) => {
      const wrong: unknown[] = [];
      for (const { state, stack } of cases.filter((one) => one.shape === shape && one.outcome === outcome)) {
        const plain = await play(shape, outcome, [], state);
        const decorated = await play(shape, outcome, stack.decorators(), state);
        const never = shape.name.startsWith('a thenable') && outcome === 'cancelled';
        const failed = outcome === 'early' || outcome === 'late';
        const wanted = {
          entries: plain.entries,
          traits: plain.traits,
          statuses: state.recorded && !never ? [failed ? 2 : 0] : [],
        };
        const { entries, traits, spans } = decorated;
        const got = { entries, traits, statuses: spans.map((span) => span.status.code) };
        if (!isDeepStrictEqual(got, wanted)) wrong.push({ state: state.name, stack: stack.name, got, wanted });
      }
      expect(wrong).toEqual([]);
    },
  );
});

test('metadata and own properties come along, whichever decorator is outermost', () => {
  class Host {
    @foreign
    @Instrument()
    above(): void {}
    @Instrument()
    @foreign
    below(): void {}
  }
  for (const method of [Host.prototype.above, Host.prototype.below]) {
    expect(Reflect.getMetadata('foreign', method)).toBe(true);
    expect(Reflect.get(method, 'own')).toBe('kept');
    expect(() => Reflect.construct(method, [])).toThrow(TypeError);
  }
});

test('an SDK that starts later takes the methods decorated before', async () => {
  class Host {
    @Instrument('late')
    run(): string | undefined {
      return trace.getActiveSpan()?.spanContext().traceId;
    }
  }
  const host = new Host();
  expect(host.run()).toBeUndefined();
  const tracing = startTestTracing();
  const seen = host.run();
  expect(tracing.spans().map((span) => span.spanContext().traceId)).toEqual([seen]);
  await tracing.stop();
  expect(host.run()).toBeUndefined();
});
