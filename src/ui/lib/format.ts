/** Writes a number in a unit of Grafana's: `s`, `ms`, `bytes`, `percentunit`, `currencyUSD`, `short`, `none`, `ops` … */
export function formatValue(value: number | null | undefined, unit = 'short', decimals?: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : '−∞';
  switch (unit) {
    case 's':
      return formatSeconds(value);
    case 'ms':
      return formatSeconds(value / 1000);
    case 'bytes':
    case 'decbytes':
      return formatBytes(value, unit === 'bytes' ? 1024 : 1000);
    case 'Bps':
      return `${formatBytes(value, 1024)}/s`;
    case 'percentunit':
      return `${trim(value * 100, decimals ?? (Math.abs(value) < 0.1 ? 2 : 1))}%`;
    case 'percent':
      return `${trim(value, decimals ?? 1)}%`;
    case 'currencyUSD':
      return formatUsd(value);
    case 'ops':
    case 'reqps':
      return `${formatShort(value, decimals)}/s`;
    case 'tokens':
      return formatShort(value, decimals);
    case 'none':
      return trim(value, decimals ?? 3);
    case 'dateTimeAsIso':
      return new Date(value).toISOString();
    default:
      return formatShort(value, decimals);
  }
}

/** `1.2 ms`, `3.40 s`, `2m 05s`. */
export function formatSeconds(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 1e-6) return `${trim(seconds * 1e9, 0)} ns`;
  if (size < 1e-3) return `${trim(seconds * 1e6, size < 1e-5 ? 1 : 0)} µs`;
  if (size < 1) return `${trim(seconds * 1e3, size < 0.01 ? 2 : size < 0.1 ? 1 : 0)} ms`;
  if (size < 60) return `${trim(seconds, 2)} s`;
  const whole = Math.round(size);
  const sign = seconds < 0 ? '-' : '';
  if (size < 3600) return sign + pair(Math.floor(whole / 60), 'm', whole % 60, 's');
  if (size < 86_400) return sign + pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'm');
  return sign + pair(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

/** `2m 05s`; `2m` where the second is nothing. */
function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = smallUnit === 'h' ? String(small) : String(small).padStart(2, '0');
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${rest}${smallUnit}`;
}

/** Nanoseconds as text. */
export function formatNanos(nanos: number): string {
  return formatSeconds(nanos / 1e9);
}

/** `$0.0123`, `$12.30`: enough digits to be of use. */
export function formatUsd(value: number): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100 ? 2 : size >= 0.1 ? 2 : size >= 0.001 ? 4 : 6;
  return `${value < 0 ? '-' : ''}$${grouped(2, digits).format(size)}`;
}

function formatBytes(value: number, base: number): string {
  const names = base === 1024 ? ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] : ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power =
    value === 0 ? 0 : Math.max(0, Math.min(names.length - 1, Math.floor(Math.log(Math.abs(value)) / Math.log(base))));
  return `${trim(value / base ** power, power === 0 ? 0 : 1)} ${names[power] ?? ''}`;
}

function formatShort(value: number, decimals?: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trim(value / 1e9, decimals ?? 2)}G`;
  if (size >= 1e6) return `${trim(value / 1e6, decimals ?? 2)}M`;
  if (size >= 1e4) return `${trim(value / 1e3, decimals ?? 1)}k`;
  if (size >= 100 || Number.isInteger(value)) return trim(value, decimals ?? 0);
  return trim(value, decimals ?? (size >= 1 ? 2 : 3));
}

/** At most so many decimals, thousands with commas. */
function trim(value: number, decimals: number): string {
  const rounded = Number(value.toFixed(decimals));
  // Nothing to group: the usual case, of which lists that are scrolled have many.
  return Math.abs(rounded) < 1000 ? String(rounded) : grouped(0, decimals).format(rounded);
}

const formats = new Map<string, Intl.NumberFormat>();

/** Made once: making one takes longer than everything else about a row. */
function grouped(least: number, most: number): Intl.NumberFormat {
  const key = `${least}-${most}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat('en-US', { minimumFractionDigits: least, maximumFractionDigits: most });
  formats.set(key, made);
  return made;
}

/** `14:20:05` today, `Nov 24 14:20` before. */
export function formatTime(millis: number, now = Date.now()): string {
  const date = new Date(millis);
  const time = date.toLocaleTimeString('en-GB');
  return now - millis < 43_200_000
    ? time
    : `${date.toLocaleDateString('en-US', { month: 'short', day: 'numeric' })} ${time.slice(0, 5)}`;
}

/** `2026-11-24 14:20:05.123 +01:00`, as the browser's zone has it. */
export function formatExact(millis: number): string {
  const date = new Date(millis);
  const local = new Date(millis - date.getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 23)} ${zoneOffset(date)}`;
}

/** `+05:30`; `UTC` where there is none. */
export function zoneOffset(date = new Date()): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${minutes < 0 ? '−' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** `3m 20s ago`. */
export function formatAgo(millis: number, now = Date.now()): string {
  const seconds = Math.max(0, (now - millis) / 1000);
  return seconds < 2 ? 'just now' : `${formatSeconds(Math.round(seconds))} ago`;
}
