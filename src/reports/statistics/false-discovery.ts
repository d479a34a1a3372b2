/**
 * Adjusted p-values that control the share of false discoveries, also where the tests depend on each other positively
 * (Benjamini & Hochberg 1995). In the order given.
 */
export function falseDiscovery(p: readonly number[]): number[] {
  const order = p.map((value, index) => ({ value, index })).sort((a, b) => b.value - a.value);
  const adjusted = new Array<number>(p.length).fill(1);
  let least = 1;
  order.forEach(({ value, index }, place) => {
    least = Math.min(least, (value * p.length) / (p.length - place));
    adjusted[index] = least;
  });
  return adjusted;
}
