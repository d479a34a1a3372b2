import type { TraceNode, TraceTree } from './assemble';

/** One place in the shape of two traces: the way of services and operations that leads there. */
export interface PathDifference {
  /** `service operation`, from the root down; of a very deep place the nearest names, after `…`. */
  readonly path: readonly string[];
  readonly countA: number;
  readonly countB: number;
  /** Sum of the durations of the spans there. */
  readonly nanoA: bigint;
  readonly nanoB: bigint;
  readonly errorsA: number;
  readonly errorsB: number;
}

/** Names shown of a path. */
const MAX_PATH = 64;

interface Place {
  readonly name: string;
  readonly above: Place | undefined;
  count: number;
  nano: bigint;
  errors: number;
}

interface Pair {
  readonly any: Place;
  a: Place | undefined;
  b: Place | undefined;
}

/** Both traces, place by place, the greatest difference in time first; places that only one of them has included. */
export function compareTraces(a: TraceTree, b: TraceTree): PathDifference[] {
  const ids = new Map<string, number>();
  const pairs = new Map<number, Pair>();
  for (const [id, place] of placesOf(a, ids)) pairs.set(id, { any: place, a: place, b: undefined });
  for (const [id, place] of placesOf(b, ids)) {
    const pair = pairs.get(id);
    if (pair === undefined) pairs.set(id, { any: place, a: undefined, b: place });
    else pair.b = place;
  }
  return [...pairs.values()]
    .map((pair) => ({
      path: pathOf(pair.any),
      countA: pair.a?.count ?? 0,
      countB: pair.b?.count ?? 0,
      nanoA: pair.a?.nano ?? 0n,
      nanoB: pair.b?.nano ?? 0n,
      errorsA: pair.a?.errors ?? 0,
      errorsB: pair.b?.errors ?? 0,
    }))
    .sort((x, y) => compareBig(magnitude(y.nanoB - y.nanoA), magnitude(x.nanoB - x.nanoA)));
}

/** Places by id; `ids` gives the same place of both traces the same number. */
function placesOf(tree: TraceTree, ids: Map<string, number>): Map<number, Place> {
  const places = new Map<number, Place>();
  const idOf = new Map<TraceNode, number>();
  for (const node of tree.nodes) {
    const aboveId = node.parent === undefined ? -1 : (idOf.get(node.parent) ?? -1);
    const name = `${node.service} ${node.span.name}`;
    const key = `${aboveId} ${name}`;
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    idOf.set(node, id);
    const place = places.get(id) ?? { name, above: places.get(aboveId), count: 0, nano: 0n, errors: 0 };
    place.count++;
    place.nano += node.endUnixNano - node.startUnixNano;
    if (node.span.status.code === 'error') place.errors++;
    places.set(id, place);
  }
  return places;
}

function pathOf(place: Place): string[] {
  const path: string[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.above) {
    if (path.length === MAX_PATH) {
      path.push('…');
      break;
    }
    path.push(at.name);
  }
  return path.reverse();
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function compareBig(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
