/** Go's float formats: `e` d.dddde±dd, `f` ddd.ddd, `g` the shorter of both. */
export type FloatFormat = 'e' | 'f' | 'g';

/**
 * `strconv.FormatFloat`. A precision of -1 gives the shortest digits that read back the same. Ties round to even, as in
 * Go, where JavaScript's own methods round them up.
 */
export function formatFloat(value: number, format: FloatFormat, precision = -1): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  const shortest = precision < 0;
  if (format === 'f') {
    return sign + (shortest ? plain(decimal(magnitude, undefined), -1) : fixed(magnitude, precision));
  }
  if (format === 'e') {
    const digits = decimal(magnitude, shortest ? undefined : precision + 1);
    return sign + exponential(digits, shortest ? Math.max(digits.digits.length - 1, 0) : precision);
  }
  const wanted = precision === 0 ? 1 : precision;
  const digits = decimal(magnitude, shortest ? undefined : wanted);
  const count = digits.digits.length;
  let limit = shortest ? 6 : wanted;
  if (!shortest && limit > count && count >= digits.point) limit = count;
  const exponent = digits.point - 1;
  if (exponent < -4 || exponent >= limit) return sign + exponential(digits, count - 1);
  return sign + plain(digits, Math.max(count - digits.point, 0));
}

/** 0.d1d2d3… × 10^point, without trailing zeros; zero has one digit. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

function decimal(value: number, significant: number | undefined): Decimal {
  if (value === 0) return { digits: '0', point: 1 };
  const text = significant === undefined ? value.toExponential() : toExponentialEven(value, significant - 1);
  const [mantissa = '0', exponent = '0'] = text.split('e');
  return { digits: mantissa.replace('.', '').replace(/0+$/, '') || '0', point: Number(exponent) + 1 };
}

function toExponentialEven(value: number, fraction: number): string {
  const places = Math.min(fraction, 100);
  const text = value.toExponential(places);
  const exact = value.toExponential(Math.min(places + 25, 100));
  const [mantissa = '', exponent = '0'] = exact.split('e');
  const digits = mantissa.replace('.', '');
  if (!/^50*$/.test(digits.slice(places + 1))) return text;
  const kept = digits.slice(0, places + 1);
  if (Number(kept[kept.length - 1]) % 2 === 1) return text;
  return `${kept[0]}${places > 0 ? `.${kept.slice(1)}` : ''}e${exponent}`;
}

function fixed(value: number, precision: number): string {
  const places = Math.min(precision, 100);
  if (value >= 1e21) {
    const whole = BigInt(value).toString();
    return precision > 0 ? `${whole}.${'0'.repeat(precision)}` : whole;
  }
  let text = value.toFixed(places);
  const exact = value.toFixed(Math.min(places + 25, 100));
  const dot = exact.indexOf('.');
  const cut = places === 0 ? dot : dot + 1 + places;
  const rest = places === 0 ? exact.slice(dot + 1) : exact.slice(cut);
  if (/^50*$/.test(rest)) {
    const kept = exact.slice(0, cut);
    if (Number(kept[kept.length - 1]) % 2 === 0) text = kept;
  }
  return precision > places ? text + '0'.repeat(precision - places) : text;
}

function exponential({ digits, point }: Decimal, fraction: number): string {
  const padded = digits.padEnd(fraction + 1, '0');
  const exponent = digits === '0' ? 0 : point - 1;
  const sign = exponent < 0 ? '-' : '+';
  const tail = Math.abs(exponent).toString().padStart(2, '0');
  return `${padded[0]}${fraction > 0 ? `.${padded.slice(1, fraction + 1)}` : ''}e${sign}${tail}`;
}

function plain({ digits, point }: Decimal, fraction: number): string {
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  const tail = point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  const trimmed = digits === '0' ? '' : tail;
  const places = fraction < 0 ? trimmed.length : fraction;
  return places > 0 ? `${whole}.${trimmed.padEnd(places, '0').slice(0, places)}` : whole;
}
