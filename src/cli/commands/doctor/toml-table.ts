/** A table's lines by key, as they are to stand. */
export type TomlLines = Readonly<Record<string, string>>;

/**
 * Sets keys of one top-level table of a TOML text, each on a line of its own; the rest of the text stays. Subtables of the
 * keys that are set are removed, since they would define them a second time.
 */
export function setTomlTable(text: string, table: string, lines: TomlLines): string {
  const rows = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const kept: string[] = [];
  let where: 'outside' | 'inside' | 'replaced' = 'outside';
  let found = false;
  for (const row of rows) {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(row)?.[1];
    if (header !== undefined) {
      const isReplaced = Object.keys(lines).some(
        (key) =>
          header === `${table}.${key}` ||
          header.startsWith(`${table}.${key}.`) ||
          header.startsWith(`${table}."${key}"`),
      );
      where = header === table ? 'inside' : isReplaced ? 'replaced' : 'outside';
      if (where === 'inside') {
        found = true;
        kept.push(row, ...Object.entries(lines).map(([key, value]) => `${key} = ${value}`));
        continue;
      }
    }
    if (where === 'replaced') continue;
    if (where === 'inside' && Object.hasOwn(lines, keyOf(row))) continue;
    kept.push(row);
  }
  if (!found) {
    if (kept.length > 0 && kept.at(-1)?.trim() !== '') kept.push('');
    kept.push(`[${table}]`, ...Object.entries(lines).map(([key, value]) => `${key} = ${value}`));
  }
  return `${kept.join('\n')}\n`;
}

/** A key's value as written; undefined when the table does not set it. */
export function getTomlValue(text: string, table: string, key: string): string | undefined {
  let inside = false;
  for (const row of text.split('\n')) {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(row)?.[1];
    if (header !== undefined) inside = header === table;
    else if (inside && keyOf(row) === key) return row.slice(row.indexOf('=') + 1).trim();
  }
  return undefined;
}

function keyOf(row: string): string {
  return /^\s*"?([A-Za-z0-9_-]+)"?\s*=/.exec(row)?.[1] ?? '';
}
