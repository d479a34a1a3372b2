import { formatFloat } from './float-format';
import { isStringer, toText, typeName } from './values';
import type { Value } from './values';

interface Spec {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly zero: boolean;
  readonly space: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const DIRECTIVE = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(?:\[(\d+)\])?([\s\S])?/g;

/** Go's fmt.Sprintf, with its way of showing mistakes: `%!d(float64=1)`, `%!s(MISSING)`, `%!(EXTRA …)`. */
export function sprintf(format: string, args: readonly Value[]): string {
  let next = 0;
  let reordered = false;
  const text = format.replace(
    DIRECTIVE,
    (whole: string, flags: string, width?: string, precision?: string, index?: string, verb?: string) => {
      const count = (given: string | undefined): number | undefined => {
        if (given !== '*') return given === undefined ? undefined : Math.min(Number(given), 1_000_000);
        const arg = args[next++];
        return typeof arg === 'bigint' ? Number(arg) : undefined;
      };
      const wide = count(width);
      const exact = whole.includes('.') && precision === undefined ? 0 : count(precision);
      if (verb === undefined) return '%!(NOVERB)';
      if (verb === '%') return '%';
      if (index !== undefined) {
        next = Number(index) - 1;
        reordered = true;
      }
      if (next >= args.length) return index === undefined ? `%!${verb}(MISSING)` : `%!${verb}(BADINDEX)`;
      const minus = flags.includes('-') || (wide !== undefined && wide < 0);
      return one(args[next++], verb, {
        minus,
        plus: flags.includes('+'),
        sharp: flags.includes('#'),
        zero: flags.includes('0') && !minus,
        space: flags.includes(' '),
        width: wide === undefined ? undefined : Math.abs(wide),
        precision: exact,
      });
    },
  );
  if (reordered || next >= args.length) return text;
  return `${text}%!(EXTRA ${args
    .slice(next)
    .map((arg) => `${typeName(arg)}=${toText(arg)}`)
    .join(', ')})`;
}

function one(value: Value, verb: string, spec: Spec): string {
  if (verb === 'T') return pad(typeName(value), spec);
  if (verb === 'v' || verb === 's') {
    if (isStringer(value)) return pad(cut(value.goString(), spec), spec);
    if (verb === 's' && typeof value !== 'string' && !Array.isArray(value) && !isMapLike(value)) {
      return value === undefined || value === null ? '%!s(<nil>)' : bad(verb, value);
    }
    if (Array.isArray(value)) return `[${value.map((item) => one(item, verb, spec)).join(' ')}]`;
    if (verb === 'v' && spec.sharp && typeof value === 'string') return pad(quote(value), spec);
    if (verb === 'v' && typeof value === 'number') return number(value, 'g', spec);
    if (verb === 'v' && typeof value === 'bigint') return integer(value, 'd', spec);
    return pad(typeof value === 'string' ? cut(value, spec) : toText(value), spec);
  }
  if (Array.isArray(value)) return `[${value.map((item) => one(item, verb, spec)).join(' ')}]`;
  if (typeof value === 'string' || isStringer(value)) {
    const text = typeof value === 'string' ? value : value.goString();
    if (verb === 'q') return pad(spec.sharp && !text.includes('`') ? `\`${text}\`` : quote(cut(text, spec)), spec);
    if (verb === 'x' || verb === 'X') {
      const hex = Buffer.from(text, 'utf8').toString('hex');
      return pad(verb === 'x' ? hex : hex.toUpperCase(), spec);
    }
    return bad(verb, value);
  }
  if (typeof value === 'number') return 'eEfFgGbxX'.includes(verb) ? number(value, verb, spec) : bad(verb, value);
  if (typeof value === 'bigint') return 'dboOxXcqU'.includes(verb) ? integer(value, verb, spec) : bad(verb, value);
  if (typeof value === 'boolean') return verb === 't' ? pad(String(value), spec) : bad(verb, value);
  return value === undefined || value === null ? `%!${verb}(<nil>)` : bad(verb, value);
}

function isMapLike(value: Value): boolean {
  return typeof value === 'object' && value !== null;
}

function bad(verb: string, value: Value): string {
  return `%!${verb}(${typeName(value)}=${toText(value)})`;
}

function number(value: number, verb: string, spec: Spec): string {
  const lower = verb.toLowerCase();
  const format = lower === 'e' ? 'e' : lower === 'f' ? 'f' : 'g';
  let text = formatFloat(value, format, spec.precision ?? (format === 'g' ? -1 : 6));
  if (verb === 'E' || verb === 'G') text = text.toUpperCase();
  if (!Number.isFinite(value)) {
    const plain = text.replace('+', '');
    return pad(spec.plus && value > 0 ? `+${plain}` : Number.isNaN(value) ? plain : text, { ...spec, zero: false });
  }
  return signed(text, spec);
}

function integer(value: bigint, verb: string, spec: Spec): string {
  const magnitude = value < 0n ? -value : value;
  switch (verb) {
    case 'c':
      return pad(fromPoint(value), spec);
    case 'q':
      return pad(`'${fromPoint(value)}'`, spec);
    case 'U':
      return pad(`U+${magnitude.toString(16).toUpperCase().padStart(4, '0')}`, spec);
  }
  const radix = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }[verb] ?? 10;
  let text = magnitude.toString(radix);
  if (verb === 'X') text = text.toUpperCase();
  if (spec.precision !== undefined) text = text.padStart(spec.precision, '0');
  if (spec.sharp) text = ({ b: '0b', o: '0', x: '0x', X: '0X' }[verb] ?? '') + text;
  if (verb === 'O') text = `0o${text}`;
  return signed((value < 0n ? '-' : '') + text, spec);
}

function fromPoint(value: bigint): string {
  return value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '\ufffd';
}

function signed(text: string, spec: Spec): string {
  const sign = text.startsWith('-') || text.startsWith('+') ? text[0] : spec.plus ? '+' : spec.space ? ' ' : '';
  const digits = text.replace(/^[+-]/, '');
  if (spec.zero && spec.width !== undefined) return sign + digits.padStart(spec.width - (sign?.length ?? 0), '0');
  return pad(sign + digits, { ...spec, zero: false });
}

function cut(text: string, spec: Spec): string {
  return spec.precision === undefined ? text : [...text].slice(0, spec.precision).join('');
}

function pad(text: string, spec: Spec): string {
  const missing = (spec.width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  return spec.minus ? text + ' '.repeat(missing) : (spec.zero ? '0' : ' ').repeat(missing) + text;
}

/** Go's strconv.Quote. */
export function quote(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    const named = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }[char];
    if (named !== undefined) quoted += named;
    else if (point === 7) quoted += '\\a';
    else if (point === 11) quoted += '\\v';
    else if (point < 32 || point === 127) quoted += `\\x${point.toString(16).padStart(2, '0')}`;
    else quoted += char;
  }
  return `${quoted}"`;
}
