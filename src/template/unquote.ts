const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The value of a Go string or character literal, quotes included in `literal`; undefined when it is malformed. */
export function unquote(literal: string): string | undefined {
  const quote = literal[0];
  const body = literal.slice(1, -1);
  if (quote === '`') return body.replaceAll('\r', '');
  const bytes: number[] = [];
  let text = '';
  const flush = (): void => {
    if (bytes.length > 0) text += Buffer.from(bytes.splice(0)).toString('utf8');
  };
  for (let i = 0; i < body.length; i++) {
    const char = body[i] ?? '';
    if (char !== '\\') {
      flush();
      text += char;
      continue;
    }
    const escape = body[++i] ?? '';
    const numeric = { x: 2, u: 4, U: 8 }[escape];
    if (numeric !== undefined) {
      const digits = body.slice(i + 1, i + 1 + numeric);
      if (!new RegExp(`^[0-9a-fA-F]{${numeric}}$`).test(digits)) return undefined;
      i += numeric;
      const point = parseInt(digits, 16);
      if (escape === 'x') bytes.push(point);
      else {
        if (point > 0x10ffff) return undefined;
        flush();
        text += String.fromCodePoint(point);
      }
      continue;
    }
    if (/[0-7]/.test(escape)) {
      const digits = body.slice(i, i + 3);
      if (!/^[0-3][0-7]{2}$/.test(digits)) return undefined;
      i += 2;
      bytes.push(parseInt(digits, 8));
      continue;
    }
    const simple = SIMPLE[escape];
    if (simple === undefined || (quote === '"' && escape === "'") || (quote === "'" && escape === '"'))
      return undefined;
    flush();
    text += simple;
  }
  flush();
  return text;
}
