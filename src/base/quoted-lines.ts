/** A fault of a YAML reader, as far as it matters here. */
interface SyntaxFault {
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** No file has so many quoted texts with lines that stand too far left. */
const MAX_MENDED = 10_000;

/**
 * Reads YAML as Go's readers do in one respect: the further lines of a quoted text may stand anywhere, where YAML's own rule
 * wants them deeper than what surrounds them. Such lines are indented and the text is read again; their content and all line
 * numbers stay.
 * @param read reads a text; gives its syntax faults, the first one first.
 */
export function withLooseQuotes<T>(
  text: string,
  read: (text: string) => T,
  faultsOf: (read: T) => readonly SyntaxFault[],
): { readonly result: T; readonly text: string } {
  const first = read(text);
  let [result, current] = [first, text];
  for (let mended = 0; mended < MAX_MENDED; mended++) {
    const [fault] = faultsOf(result);
    const quote = fault === undefined ? undefined : /^Missing closing (["'])quote/.exec(fault.message)?.[1];
    if (fault === undefined || quote === undefined) return { result, text: current };
    const next = indentQuotedLines(current, fault.pos[0], quote);
    // A quote that is missing indeed: the text is faulty as it was written.
    if (next === undefined) return { result: first, text };
    current = next;
    result = read(current);
  }
  return { result: first, text };
}

/** @param inside an offset within the quoted text. */
function indentQuotedLines(text: string, inside: number, quote: string): string | undefined {
  const open = quoteBefore(text, inside, quote);
  const close = open < 0 ? -1 : quoteAfter(text, open + 1, quote);
  if (close < 0) return undefined;
  const depth = open - (text.lastIndexOf('\n', open) + 1);
  const [head = '', ...rest] = text.slice(open, close).split('\n');
  if (rest.length === 0 || rest.some((line) => /^(?:---|\.\.\.)(?:\s|$)/.test(line))) return undefined;
  const indented = rest.map((line) => (line.trim() === '' ? line : ' '.repeat(depth) + line));
  return text.slice(0, open) + [head, ...indented].join('\n') + text.slice(close);
}

function quoteBefore(text: string, from: number, quote: string): number {
  for (let at = from - 1; at >= 0; at--) {
    if (text[at] !== quote) continue;
    if (quote === '"' && !isEscaped(text, at)) return at;
    // A doubled single quote stands for one.
    if (quote === "'" && text[at - 1] !== "'") return at;
    if (quote === "'") at--;
  }
  return -1;
}

function quoteAfter(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    if (quote === '"' && !isEscaped(text, at)) return at;
    if (quote === "'" && text[at + 1] !== "'") return at;
    if (quote === "'") at++;
  }
  return -1;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === '\\') slashes++;
  return slashes % 2 === 1;
}
