/** A number in the way of Go's `%g` with shortest digits: `1e+06`, `0.1`, `+Inf`. */
export function formatG(value: number): string {
  const special = formatSpecial(value);
  if (special !== undefined) return special;
  const { sign, digits, point } = decimal(value);
  const exponent = point - 1;
  if (exponent < -4 || exponent >= 6) return exponential(sign, digits, exponent);
  return plain(sign, digits, point);
}

/** A number in the way of Go's `strconv.FormatFloat(v, 'f', -1, 64)`: never an exponent. */
export function formatFloat(value: number): string {
  const special = formatSpecial(value);
  if (special !== undefined) return special;
  const text = String(value);
  if (!text.includes('e')) return Object.is(value, -0) ? '-0' : text;
  const { sign, digits, point } = decimal(value);
  return plain(sign, digits, point);
}

/** A number in the way of the Prometheus HTTP API: exponents below 1e-6 and from 1e21. */
export function formatSample(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && Number.isFinite(value) && (magnitude < 1e-6 || magnitude >= 1e21)) {
    const { sign, digits, point } = decimal(value);
    return exponential(sign, digits, point - 1);
  }
  return formatFloat(value);
}

function formatSpecial(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return undefined;
}

/** Shortest digits; the value is 0.DIGITS × 10^point. */
function decimal(value: number): { sign: string; digits: string; point: number } {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return { sign, digits: '0', point: 1 };
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return { sign, digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

function plain(sign: string, digits: string, point: number): string {
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function exponential(sign: string, digits: string, exponent: number): string {
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const magnitude = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${digits[0] ?? '0'}${rest}e${exponent < 0 ? '-' : '+'}${magnitude}`;
}
