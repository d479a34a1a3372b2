/** At most `most` points: of each part the one with the largest (or smallest) value. Values that are no finite numbers go. */
export function thinned(
  points: readonly (readonly [number, number])[],
  most: number,
  low: boolean,
): (readonly [number, number])[] {
  const finite = points.filter(([, value]) => Number.isFinite(value));
  if (finite.length <= most) return finite;
  return Array.from({ length: most }, (_, part) => {
    const from = Math.floor((part * finite.length) / most);
    const to = Math.floor(((part + 1) * finite.length) / most);
    return finite
      .slice(from, to)
      .reduce((worst, point) => ((low ? point[1] < worst[1] : point[1] > worst[1]) ? point : worst));
  });
}
