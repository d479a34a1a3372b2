/** Something to say about a rule file or rule-test file, with its place. */
export interface Problem {
  /** `error`: the file cannot be used. `warning`: it can, but does not do what its author wants. */
  readonly severity: 'error' | 'warning';
  /** kebab-case, permanent: `unknown-field`, `expr-syntax` … */
  readonly code: string;
  readonly file: string;
  /** From 1; 0 where the problem has no place in the file. */
  readonly line: number;
  readonly column: number;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly group?: string;
  /** The `alert` or `record` name. */
  readonly rule?: string;
}

/** `file:line:column: severity code: message`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  const where =
    problem.group === undefined
      ? ''
      : ` group "${problem.group}"${problem.rule === undefined ? '' : `, rule "${problem.rule}"`}:`;
  return `${place}:${where} ${problem.message} [${problem.code}]`;
}

/** Order of problems: by file, line, column. */
export function compareProblems(a: Problem, b: Problem): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column;
}
