/** A number as Prometheus writes bucket bounds and quantiles: plain digits, `+Inf`, `NaN`. */
export function boundText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Number.isNaN(value)) return 'NaN';
  const text = String(value);
  return /e/.test(text) ? expand(text) : text;
}

/**
 * A bound as Prometheus 3 writes it when it scrapes: always with a fraction or exponent (`1.0`, `1e+06`), so that one
 * bound has one text. A text that is not a number stays.
 */
export function normalBound(text: string): string {
  const value = parseNumber(text);
  if (value === undefined) return text;
  if (!Number.isFinite(value)) return boundText(value);
  const scientific = value.toExponential();
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  if (exponent < -4 || exponent >= 6) return withPaddedExponent(scientific);
  const plain = boundText(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** Reads a number as Go's ParseFloat does, underscores aside; undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  const match = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (match) {
    if (match[2]?.toLowerCase() === 'nan') return NaN;
    return match[1] === '-' ? -Infinity : Infinity;
  }
  if (/^[+-]?0[xX][0-9a-fA-F]+$/.test(text))
    return text.startsWith('-') ? -Number(text.slice(1)) : Number(text.replace('+', ''));
  return undefined;
}

function withPaddedExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Digits without an exponent. */
function expand(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = '', lead = '', fraction = '', power = '0'] = match;
  const digits = lead + fraction;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length
    ? sign + digits.padEnd(point, '0')
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
