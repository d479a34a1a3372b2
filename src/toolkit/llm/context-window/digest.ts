import { allocateTokens } from '../request-batcher/allocate-tokens';
import type { TokenCounter } from './token-counter';

/** One message to shorten. */
export interface DigestPart {
  readonly role: string;
  readonly text: string;
}

/**
 * Shortens messages to a budget by their beginnings, the room shared max-min fairly; newest messages are preferred when
 * there is not even room for a few words of each. Deterministic; never above the budget by that counter.
 */
export function digest(parts: readonly DigestPart[], budget: number, counter: TokenCounter): string {
  const useful = parts.filter(({ text }) => text.trim() !== '');
  const room = Math.max(0, Math.floor(budget));
  const most = linesIn(room);
  if (most === 0 || useful.length === 0) return '';
  const chosen = useful.slice(-most);
  const lines = chosen.map(({ role, text }) => `${role}: ${text}`);
  const sizes = lines.map((line) => counter.count(line) + LINE_OVERHEAD);
  const grants = allocateTokens(sizes, room);
  const cut = lines.map((line, index) => {
    const grant = grants[index] ?? 0;
    const size = sizes[index] ?? 0;
    return grant >= size ? line : cutTo(line, grant - LINE_OVERHEAD, size - LINE_OVERHEAD, counter);
  });
  return trimTo(cut.filter((line) => line !== '').join('\n'), room, counter);
}

/** How many messages a digest of that many tokens can tell of. */
export function linesIn(room: number): number {
  return Math.max(0, Math.floor(room / MINIMUM));
}

/** Tokens below which a message is not worth a line. */
const MINIMUM = 6;
/** The line feed, and what joining lines may add. */
const LINE_OVERHEAD = 2;

/** The longest beginning of a text that has at most `grant` of its `size` tokens. */
function cutTo(text: string, grant: number, size: number, counter: TokenCounter): string {
  if (grant <= 1) return '';
  let end = Math.min(text.length, Math.floor((text.length * grant) / Math.max(1, size)));
  let best = '';
  for (let tries = 0; tries < 8 && end > 0; tries++) {
    const candidate = `${sliceWhole(text, end)}…`;
    const tokens = counter.count(candidate);
    if (tokens <= grant) {
      best = candidate.length > best.length ? candidate : best;
      if (grant - tokens <= 1 + grant * 0.02) break;
      end = Math.min(text.length, Math.max(end + 1, Math.floor((end * grant) / Math.max(1, tokens))));
    } else end = Math.min(end - 1, Math.floor((end * grant) / tokens));
  }
  return best;
}

/** Takes from the end of a text until it fits. */
function trimTo(text: string, budget: number, counter: TokenCounter): string {
  let kept = text;
  for (let tokens = counter.count(kept); tokens > budget && kept !== ''; tokens = counter.count(kept)) {
    kept = sliceWhole(kept, Math.min(kept.length - 1, Math.floor((kept.length * budget) / tokens)));
  }
  return kept;
}

/** A beginning that does not split a surrogate pair. */
function sliceWhole(text: string, end: number): string {
  const code = text.charCodeAt(end - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? end - 1 : end);
}
