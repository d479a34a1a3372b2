import { stringify } from 'yaml';
import { formatDuration } from '../base/duration';
import { Secret } from '../base/secret';

/** Keys whose number is a duration though their name does not say so; the schemas read them with `duration`. */
const DURATION_KEY = /(?:interval|timeout|window|wait|period|delay|ttl|age|lookback|retention|deadline|for)$/i;

/** The effective configuration as YAML: durations as people write them, secrets redacted. */
export function printConfig(config: unknown): string {
  return stringify(printable(config, ''), { lineWidth: 120 });
}

function printable(value: unknown, key: string): unknown {
  if (value instanceof Secret) return '<redacted>';
  if (Array.isArray(value)) return value.map((item) => printable(item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, printable(inner, name)]));
  }
  return typeof value === 'number' && DURATION_KEY.test(key) ? formatDuration(value) : value;
}
