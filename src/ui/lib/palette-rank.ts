/** Something that the palette can go to or do. */
export interface PaletteEntry {
  readonly title: string;
  /** What kind of thing it is, shown beside it and searched too. */
  readonly kind: string;
  readonly run: () => void;
}

/** Entries that hold every word, those whose title begins with the text first; equal ones keep their order. */
export function rankEntries<T extends Pick<PaletteEntry, 'title' | 'kind'>>(entries: readonly T[], text: string): T[] {
  const wanted = text.trim().toLowerCase();
  const words = wanted.split(/\s+/).filter((word) => word !== '');
  const rank = ({ title }: T): number =>
    title.toLowerCase().startsWith(wanted) ? 0 : title.toLowerCase().includes(words[0] ?? '') ? 1 : 2;
  return entries
    .filter(({ title, kind }) => words.every((word) => `${title} ${kind}`.toLowerCase().includes(word)))
    .sort((a, b) => rank(a) - rank(b));
}

/** The id of a trace, where a text is one: 32 hexadecimal digits, as other tools write them. */
export function traceIdOf(text: string): string | undefined {
  const id = text.trim().replace(/-/g, '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}
