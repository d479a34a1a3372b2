import { useMemo } from 'preact/hooks';
import { parseInstant } from './instant';
import { setQuery, useLocation } from './location';
import { usePageNow } from './page-clock';

/** A range of time, in epoch milliseconds, and how it was said. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
  readonly fromText: string;
  readonly toText: string;
}

/** Ranges offered by the picker. */
export const QUICK_RANGES: readonly (readonly [from: string, label: string])[] = [
  ['now-5m', 'Last 5 minutes'],
  ['now-15m', 'Last 15 minutes'],
  ['now-1h', 'Last hour'],
  ['now-6h', 'Last 6 hours'],
  ['now-24h', 'Last 24 hours'],
  ['now-7d', 'Last 7 days'],
  ['now-30d', 'Last 30 days'],
];

/** The range of the URL, renewed at the refresh interval of the URL; the same instants for everything on the page. */
export function useTimeRange(): { range: TimeRange; zoom: (from: number, to: number) => void } {
  const { query } = useLocation();
  const fromText = query.get('from') ?? 'now-15m';
  const toText = query.get('to') ?? 'now';
  const every = UNITS_OF_REFRESH[query.get('refresh') ?? '5s'] ?? 0;
  const now = usePageNow(every);
  const range = useMemo(() => {
    const to = parseInstant(toText, now) ?? now;
    return { from: Math.min(parseInstant(fromText, now) ?? now - 900_000, to - 1000), to, fromText, toText };
  }, [fromText, toText, now]);
  return {
    range,
    zoom: (from, to) => setQuery({ from: String(Math.round(from)), to: String(Math.round(to)) }, { push: true }),
  };
}

/** Refresh intervals offered by the picker, in milliseconds; 0 is off. */
export const UNITS_OF_REFRESH: Readonly<Record<string, number>> = {
  off: 0,
  '2s': 2000,
  '5s': 5000,
  '15s': 15_000,
  '1m': 60_000,
};

/** A step that gives about `points` points and is a round number of seconds. */
export function stepFor(range: Pick<TimeRange, 'from' | 'to'>, points = 240): number {
  const ideal = (range.to - range.from) / 1000 / points;
  return (
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400].find((step) => step >= ideal) ??
    86_400
  );
}
