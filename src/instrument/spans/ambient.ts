import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context, ContextManager, TracerProvider } from '@opentelemetry/api';

/** Where all copies of the OpenTelemetry API 1.x of a process keep what was registered. */
const API: unique symbol = Symbol.for('opentelemetry.js.api.1');

interface ApiGlobals {
  readonly trace?: TracerProvider & { getDelegate?(): TracerProvider };
  readonly context?: ContextManager;
}

const globals: typeof globalThis & { readonly [API]?: ApiGlobals } = globalThis;

/** The active context, as `context.active()` gives it, without its look-ups. */
export function activeContext(): Context {
  const manager = globals[API]?.context;
  return manager === undefined ? ROOT_CONTEXT : manager.active();
}

/** Runs `work` in a context, as `context.with()` does, without its look-ups. */
export function runIn<T>(context: Context, work: () => T): T {
  const manager = globals[API]?.context;
  return manager === undefined ? work() : manager.with(context, work);
}

/** The provider that was installed, behind the API's proxy; undefined while none is. */
export function installedProvider(): TracerProvider | undefined {
  const provider = globals[API]?.trace;
  return provider?.getDelegate === undefined ? provider : provider.getDelegate();
}
