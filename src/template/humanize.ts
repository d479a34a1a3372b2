import { formatFloat } from './float-format';
import { GoDuration, GoTime } from './go-time';

const LARGE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const BINARY = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];

/** `1.235M`, `120m`: four significant digits with a decimal prefix. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return short(value);
  const [scaled, prefix] = Math.abs(value) >= 1 ? scaleDown(value, 1000, LARGE) : scaleUp(value);
  return short(scaled) + prefix;
}

/** `1.177Mi`: four significant digits with a binary prefix. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return short(value);
  const [scaled, prefix] = scaleDown(value, 1024, BINARY);
  return short(scaled) + prefix;
}

/** Seconds as `2d 3h 4m 5s`, `12.35s`, `123.5ms`. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return short(seconds);
  if (seconds === 0) return '0s';
  if (Math.abs(seconds) < 1) {
    const [scaled, prefix] = scaleUp(seconds);
    return `${short(scaled)}${prefix}s`;
  }
  const sign = seconds < 0 ? '-' : '';
  const size = Math.abs(seconds);
  const whole = Math.trunc(size);
  const [s, m, h, d] = [
    whole % 60,
    Math.trunc(whole / 60) % 60,
    Math.trunc(whole / 3600) % 24,
    Math.trunc(whole / 86_400),
  ];
  if (d !== 0) return `${sign}${d}d ${h}h ${m}m ${s}s`;
  if (h !== 0) return `${sign}${h}h ${m}m ${s}s`;
  if (m !== 0) return `${sign}${m}m ${s}s`;
  return `${sign}${short(size)}s`;
}

/** A ratio as `12.35%`. */
export function humanizePercentage(ratio: number): string {
  return `${formatFloat(ratio * 100, 'g', 4)}%`;
}

/** Seconds since the epoch as `2015-06-23 13:19:44.128 +0000 UTC`. */
export function humanizeTimestamp(seconds: number): string {
  if (!Number.isFinite(seconds)) return short(seconds);
  return toTime(seconds).goString();
}

/** Seconds since the epoch as a time. */
export function toTime(seconds: number): GoTime {
  const nanos = seconds * 1e9;
  if (!(nanos <= 9_223_372_036_854_775_807 && nanos >= -9_223_372_036_854_775_808)) {
    throw new Error(
      `${formatFloat(seconds, 'g')} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  }
  return new GoTime(Math.floor(Math.trunc(nanos) / 1e6));
}

/** Seconds as a duration. */
export function toDuration(seconds: number): GoDuration {
  const nanos = seconds * 1e9;
  if (!(Math.abs(nanos) <= 9_223_372_036_854_775_807)) {
    throw new Error(
      `${formatFloat(seconds, 'g')} cannot be represented as a nanoseconds duration since it overflows int64`,
    );
  }
  return new GoDuration(Math.trunc(nanos) / 1e6);
}

function short(value: number): string {
  return formatFloat(value, 'g', 4);
}

function scaleDown(value: number, base: number, prefixes: readonly string[]): [number, string] {
  let scaled = value;
  let prefix = '';
  for (const next of prefixes) {
    if (Math.abs(scaled) < base) break;
    prefix = next;
    scaled /= base;
  }
  return [scaled, prefix];
}

function scaleUp(value: number): [number, string] {
  let scaled = value;
  let prefix = '';
  for (const next of SMALL) {
    if (Math.abs(scaled) >= 1) break;
    prefix = next;
    scaled *= 1000;
  }
  return [scaled, prefix];
}
