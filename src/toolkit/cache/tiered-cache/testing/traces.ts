import { seededRandom } from '../../../../base/ids';
import type { Random } from '../../../../base/ids';
import type { EvictionPolicy } from '../policies/policy';

/** Gives a trace of keys for a cache of that capacity; equal seeds give equal traces. */
export type Trace = (length: number, capacity: number, seed: number) => Iterable<string>;

/** Synthetic traces of keys, by the habit that they imitate. */
export const TRACES: Readonly<Record<string, Trace>> = {
  loop: function* (length, capacity) {
    const keys = Math.floor(capacity * 1.3);
    for (let at = 0; at < length; at++) yield `l${at % keys}`;
  },
  'long loop': function* (length, capacity) {
    for (let at = 0; at < length; at++) yield `l${at % (3 * capacity)}`;
  },
  scan: function* (length, capacity, seed) {
    const popular = zipf(5 * capacity, 0.9, seededRandom(seed));
    let next = 0;
    for (let at = 0; at < length; at++) {
      yield at % (6 * capacity) < 2.5 * capacity ? `s${next++}` : `z${popular()}`;
    }
  },
  'loop and zipf': function* (length, capacity, seed) {
    const random = seededRandom(seed);
    const popular = zipf(10 * capacity, 0.9, random);
    let next = 0;
    for (let at = 0; at < length; at++) {
      yield random() < 0.5 ? `l${next++ % Math.floor(1.2 * capacity)}` : `z${popular()}`;
    }
  },
  zipf: function* (length, capacity, seed) {
    const popular = zipf(20 * capacity, 0.9, seededRandom(seed));
    for (let at = 0; at < length; at++) yield `z${popular()}`;
  },
  shifting: function* (length, capacity, seed) {
    const popular = zipf(3 * capacity, 0.8, seededRandom(seed));
    for (let at = 0; at < length; at++) {
      yield `z${popular() + Math.floor(at / (4 * capacity)) * Math.floor(0.7 * capacity)}`;
    }
  },
  phases: function* (length, capacity, seed) {
    // A quarter of the time each: popular keys, a loop, popular keys, a loop.
    const popular = zipf(5 * capacity, 0.9, seededRandom(seed));
    for (let at = 0; at < length; at++) {
      yield Math.floor((4 * at) / length) % 2 === 0 ? `z${popular()}` : `l${at % Math.floor(1.3 * capacity)}`;
    }
  },
  conversations: (length, capacity, seed) =>
    conversations(length, seed, { open: Math.floor(capacity / 25), recency: 2, end: 0.03 }),
  'many conversations': (length, capacity, seed) =>
    conversations(length, seed, { open: Math.floor(capacity / 8), recency: 1, end: 0.05 }),
};

/** Each turn asks for every prefix of its conversation; conversations come and go, the latest being the busiest. */
export function* conversations(
  length: number,
  seed: number,
  { open: most, recency, end }: { open: number; recency: number; end: number },
): Iterable<string> {
  const random = seededRandom(seed);
  const open: { id: number; turns: number }[] = [];
  let ids = 0;
  let at = 0;
  while (at < length) {
    if (open.length < most) open.push({ id: ++ids, turns: 0 });
    const which = Math.floor(random() ** recency * open.length);
    const conversation = open[which];
    if (conversation === undefined) continue;
    conversation.turns++;
    for (let turn = 1; turn <= conversation.turns && at < length; turn++, at++) yield `c${conversation.id}.${turn}`;
    if (random() < end) open.splice(which, 1);
  }
}

/** The ratio of hits of a policy on a trace. */
export function hitRatio(policy: EvictionPolicy, trace: Iterable<string>): number {
  let hits = 0;
  let all = 0;
  for (const key of trace) {
    all++;
    if (policy.has(key)) {
      hits++;
      policy.onHit(key);
    } else policy.onInsert(key);
  }
  return hits / all;
}

/** Ranks from 0, the likelier the lower: rank r with a weight of (r + 1)^-exponent. */
export function zipf(count: number, exponent: number, random: Random): () => number {
  const cumulative = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) cumulative[rank] = sum += 1 / (rank + 1) ** exponent;
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
