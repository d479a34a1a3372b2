import type { OperationDigest, SpanDigest, SpanDigestQuery } from '../../storage';
import { FLAG } from '../blocks/rows';
import type { Segment } from '../blocks/segment';
import { traceKeyOf } from './trace';

/** Buckets per doubling of the duration: each is 4.4 % wide, so a quantile is off by 2.2 % at most. */
const PER_DOUBLING = 16;
/** From 1 ns to 2^46 ns, which is 19 hours. */
const BUCKETS = 46 * PER_DOUBLING;

interface Cell {
  readonly service: string;
  readonly name: string;
  readonly counts: Uint32Array;
  spans: number;
  errors: number;
  nanos: number;
}

/** All spans of a window by operation, and the slowest traces, from the columns alone: no record is read. */
export function digestOf(segments: readonly Segment[], { start, end, slowest }: SpanDigestQuery): SpanDigest {
  const cells = new Map<string, Cell>();
  const tops = new Slowest(slowest);
  let total = 0;
  for (const segment of segments) {
    const { bounds } = segment;
    if (bounds.count === 0 || bounds.maxStart < start || bounds.minStart > end) continue;
    const rows = segment.rows();
    const own = segment.dictionary().operations.map(({ service, name }) => cellOf(cells, service, name));
    for (let row = 0; row < bounds.count; row++) {
      const at = rows.start[row] ?? 0;
      if (at < start || at > end) continue;
      const cell = own[rows.op[row] ?? 0];
      if (cell === undefined) continue;
      const duration = rows.duration[row] ?? 0;
      const flags = rows.flags[row] ?? 0;
      total++;
      cell.spans++;
      cell.nanos += duration;
      if ((flags & FLAG.statusMask) === 2) cell.errors++;
      const bucket = duration <= 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log2(duration) * PER_DOUBLING));
      cell.counts[bucket] = (cell.counts[bucket] ?? 0) + 1;
      if ((flags & FLAG.root) !== 0 && duration > tops.bar) tops.add(duration, traceKeyOf({ segment, row }));
    }
  }
  return {
    spans: total,
    operations: [...cells.values()].filter(({ spans }) => spans > 0).map(toDigest),
    slowest: tops.ids(),
  };
}

function cellOf(cells: Map<string, Cell>, service: string, name: string): Cell {
  const key = `${service}\n${name}`;
  const known = cells.get(key);
  if (known !== undefined) return known;
  const made: Cell = { service, name, counts: new Uint32Array(BUCKETS), spans: 0, errors: 0, nanos: 0 };
  cells.set(key, made);
  return made;
}

function toDigest({ service, name, counts, spans, errors, nanos }: Cell): OperationDigest {
  const quantile = (share: number): number => {
    let left = share * spans;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= counts[bucket] ?? 0;
      // The geometric middle of the bucket.
      if (left <= 0) return 2 ** ((bucket + 0.5) / PER_DOUBLING) / 1e6;
    }
    return 2 ** (BUCKETS / PER_DOUBLING) / 1e6;
  };
  return {
    service,
    name,
    spans,
    errors,
    totalMs: nanos / 1e6,
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
  };
}

/** The traces with the longest roots so far. */
class Slowest {
  private readonly found = new Map<string, number>();
  /** Only longer ones matter. */
  bar: number;

  constructor(private readonly most: number) {
    this.bar = most > 0 ? -1 : Infinity;
  }

  add(duration: number, trace: string): void {
    this.found.set(trace, Math.max(duration, this.found.get(trace) ?? 0));
    if (this.found.size <= this.most) return;
    let least = '';
    let shortest = Infinity;
    let next = Infinity;
    for (const [key, value] of this.found) {
      if (value < shortest) {
        next = shortest;
        shortest = value;
        least = key;
      } else if (value < next) next = value;
    }
    this.found.delete(least);
    this.bar = next;
  }

  /** The slowest first. */
  ids(): string[] {
    return [...this.found].sort((a, b) => b[1] - a[1]).map(([key]) => Buffer.from(key, 'latin1').toString('hex'));
  }
}
