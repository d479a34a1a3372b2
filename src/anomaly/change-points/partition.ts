/** How a series is cut. */
export interface PartitionOptions {
  /** What one more segment costs, in units of the cost. */
  readonly penalty: number;
  /** Points of the shortest segment, at least 1. */
  readonly shortest: number;
  /** Segments begin at multiples of so many points. */
  readonly grid: number;
}

/**
 * The cheapest cut of [0, length) into segments: where the segments after the first begin. Exact over the grid; a start
 * that can no longer win is dropped.
 *
 * Source: optimal partitioning (Jackson et al. 2005) with the pruning of PELT (Killick, Fearnhead, Eckley 2012).
 */
export function partition(
  length: number,
  cost: (from: number, to: number) => number,
  { penalty, shortest, grid }: PartitionOptions,
): number[] {
  const places = positions(length, shortest, grid);
  const best = new Float64Array(places.length).fill(Infinity);
  const from = new Int32Array(places.length);
  best[0] = -penalty;
  const live = new Int32Array(places.length);
  const totals = new Float64Array(places.length);
  let living = 0;
  let entered = 0;
  for (let end = 1; end < places.length; end++) {
    const to = places[end] ?? length;
    // A start enters once a segment from it is long enough.
    while (entered < end && (places[entered] ?? 0) <= to - shortest) live[living++] = entered++;
    let least = Infinity;
    for (let index = 0; index < living; index++) {
      const start = live[index] ?? 0;
      const total = (best[start] ?? Infinity) + cost(places[start] ?? 0, to) + penalty;
      totals[index] = total;
      if (total >= least) continue;
      least = total;
      from[end] = start;
    }
    best[end] = least;
    // Noise that starts anew may make a cut cost a little: the margin keeps the pruning exact.
    const bound = least + penalty * 1.5;
    let kept = 0;
    for (let index = 0; index < living; index++) if ((totals[index] ?? 0) <= bound) live[kept++] = live[index] ?? 0;
    living = kept;
  }
  const cuts: number[] = [];
  for (let end = places.length - 1; end > 0; end = from[end] ?? 0) {
    const start = from[end] ?? 0;
    if (start > 0) cuts.push(places[start] ?? 0);
  }
  return cuts.reverse();
}

function positions(length: number, shortest: number, grid: number): number[] {
  const places = [0];
  for (let at = grid; at <= length - shortest; at += grid) if (at >= shortest) places.push(at);
  places.push(length);
  return places;
}
