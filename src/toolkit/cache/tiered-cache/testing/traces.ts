import { seededRandom } from '../../../../base/ids';
import type { Random } from '../../../../base/ids';
import type { EvictionPolicy } from '../policies/policy';

/** Synthetic traces of keys, by the habit that they imitate; all for a cache of 1,000. */
export const TRACES: Readonly<Record<string, (length: number) => Iterable<string>>> = {
  loop: function* (length) {
    for (let at = 0; at < length; at++) yield `l${at % 1_300}`;
  },
  scan: function* (length) {
    const random = seededRandom(1);
    const popular = zipf(5_000, 0.9, random);
    let next = 0;
    for (let at = 0; at < length; at++) yield at % 6_000 < 2_500 ? `s${next++}` : `z${popular()}`;
  },
  zipf: function* (length) {
    const popular = zipf(20_000, 0.9, seededRandom(2));
    for (let at = 0; at < length; at++) yield `z${popular()}`;
  },
  shifting: function* (length) {
    const popular = zipf(3_000, 0.8, seededRandom(3));
    for (let at = 0; at < length; at++) yield `z${popular() + Math.floor(at / 4_000) * 700}`;
  },
  conversations: function* (length) {
    // Each turn asks for every prefix of its conversation; conversations come and go.
    const random = seededRandom(4);
    const open: { id: number; turns: number }[] = [];
    let ids = 0;
    let at = 0;
    while (at < length) {
      if (open.length < 40) open.push({ id: ++ids, turns: 0 });
      const which = Math.floor(random() ** 2 * open.length);
      const conversation = open[which];
      if (conversation === undefined) continue;
      conversation.turns++;
      for (let turn = 1; turn <= conversation.turns && at < length; turn++, at++) yield `c${conversation.id}.${turn}`;
      if (random() < 0.03) open.splice(which, 1);
    }
  },
};

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

function zipf(count: number, exponent: number, random: Random): () => number {
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
