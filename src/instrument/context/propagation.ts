import { baggageEntryMetadataFromString, context, propagation, trace } from '@opentelemetry/api';
import { CONTEXT_MARK } from '../spans/baggage';
import { currentOperation } from '../spans/operation';
import type { Baggage } from '@opentelemetry/api';

/** Facts that travel with a request: few, short, and nothing secret, for they go out in the `baggage` header. */
export type ContextEntries = Readonly<Record<string, string>>;

/**
 * Adds facts to the running operation: they become attributes of its span and of every operation started within it from
 * now on, here and in the services it calls. Outside of an operation they go to the active span only.
 */
export function addContext(entries: ContextEntries): void {
  const operation = currentOperation();
  if (operation !== undefined) {
    operation.setBaggage(extended(propagation.getActiveBaggage(), entries));
    operation.setAttributes({ ...entries });
  } else trace.getActiveSpan()?.setAttributes({ ...entries });
}

/** Runs `work` with facts that every operation within carries. */
export function withContext<T>(entries: ContextEntries, work: () => T): T {
  const active = context.active();
  return context.with(propagation.setBaggage(active, extended(propagation.getBaggage(active), entries)), work);
}

/** The trace and its facts as headers, to be kept in a message, a job or a row. */
export function captureContext(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** Runs `work` in the trace that was captured: on the other side of a queue, in another process, later. */
export function continueContext<T>(carrier: Readonly<Record<string, string>>, work: () => T): T {
  return context.with(propagation.extract(context.active(), carrier), work);
}

function extended(baggage: Baggage | undefined, entries: ContextEntries): Baggage {
  let result = baggage ?? propagation.createBaggage();
  const metadata = baggageEntryMetadataFromString(CONTEXT_MARK);
  for (const [key, value] of Object.entries(entries)) result = result.setEntry(key, { value, metadata });
  return result;
}
