import type { MessageFormat } from './formats/format';

/** Messages that are kept or left out together: one message, or tool calls with all of their results. */
export interface Unit<M> {
  readonly messages: readonly M[];
  /** A person speaks in it. */
  readonly isPrompt: boolean;
  /** Instructions, and what the caller pinned. */
  readonly isPinned: boolean;
}

/** A transcript in units, with what had to be mended. */
export interface Grouped<M> {
  readonly units: readonly Unit<M>[];
  /** Results without a call that were left out, and calls without a result that got one. */
  readonly repaired: number;
}

/**
 * Groups a transcript into units and mends its pairing: a result whose call is not right before it is left out, a call
 * that was followed by something else gets a result that says so. Calls at the very end stay open: they are being run.
 */
export function toUnits<M>(
  messages: readonly M[],
  format: MessageFormat<M>,
  isPinned: (message: M, index: number) => boolean,
): Grouped<M> {
  const units: Unit<M>[] = [];
  let repaired = 0;
  for (let at = 0; at < messages.length;) {
    const first = messages[at];
    if (first === undefined) break;
    const calls = format.callsOf(first);
    if (calls.length === 0) {
      const orphans = format.resultsOf(first).length;
      const kept = orphans === 0 ? first : format.withResults(first, new Set());
      repaired += orphans;
      if (kept !== undefined) units.push(unitOf([kept], [isPinned(first, at)], format));
      at++;
      continue;
    }
    const pinned = [isPinned(first, at)];
    const collected: M[] = [];
    const open = new Set(calls);
    at++;
    while (at < messages.length && open.size > 0) {
      const next = messages[at];
      if (next === undefined) break;
      const results = format.resultsOf(next);
      if (results.length === 0) break;
      const fitting = results.filter((id) => open.has(id));
      // A repeated or foreign result among the right ones is left out.
      const clean = fitting.length === results.length ? next : format.withResults(next, new Set(fitting));
      repaired += results.length - fitting.length;
      for (const id of fitting) open.delete(id);
      pinned.push(isPinned(next, at));
      at++;
      if (clean !== undefined) collected.push(clean);
      if (format.resultsInOneMessage) break;
    }
    // Calls at the very end without any result stay open; with some, the rest will never come in that message.
    if (open.size > 0 && (at < messages.length || collected.length > 0)) {
      repaired += open.size;
      let last = format.resultsInOneMessage ? collected.pop() : undefined;
      const next = messages[at];
      if (format.resultsInOneMessage && last === undefined && next !== undefined && format.roleOf(next) === 'user') {
        last = format.withResults(next, new Set());
        repaired += format.resultsOf(next).length;
        pinned.push(isPinned(next, at));
        at++;
      }
      collected.push(...format.addResults(last, [...open]));
    }
    units.push(unitOf([first, ...collected], pinned, format));
  }
  return { units, repaired };
}

function unitOf<M>(messages: readonly M[], pinned: readonly boolean[], format: MessageFormat<M>): Unit<M> {
  return {
    messages,
    isPrompt: messages.some((message) => format.isPrompt(message)),
    isPinned: pinned.includes(true) || messages.some((message) => format.roleOf(message) === 'instruction'),
  };
}
