import type { Labels } from './labels';
import { anchoredRegex, type Predicate } from './regex';

/** How a matcher compares. */
export const MATCH_OPERATORS = ['=', '!=', '=~', '!~'] as const;
export type MatchOperator = (typeof MATCH_OPERATORS)[number];

/** A condition on one label. A label that is not set counts as the empty string. */
export class Matcher {
  private readonly test: Predicate;

  /** @throws RegexSyntaxError */
  constructor(
    readonly name: string,
    readonly operator: MatchOperator,
    readonly value: string,
  ) {
    this.test = predicateOf(operator, value);
  }

  matchesValue(value: string): boolean {
    return this.test(value);
  }

  matches(labels: Labels): boolean {
    return this.test(labels.get(this.name));
  }

  /** Whether a series without the label passes. */
  get matchesEmpty(): boolean {
    return this.test('');
  }

  toString(): string {
    return `${this.name}${this.operator}${JSON.stringify(this.value)}`;
  }
}

/** Whether all matchers pass. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labels));
}

function predicateOf(operator: MatchOperator, value: string): Predicate {
  switch (operator) {
    case '=':
      return (text) => text === value;
    case '!=':
      return (text) => text !== value;
    case '=~':
      return anchoredRegex(value);
    case '!~': {
      const test = anchoredRegex(value);
      return (text) => !test(text);
    }
  }
}
