const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads `now`, `now-15m`, epoch milliseconds or ISO 8601; undefined when it is none of them. */
export function parseInstant(text: string, now: number): number | undefined {
  if (text === 'now') return now;
  const relative = /^now-(\d+)(ms|s|m|h|d|w)$/.exec(text);
  if (relative !== null) return now - Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? 0);
  if (/^\d{10,}$/.test(text)) return Number(text);
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}
