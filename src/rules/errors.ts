import { CodedError } from '../base/errors';
import { formatProblem } from './problem';
import type { Problem } from './problem';

/** Rule files cannot be used; the rules that were active before stay active. */
export class InvalidRulesError extends CodedError {
  readonly code = 'INVALID_RULES';

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
  }
}

/** A rule's evaluation went wrong: its alerts or series are as before. */
export class RuleEvaluationError extends CodedError {
  readonly code = 'RULE_EVALUATION';
}

/** A rule test is not written as it must be. */
export class RuleTestSyntaxError extends CodedError {
  readonly code = 'RULE_TEST_SYNTAX';
}
