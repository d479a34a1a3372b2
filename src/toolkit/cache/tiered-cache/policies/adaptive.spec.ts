import fc from 'fast-check';
import { TRACES, hitRatio } from '../testing/traces';
import { AdaptivePolicy } from './adaptive';
import { LruPolicy } from './lru';
import { S3FifoPolicy } from './s3-fifo';
import { WTinyLfuPolicy } from './w-tiny-lfu';

test.each(Object.entries(TRACES))('%s: as good as LRU, near the best', (_name, trace) => {
  const length = 40_000;
  const [lru = 0, ...others] = [new LruPolicy(1_000), new S3FifoPolicy(1_000), new WTinyLfuPolicy(1_000)].map(
    (policy) => hitRatio(policy, trace(length)),
  );
  const ours = hitRatio(new AdaptivePolicy(1_000), trace(length));
  expect(ours).toBeGreaterThanOrEqual(lru - 0.005);
  // Learning which is best costs a little on a trace as short as this; the benchmark's are longer.
  expect(ours).toBeGreaterThanOrEqual(Math.max(lru, ...others) - 0.02);
});

test.each([
  ['lru', (capacity: number) => new LruPolicy(capacity)],
  ['s3-fifo', (capacity: number) => new S3FifoPolicy(capacity)],
  ['w-tiny-lfu', (capacity: number) => new WTinyLfuPolicy(capacity)],
  ['adaptive', (capacity: number) => new AdaptivePolicy(capacity)],
])('%s never holds more than it may, and gives up each key once', (_name, make) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.tuple(fc.nat(30), fc.nat(9)), { maxLength: 400 }),
      (capacity, steps) => {
        const policy = make(capacity);
        const held = new Set<string>();
        for (const [id, action] of steps) {
          const key = `k${id}`;
          if (action === 0) {
            policy.onRemove(key);
            held.delete(key);
          } else if (policy.has(key)) policy.onHit(key);
          else {
            held.add(key);
            for (const gone of policy.onInsert(key)) expect(held.delete(gone)).toBe(true);
          }
          expect(held.size).toBeLessThanOrEqual(capacity);
          for (const each of held) expect(policy.has(each)).toBe(true);
        }
      },
    ),
    { seed: 5, numRuns: 60 },
  );
});
