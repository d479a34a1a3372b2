import { RE2JS } from 're2js';
import { CodedError } from '../base/errors';

/** The text is not a regular expression of the RE2 syntax. */
export class RegexSyntaxError extends CodedError {
  readonly code = 'REGEX_SYNTAX';
}

/** Tells whether a text matches. */
export type Predicate = (text: string) => boolean;

/** A literal with anything before or after it. */
const AFFIXED = /^(\.\*)?([\w:/@ -]+)(\.\*)?$/;
const LITERALS = /^[\w:/@ -]*(?:\|[\w:/@ -]*)*$/;

/**
 * A fully anchored RE2 match, as Prometheus' and Alertmanager's matchers do it: linear in the text, it cannot run away.
 * @throws RegexSyntaxError
 */
export function anchoredRegex(pattern: string): Predicate {
  if (LITERALS.test(pattern)) {
    const words = new Set(pattern.split('|'));
    return (text) => words.has(text);
  }
  if (pattern === '.*') return () => true;
  if (pattern === '.+') return (text) => text.length > 0;
  const [, before, literal, after] = AFFIXED.exec(pattern) ?? [];
  if (literal !== undefined) {
    if (before !== undefined)
      return after === undefined ? (text) => text.endsWith(literal) : (text) => text.includes(literal);
    return (text) => text.startsWith(literal);
  }
  try {
    const compiled = RE2JS.compile(`^(?s:${pattern})$`);
    return remembering((text) => compiled.matcher(text).find());
  } catch (error) {
    throw new RegexSyntaxError(`"${pattern}" is not a regular expression (RE2 syntax): ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Labels have few values, matched again and again: so many verdicts are remembered. */
const REMEMBERED = 1000;

function remembering(test: Predicate): Predicate {
  const verdicts = new Map<string, boolean>();
  return (text) => {
    const known = verdicts.get(text);
    if (known !== undefined) return known;
    const verdict = test(text);
    if (verdicts.size >= REMEMBERED) verdicts.clear();
    verdicts.set(text, verdict);
    return verdict;
  };
}
