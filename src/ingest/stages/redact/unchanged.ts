/** The same array when no item changes. */
export function mapUnchanged<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  let changed = false;
  const result = items.map((item) => {
    const next = change(item);
    if (next !== item) changed = true;
    return next;
  });
  return changed ? result : items;
}
