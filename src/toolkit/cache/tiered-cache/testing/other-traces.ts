import { seededRandom } from '../../../../base/ids';
import { conversations, zipf } from './traces';
import type { Trace } from './traces';

/** More traces by which the adaptive policy is judged: habits that change otherwise, or are mixed. */
export const OTHER_TRACES: Readonly<Record<string, Trace>> = {
  'short loop': function* (length, capacity) {
    for (let at = 0; at < length; at++) yield `l${at % Math.ceil(1.05 * capacity)}`;
  },
  'flat zipf': function* (length, capacity, seed) {
    const popular = zipf(10 * capacity, 0.7, seededRandom(seed));
    for (let at = 0; at < length; at++) yield `z${popular()}`;
  },
  'steep zipf': function* (length, capacity, seed) {
    const popular = zipf(50 * capacity, 1.1, seededRandom(seed));
    for (let at = 0; at < length; at++) yield `z${popular()}`;
  },
  'rare scans': function* (length, capacity, seed) {
    const popular = zipf(4 * capacity, 1, seededRandom(seed));
    for (let at = 0; at < length; at++) yield at % (20 * capacity) < 2 * capacity ? `s${at}` : `z${popular()}`;
  },
  'scan throughout': function* (length, capacity, seed) {
    const random = seededRandom(seed);
    const popular = zipf(4 * capacity, 0.9, random);
    for (let at = 0; at < length; at++) yield random() < 0.3 ? `s${at}` : `z${popular()}`;
  },
  'slow shift': function* (length, capacity, seed) {
    const popular = zipf(4 * capacity, 0.9, seededRandom(seed));
    for (let at = 0; at < length; at++) {
      yield `z${popular() + Math.floor(at / (20 * capacity)) * Math.floor(capacity / 2)}`;
    }
  },
  'all new at times': function* (length, capacity, seed) {
    const popular = zipf(5 * capacity, 0.9, seededRandom(seed));
    for (let at = 0; at < length; at++) yield `z${popular() + Math.floor(at / (25 * capacity)) * 5 * capacity}`;
  },
  drift: function* (length, capacity, seed) {
    const popular = zipf(3 * capacity, 0.8, seededRandom(seed));
    for (let at = 0; at < length; at++) yield `z${popular() + Math.floor(at / 6)}`;
  },
  'working sets': function* (length, capacity, seed) {
    const random = seededRandom(seed);
    for (let at = 0; at < length; at++) {
      yield `w${Math.floor(at / (5 * capacity)) * capacity + Math.floor(random() * 0.8 * capacity)}`;
    }
  },
  'four phases': function* (length, capacity, seed) {
    const random = seededRandom(seed);
    const popular = zipf(5 * capacity, 0.9, random);
    for (let at = 0; at < length; at++) {
      const set = Math.floor(at / (4 * capacity));
      const keys = [
        () => `z${popular()}`,
        () => `l${at % Math.floor(1.5 * capacity)}`,
        () => `w${set * capacity + Math.floor(random() * 0.8 * capacity)}`,
        () => `z${popular() + set * Math.floor(0.7 * capacity)}`,
      ];
      yield keys[Math.floor((8 * at) / length) % keys.length]?.() ?? '';
    }
  },
  'busy conversations': (length, capacity, seed) =>
    conversations(length, seed, { open: Math.floor(capacity / 15), recency: 1.5, end: 0.04 }),
  'short conversations': (length, capacity, seed) =>
    conversations(length, seed, { open: Math.floor(capacity / 5), recency: 1, end: 0.08 }),
  'long conversations': (length, capacity, seed) =>
    conversations(length, seed, { open: Math.floor(capacity / 40), recency: 1, end: 0.02 }),
  'conversations and tools': function* (length, capacity, seed) {
    const random = seededRandom(seed);
    const popular = zipf(2 * capacity, 0.9, random);
    const talk = { open: Math.floor(capacity / 12), recency: 1.5, end: 0.05 };
    for (const key of conversations(length, seed, talk)) yield random() < 0.4 ? `t${popular()}` : key;
  },
};
