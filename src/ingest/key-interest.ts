import { textOf } from '../otlp';

/** Keys remembered at most; those beyond are asked for each time. */
const MAX_KEYS = 16_384;

interface Verdict {
  readonly bytes: Buffer;
  readonly wanted: boolean;
}

/** Remembers what a predicate says of attribute keys, by their bytes: a key that is known costs no text. */
export class KeyInterest {
  private readonly verdicts = new Map<number, Verdict>();

  constructor(private readonly wants: (key: string) => boolean) {}

  /** Whether the key in the range is wanted. */
  readonly test = (buffer: Buffer, start: number, end: number): boolean => {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (buffer[i] ?? 0), 0x01000193);
    const known = this.verdicts.get(hash);
    if (known !== undefined && isSame(known.bytes, buffer, start, end)) return known.wanted;
    const wanted = this.wants(textOf(buffer, start, end));
    if (known === undefined && this.verdicts.size < MAX_KEYS) {
      this.verdicts.set(hash, { bytes: Buffer.from(buffer.subarray(start, end)), wanted });
    }
    return wanted;
  };
}

function isSame(known: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== buffer[start + i]) return false;
  return true;
}
