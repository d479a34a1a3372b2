/** Bytes that are not UTF-8 are kept as lone surrogates from here on, as Python's surrogateescape does. */
const ESCAPED_BYTE = 0xdc00;

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
};

const encoder = new TextEncoder();

/** Why a quoted text cannot be read; `offset` counts from its first character. */
export interface StringFault {
  readonly reason: string;
  readonly offset: number;
}

/** The value of a quoted text (quotes included) with Go's escapes. */
export function unquote(quoted: string): string | StringFault {
  const quote = quoted[0];
  const inner = quoted.slice(1, -1);
  if (quote === '`' || !inner.includes('\\')) return inner;
  const bytes: number[] = [];
  for (let i = 0; i < inner.length;) {
    if (inner[i] !== '\\') {
      const point = inner.codePointAt(i) ?? 0;
      const character = String.fromCodePoint(point);
      bytes.push(...encoder.encode(character));
      i += character.length;
      continue;
    }
    const escape = inner[i + 1] ?? '';
    const simple = SIMPLE[escape];
    if (simple !== undefined) {
      bytes.push(simple);
      i += 2;
      continue;
    }
    const match = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(inner.slice(i + 1));
    if (match === null) return { reason: `unknown escape sequence \\${escape}`, offset: i + 1 };
    const [text, hex, short, long, octal] = match;
    const code = octal === undefined ? parseInt(hex ?? short ?? long ?? '0', 16) : parseInt(octal, 8);
    if (code > 0x10ffff || (octal !== undefined && code > 255)) {
      return { reason: `escape sequence \\${text} names no character`, offset: i + 1 };
    }
    if (hex !== undefined || octal !== undefined) bytes.push(code);
    else bytes.push(...encoder.encode(String.fromCodePoint(code)));
    i += 1 + text.length;
  }
  return decodeBytes(Uint8Array.from(bytes));
}

/** UTF-8, with stray bytes as lone surrogates. */
function decodeBytes(bytes: Uint8Array): string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return strict.decode(bytes);
  } catch {
    let text = '';
    for (let i = 0; i < bytes.length;) {
      let size = 4;
      for (; size > 0; size--) {
        try {
          const part = strict.decode(bytes.subarray(i, i + size));
          if ([...part].length === 1 || size === 1) {
            text += part;
            break;
          }
        } catch {
          // Not a character of this size; a shorter one may be.
        }
      }
      if (size === 0) {
        text += String.fromCharCode(ESCAPED_BYTE + (bytes[i] ?? 0));
        size = 1;
      }
      i += size;
    }
    return text;
  }
}

/** Whether a text holds bytes that are not UTF-8. */
export function isValidUtf8(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/** A text in double quotes, in the way of Go's `strconv.Quote`. */
export function quote(text: string): string {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)) return `"${text}"`;
  let out = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${(code - ESCAPED_BYTE).toString(16).padStart(2, '0')}`;
    else if (code === 7) out += '\\a';
    else if (code === 8) out += '\\b';
    else if (code === 12) out += '\\f';
    else if (code === 10) out += '\\n';
    else if (code === 13) out += '\\r';
    else if (code === 9) out += '\\t';
    else if (code === 11) out += '\\v';
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character) || character === ' ') out += character;
    else if (code > 0xffff) out += `\\U${code.toString(16).padStart(8, '0')}`;
    else out += `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return `${out}"`;
}
