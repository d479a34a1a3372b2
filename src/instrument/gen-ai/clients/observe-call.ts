import { types } from 'node:util';
import { OperationPlan } from '../../spans/operation-plan';
import { startOperation } from '../../spans/operation';
import { runIn } from '../../spans/ambient';
import { methodOf, shadow } from '../../spans/reflection';
import { watchIterable, watchStream } from '../../spans/streams';
import { Inference, insideInference } from '../inference';
import { inferenceSpanName, requestAttributes } from '../inference-attributes';
import type { InferenceRequest } from '../inference-types';
import type { Operation } from '../../spans/operation';
import type { Method } from '../../spans/reflection';

/** How one method of a model client is understood. */
export interface ClientMethod {
  /** Where it stands, from the client on: `['messages', 'create']`. */
  readonly path: readonly string[];
  /** What the arguments say. */
  request(body: Readonly<Record<string, unknown>>): Partial<InferenceRequest>;
  /** Tells the inference what an answer says. */
  answer(inference: Inference, answer: Readonly<Record<string, unknown>>): void;
  /** Tells the inference what a streamed event says. */
  event(inference: Inference, event: Readonly<Record<string, unknown>>): void;
}

/** What is the same for all calls of a client. */
export interface ClientTraits {
  readonly provider: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
}

const observed = new WeakSet<object>();

/** Puts observed forms before the client's methods; a client that has them already is left as it is. */
export function observeClient(client: object, traits: ClientTraits, methods: readonly ClientMethod[]): void {
  if (observed.has(client)) return;
  observed.add(client);
  for (const method of methods) {
    const holder = resourceAt(client, method.path.slice(0, -1));
    const name = method.path.at(-1);
    if (holder === undefined || name === undefined) continue;
    const original = methodOf(holder, name);
    if (original === undefined) continue;
    shadow(holder, name, function (this: unknown, ...args: unknown[]): unknown {
      return observeCall(traits, method, original, this, args);
    });
  }
}

/** Host and port of a client's base URL. */
export function serverOf(client: object): { serverAddress?: string; serverPort?: number } {
  const base: unknown = Reflect.get(client, 'baseURL');
  if (typeof base !== 'string' || !URL.canParse(base)) return {};
  const url = new URL(base);
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
  return { serverAddress: url.hostname, serverPort: port };
}

/** Whether a value has properties. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function resourceAt(client: object, path: readonly string[]): object | undefined {
  let found: unknown = client;
  for (const key of path) {
    if (!isRecord(found)) return undefined;
    found = found[key];
  }
  return isRecord(found) ? found : undefined;
}

function observeCall(
  traits: ClientTraits,
  method: ClientMethod,
  original: Method,
  self: unknown,
  args: readonly unknown[],
): unknown {
  const body = isRecord(args[0]) ? args[0] : {};
  const request: Partial<InferenceRequest> = { ...traits, ...describe(method, body) };
  const plan = new OperationPlan(inferenceSpanName(request), {
    operation: request.operation ?? 'chat',
    stage: 'inference',
    kind: 'client',
    attributes: requestAttributes(request),
  });
  const operation = startOperation(plan, { ...plan.attributes });
  const inference = new Inference(operation, request);
  const timed = operation.onChunk;
  operation.onChunk = (event) => {
    timed?.(event);
    if (isRecord(event)) method.event(inference, event);
  };
  let result: unknown;
  try {
    result = runIn(operation, () => insideInference(inference, () => Reflect.apply(original, self, [...args])));
  } catch (error) {
    operation.fail(error);
    throw error;
  }
  if (isRecord(result)) watchAnswer(result, operation, (answer) => method.answer(inference, answer));
  else operation.succeed(result);
  return result;
}

function describe(method: ClientMethod, body: Readonly<Record<string, unknown>>): Partial<InferenceRequest> {
  try {
    return method.request(body);
  } catch {
    return {};
  }
}

/**
 * The clients give a promise that reads the body only when it is asked for its value, all ways through `parse`. It is
 * watched there, so that the raw response stays readable for those who want that instead.
 */
function watchAnswer(
  promise: object,
  operation: Operation,
  tell: (answer: Readonly<Record<string, unknown>>) => void,
): void {
  const parse = methodOf(promise, 'parse');
  if (parse === undefined) {
    if (types.isPromise(promise)) promise.then((value) => settleAnswer(value, operation, tell), fail(operation));
    else settleAnswer(promise, operation, tell);
    return;
  }
  let parsing = false;
  shadow(promise, 'parse', function (this: unknown, ...args: unknown[]): unknown {
    const parsed = operation.within(() => Reflect.apply(parse, this, args));
    if (!parsing && types.isPromise(parsed)) {
      parsing = true;
      parsed.then((value) => settleAnswer(value, operation, tell), fail(operation));
    }
    return parsed;
  });
  const raw = methodOf(promise, 'asResponse');
  if (raw !== undefined) {
    shadow(promise, 'asResponse', function (this: unknown, ...args: unknown[]): unknown {
      const response: unknown = Reflect.apply(raw, this, args);
      if (types.isPromise(response)) {
        response.then(() => (parsing ? undefined : operation.succeed(undefined)), fail(operation));
      }
      return response;
    });
  }
  const unwrap = methodOf(promise, '_thenUnwrap');
  if (unwrap !== undefined) {
    shadow(promise, '_thenUnwrap', function (this: unknown, ...args: unknown[]): unknown {
      const derived: unknown = Reflect.apply(unwrap, this, args);
      if (isRecord(derived)) watchAnswer(derived, operation, tell);
      return derived;
    });
  }
  operation.watchFor(promise);
}

function settleAnswer(
  value: unknown,
  operation: Operation,
  tell: (answer: Readonly<Record<string, unknown>>) => void,
): void {
  if (!isRecord(value)) {
    operation.succeed(value);
    return;
  }
  // The clients' streams hand out their events through this function, also when they are split or sent on.
  const iterate = methodOf(value, 'iterator');
  if (iterate !== undefined && methodOf(value, 'tee') !== undefined) {
    watchIterable(value, 'iterator', iterate, operation);
    return;
  }
  if (watchStream(value, operation)) return;
  operation.guard(() => tell(value));
  operation.succeed(value);
}

function fail(operation: Operation): (error: unknown) => void {
  return (error) => operation.fail(error);
}
