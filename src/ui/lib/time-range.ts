import { useEffect, useMemo, useState } from 'preact/hooks';
import { setQuery, useLocation } from './location';

/** A range of time, in epoch milliseconds, and how it was said. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
  readonly fromText: string;
  readonly toText: string;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

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

/** Reads `now`, `now-15m`, epoch milliseconds or ISO 8601; undefined when it is none of them. */
export function parseInstant(text: string, now: number): number | undefined {
  if (text === 'now') return now;
  const relative = /^now-(\d+)(ms|s|m|h|d|w)$/.exec(text);
  if (relative !== null) return now - Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? 0);
  if (/^\d{10,}$/.test(text)) return Number(text);
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** The range of the URL, renewed at the refresh interval of the URL. */
export function useTimeRange(): { range: TimeRange; refresh: () => void; zoom: (from: number, to: number) => void } {
  const { query } = useLocation();
  const fromText = query.get('from') ?? 'now-15m';
  const toText = query.get('to') ?? 'now';
  const every = UNITS_OF_REFRESH[query.get('refresh') ?? '5s'] ?? 0;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (every === 0) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, every);
    return () => clearInterval(timer);
  }, [every]);
  const range = useMemo(() => {
    const to = parseInstant(toText, now) ?? now;
    return { from: Math.min(parseInstant(fromText, now) ?? now - 900_000, to - 1000), to, fromText, toText };
  }, [fromText, toText, now]);
  return {
    range,
    refresh: () => setNow(Date.now()),
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
