import { MOVED } from './formats/format';
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
  /**
   * Results without a call that were left out, calls without a result that got one, results that were moved to their
   * call, and messages or parts of them that an API refuses for being empty.
   */
  readonly repaired: number;
}

interface Entry<M> {
  message: M | undefined;
  readonly isPinned: boolean;
}

/**
 * Groups a transcript into units and mends its pairing: a result that comes late, or apart from the others of its turn, is
 * moved to its call; one without a call is left out; a call that was followed by something else gets a result that says
 * so. Calls at the very end stay open: they are being run.
 */
export function toUnits<M>(
  messages: readonly M[],
  format: MessageFormat<M>,
  isPinned: (message: M, index: number) => boolean,
): Grouped<M> {
  const units: Unit<M>[] = [];
  let repaired = 0;
  const entries = messages.map((message, index): Entry<M> => {
    const clean = format.cleaned(message);
    if (clean !== message) repaired++;
    return { message: clean, isPinned: isPinned(message, index) };
  });
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at];
    if (entry?.message === undefined) continue;
    const first = entry.message;
    const calls = format.callsOf(first);
    if (calls.length > 0) {
      const answered = answersOf(calls, entries, at, format);
      repaired += answered.repaired;
      units.push(unitOf([first, ...answered.messages], entry.isPinned || answered.isPinned, format));
      continue;
    }
    const orphans = format.resultsOf(first).length;
    repaired += orphans;
    const others = orphans === 0 ? first : format.withResults(first, new Set());
    const kept = others ?? (format.alternates ? format.note('user', MOVED) : undefined);
    if (kept !== undefined) units.push(unitOf([kept], entry.isPinned, format));
  }
  return { units, repaired };
}

interface Answered<M> {
  readonly messages: readonly M[];
  readonly isPinned: boolean;
  readonly repaired: number;
}

/** Takes the results of the calls at `at` out of what follows, up to the next calls. */
function answersOf<M>(
  calls: readonly string[],
  entries: Entry<M>[],
  at: number,
  format: MessageFormat<M>,
): Answered<M> {
  const open = new Set(calls);
  const collected: M[] = [];
  let isPinned = false;
  let repaired = 0;
  let direct = true;
  for (let next = at + 1; next < entries.length && open.size > 0; next++) {
    const entry = entries[next];
    if (entry?.message === undefined) continue;
    const { message } = entry;
    if (format.callsOf(message).length > 0) break;
    const results = format.resultsOf(message);
    const fitting = new Set(results.filter((id) => open.has(id)));
    const hasAll = fitting.size === results.length;
    const joins = direct && format.resultsInOneMessage && collected.length > 0;
    if (direct && fitting.size > 0 && !joins) {
      // As the API wants it; a repeated or foreign result among the right ones is left out.
      const clean = hasAll ? message : format.withResults(message, fitting);
      repaired += results.length - fitting.size;
      if (clean !== undefined) collected.push(clean);
      entry.message = undefined;
    } else if (fitting.size > 0) {
      const moved = format.moveResults(collected.at(-1), message, fitting, joins);
      repaired += fitting.size + (joins ? results.length - fitting.size : 0);
      if (format.resultsInOneMessage) collected.pop();
      collected.push(moved.results);
      entry.message = moved.rest;
    }
    if (results.length === 0) direct = false;
    if (fitting.size > 0) isPinned ||= entry.isPinned;
    for (const id of fitting) open.delete(id);
  }
  // Calls at the very end without any result stay open; with some, the rest will never come in that message.
  if (open.size === 0) return { messages: collected, isPinned, repaired };
  const isLast = !entries.some(({ message }, index) => index > at && message !== undefined);
  if (isLast && collected.length === 0) return { messages: collected, isPinned, repaired };
  repaired += open.size;
  let last = format.resultsInOneMessage ? collected.pop() : undefined;
  const following = entries[at + 1];
  if (format.resultsInOneMessage && last === undefined && following?.message !== undefined) {
    // Results that were made up go in front of what the user said instead.
    const { message } = following;
    if (format.roleOf(message) === 'user') {
      repaired += format.resultsOf(message).length;
      last = format.withResults(message, new Set());
      isPinned ||= following.isPinned;
      following.message = undefined;
    }
  }
  collected.push(...format.addResults(last, [...open]));
  return { messages: collected, isPinned, repaired };
}

function unitOf<M>(messages: readonly M[], isPinned: boolean, format: MessageFormat<M>): Unit<M> {
  return {
    messages,
    isPrompt: messages.some((message) => format.isPrompt(message)),
    isPinned: isPinned || messages.some((message) => format.roleOf(message) === 'instruction'),
  };
}
