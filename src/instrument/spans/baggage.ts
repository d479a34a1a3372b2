import { propagation } from '@opentelemetry/api';
import { settings } from '../settings';
import type { Attributes, Context } from '@opentelemetry/api';

/** Marks baggage that every service with this library writes to its spans. */
export const CONTEXT_MARK = 'telltale';

/** The attributes that an operation takes from the baggage it starts in. */
export function baggageAttributes(parent: Context): Attributes | undefined {
  const baggage = propagation.getBaggage(parent);
  if (baggage === undefined) return undefined;
  const { baggageAttributes: wanted } = settings();
  const attributes: Attributes = {};
  for (const [key, entry] of baggage.getAllEntries()) {
    if (entry.metadata?.toString() === CONTEXT_MARK || wanted.includes(key)) attributes[key] = entry.value;
  }
  return attributes;
}
