import fc from 'fast-check';
import { TRACES, hitRatio } from '../testing/traces';
import { AdaptivePolicy } from './adaptive';
import { LruPolicy } from './lru';
import { S3FifoPolicy } from './s3-fifo';
import { WTinyLfuPolicy } from './w-tiny-lfu';

test.each(Object.entries(TRACES))('%s: as good as LRU, near the best', (_name, trace) => {
  const capacity = 200;
  const keys = [...trace(40_000, capacity, 1)];
  const [lru = 0, ...others] = [new LruPolicy(capacity), new S3FifoPolicy(capacity), new WTinyLfuPolicy(capacity)].map(
    (policy) => hitRatio(policy, keys),
  );
  const ours = hitRatio(new AdaptivePolicy(capacity), keys);
  // Finding out that LRU is best after all costs a few hits.
  expect(ours).toBeGreaterThanOrEqual(lru - 0.001);
  expect(ours).toBeGreaterThanOrEqual(Math.max(lru, ...others) - 0.005);
});

test('bytes that are short are short for the contestants too', () => {
  const policy = new AdaptivePolicy(1_000);
  const held = new Set<string>();
  for (let at = 0; at < 20_000; at++) {
    const key = `k${at % 90}`;
    if (policy.has(key)) policy.onHit(key);
    else {
      held.add(key);
      for (const gone of policy.onInsert(key)) held.delete(gone);
    }
    while (held.size > 80) held.delete(policy.evict() ?? '');
  }
  expect(held.size).toBe(80);
  for (const key of held) expect(policy.has(key)).toBe(true);
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
