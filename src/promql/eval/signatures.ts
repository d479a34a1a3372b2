import type { Labels } from '../../domain/labels';
import type { VectorMatching } from '../ast';
import { METADATA_LABELS } from './label-maps';

/** The matching labels of both sides, as small numbers. */
export interface Signatures {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly count: number;
}

/** What of a label set takes part in the matching. */
export function matchingLabels({ on, labels }: VectorMatching): (own: Labels) => Labels {
  if (on) {
    const kept = new Set(labels);
    return (own) => own.filter((name) => kept.has(name));
  }
  const removed = new Set([...METADATA_LABELS, ...labels]);
  return (own) => own.filter((name) => !removed.has(name));
}

/** Numbers the signatures of two sides. */
export function signaturesOf(matching: VectorMatching, left: readonly Labels[], right: readonly Labels[]): Signatures {
  const numbers = new Map<string, number>();
  const keep = matchingLabels(matching);
  const numberOf = (own: Labels): number => {
    const { key } = keep(own);
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    return number;
  };
  return { left: Int32Array.from(left, numberOf), right: Int32Array.from(right, numberOf), count: numbers.size };
}
