import { queryInstant } from '../api/prometheus';
import { formatValue } from '../lib/format';
import { hrefTo } from '../lib/location';
import { useTimeRange } from '../lib/time-range';
import { useFetched } from '../lib/use-fetched';
import { Link } from './link';

export interface StatProps {
  readonly title: string;
  readonly expr: string;
  readonly unit?: string;
  readonly hint?: string;
  /** Values at or above are shown as a warning, then as bad. */
  readonly warnAt?: number;
  readonly badAt?: number;
  /** Where the number leads; its query in Explore by default. */
  readonly href?: string;
}

/** One number with its evidence behind it. */
export function Stat({ title, expr, unit = 'short', hint, warnAt, badAt, href }: StatProps) {
  const { range } = useTimeRange();
  const { value, error } = useFetched(`${expr}@${range.to}`, (signal) => queryInstant(expr, range.to, signal));
  const sample = value?.result[0]?.value[1];
  const number = sample === undefined ? undefined : Number(sample);
  const grade =
    number === undefined
      ? 'muted'
      : badAt !== undefined && number >= badAt
        ? 'bad'
        : warnAt !== undefined && number >= warnAt
          ? 'warn'
          : '';
  return (
    <Link class="card stat" href={href ?? hrefTo('/explore', { q: expr })}>
      <div class="muted small">{title}</div>
      <div class={`big ${grade}`}>{formatValue(number, unit)}</div>
      {(error ?? hint) !== undefined && <div class="muted small">{error ?? hint}</div>}
    </Link>
  );
}
