const UNITS: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/** Reads `90m`, `1d12h`, `30s` as milliseconds; undefined when the text is anything else. */
export function parseSpan(text: string): number | undefined {
  if (!/^(\d+(w|d|h|ms|m|s))+$/.test(text)) return undefined;
  let total = 0;
  for (const match of text.matchAll(/(\d+)(w|d|h|ms|m|s)/g)) total += Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
  return total;
}
