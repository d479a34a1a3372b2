import { createContextKey, propagation, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';

/** The key under which the OpenTelemetry API keeps the span of a context, learnt from the API itself. */
export const SPAN_KEY: symbol = learn((probe) => trace.getSpan(probe), 'OpenTelemetry Context Key SPAN');

/** The key under which the API keeps the baggage of a context. */
export const BAGGAGE_KEY: symbol = learn((probe) => propagation.getBaggage(probe), 'OpenTelemetry Baggage Key');

/** Under this key a context gives the operation it belongs to. */
export const OPERATION_KEY: symbol = createContextKey('telltale operation');

function learn(ask: (probe: Context) => unknown, otherwise: string): symbol {
  let learnt: symbol | undefined;
  const probe: Context = {
    getValue: (key) => void (learnt = key),
    setValue: () => probe,
    deleteValue: () => probe,
  };
  ask(probe);
  return learnt ?? createContextKey(otherwise);
}
