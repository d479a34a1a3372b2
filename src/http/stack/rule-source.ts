/** Lines of a rule file that hold one rule. */
export interface RuleExcerpt {
  /** 1-based, of the first line. */
  readonly line: number;
  readonly text: string;
}

/**
 * The lines of one entry of a list, from the line that begins it to the next that stands as far left.
 * @param line 1-based, any line of the entry's head.
 */
export function excerptOf(text: string, line: number): RuleExcerpt | undefined {
  const lines = text.split(/\r?\n/);
  let first = Math.min(line, lines.length) - 1;
  while (first > 0 && !/^\s*- /.test(lines[first] ?? '')) first--;
  const head = lines[first];
  if (head === undefined || !/^\s*- /.test(head)) return undefined;
  const indent = indentOf(head);
  let end = first + 1;
  while (end < lines.length && (isBlank(lines[end]) || indentOf(lines[end] ?? '') > indent)) end++;
  while (end > first + 1 && isBlank(lines[end - 1])) end--;
  return {
    line: first + 1,
    text: lines
      .slice(first, end)
      .map((each) => each.slice(Math.min(indent, indentOf(each))))
      .join('\n'),
  };
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Blank, or a comment: it may stand anywhere. */
function isBlank(line: string | undefined): boolean {
  return line === undefined || /^\s*(#|$)/.test(line);
}
