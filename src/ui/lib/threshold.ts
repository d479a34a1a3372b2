/** A threshold as a number: `5%` is 0.05, `500ms` is 0.5; undefined where it is none. */
export function thresholdNumber(threshold: string | undefined): number | undefined {
  const text = threshold?.trim().replace(/^[<>=!]+\s*/, '');
  if (text === undefined) return undefined;
  const percent = /^(-?[\d.]+)\s*%$/.exec(text);
  if (percent !== null) return Number(percent[1]) / 100;
  const seconds = /^([\d.]+)(ms|s|m|h)$/.exec(text);
  if (seconds !== null) return Number(seconds[1]) * ({ ms: 0.001, s: 1, m: 60, h: 3600 }[seconds[2] ?? 's'] ?? 1);
  const number = Number(text.replace(/^\$/, '').replaceAll('_', ''));
  return Number.isFinite(number) ? number : undefined;
}

/** The unit in which a threshold is written, as charts name it. */
export function unitOf(threshold: string | undefined): string {
  const text = threshold ?? '';
  if (text.endsWith('%')) return 'percentunit';
  if (/\d(ms|s|m|h)$/.test(text)) return 's';
  return text.includes('$') ? 'currencyUSD' : 'none';
}

/** Lines with the threshold, the expression, or the hold. */
export function decisiveLines(lines: readonly string[], threshold: string | undefined): Set<number> {
  const found = new Set<number>();
  lines.forEach((line, index) => {
    const setting = /^\s*(?:- )?(\w+):\s*(.*)$/.exec(line);
    const name = setting?.[1] ?? '';
    if (['expr', 'above', 'below', 'for', 'objective', 'budget'].includes(name)) found.add(index);
    else if (threshold !== undefined && setting?.[2] === threshold) found.add(index);
    // The lines of a text that begins below its key.
    if (name === 'expr' && /^[|>]/.test(setting?.[2] ?? '')) {
      const indent = line.length - line.trimStart().length;
      for (let next = index + 1; next < lines.length; next++) {
        const text = lines[next] ?? '';
        if (text.trim() !== '' && text.length - text.trimStart().length <= indent) break;
        found.add(next);
      }
    }
  });
  return found;
}
