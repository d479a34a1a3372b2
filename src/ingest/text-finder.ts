/** A text to look for in bytes. */
export interface MarkerText {
  readonly text: string;
  /** Whether letters of either case count as the same. ASCII letters only. */
  readonly caseless?: boolean;
  /** Must match near the text as well: tested on what lies up to 80 bytes before it and 200 behind its start. */
  readonly confirm?: RegExp;
}

/** A way through the bytes of one text. */
type Step = ReadonlySet<number>;

const BEFORE = 80;
const BEHIND = 200;

/** Set in a transition whose state ends a text. */
const ACCEPTS = 0x8000;

/**
 * Finds any of many texts in one pass over the bytes, at the cost of one table look-up per byte whatever their number: a
 * deterministic automaton made by subset construction. Texts are matched as UTF-8.
 */
export class TextFinder {
  private readonly classOf = new Uint8Array(256);
  private readonly classes: number;
  private readonly table: Uint16Array;
  private readonly endings: (readonly number[])[] = [];
  private readonly steps: readonly (readonly Step[])[];

  /** @throws RangeError when the texts are too many for the table. */
  constructor(private readonly texts: readonly MarkerText[]) {
    this.steps = texts.map(({ text, caseless = false }) =>
      [...Buffer.from(text, 'utf8')].map((byte) => new Set(caseless ? bothCases(byte) : [byte])),
    );
    this.classes = this.classify();
    this.table = this.build();
  }

  /** The offset at which a text found in [from, end) begins, or -1. A text must lie in the range whole. */
  find(bytes: Buffer, from: number, end: number): number {
    const { table, classOf, classes } = this;
    let state = 0;
    for (let at = from; at < end; at++) {
      const next = table[state * classes + (classOf[bytes[at] ?? 0] ?? 0)] ?? 0;
      state = next & ~ACCEPTS;
      if ((next & ACCEPTS) === 0) continue;
      const begin = this.confirmed(bytes, state, at + 1, end);
      if (begin >= 0) return begin;
    }
    return -1;
  }

  private confirmed(bytes: Buffer, state: number, stop: number, end: number): number {
    for (const index of this.endings[state] ?? []) {
      const begin = stop - (this.steps[index]?.length ?? 0);
      const confirm = this.texts[index]?.confirm;
      if (confirm === undefined) return begin;
      const window = bytes.toString('latin1', Math.max(0, begin - BEFORE), Math.min(end, begin + BEHIND));
      if (confirm.test(window)) return begin;
    }
    return -1;
  }

  /** Bytes that no text tells apart share a class; class 0 is that of bytes in no text. */
  private classify(): number {
    const signatures = new Map<string, number>([['', 0]]);
    for (let byte = 0; byte < 256; byte++) {
      const places = this.steps.flatMap((steps, text) =>
        steps.flatMap((step, index) => (step.has(byte) ? [`${text}.${index}`] : [])),
      );
      const signature = places.join(' ');
      let known = signatures.get(signature);
      if (known === undefined) signatures.set(signature, (known = signatures.size));
      this.classOf[byte] = known;
    }
    return signatures.size;
  }

  private build(): Uint16Array {
    const sampleOf = new Map<number, number>();
    this.classOf.forEach((known, byte) => void (sampleOf.has(known) || sampleOf.set(known, byte)));
    const states = new Map<string, number>([['', 0]]);
    const pending: (readonly (readonly [text: number, length: number])[])[] = [[]];
    const rows: number[] = [];
    for (let state = 0; state < pending.length; state++) {
      const begun = pending[state] ?? [];
      for (let known = 0; known < this.classes; known++) {
        const next = this.advance(begun, sampleOf.get(known) ?? 0);
        const key = next.map((pair) => pair.join('.')).join(' ');
        let target = states.get(key);
        if (target === undefined) {
          target = pending.push(next) - 1;
          states.set(key, target);
          if (target >= ACCEPTS) throw new RangeError('too many texts to look for');
          this.endings[target] = next.flatMap(([text, length]) => (length === this.steps[text]?.length ? [text] : []));
        }
        rows.push((this.endings[target]?.length ?? 0) > 0 ? target | ACCEPTS : target);
      }
    }
    return Uint16Array.from(rows);
  }

  /** The texts under way, each with how much of it was seen, after one more byte. */
  private advance(begun: readonly (readonly [number, number])[], byte: number): (readonly [number, number])[] {
    const next: (readonly [number, number])[] = [];
    this.steps.forEach((steps, text) => {
      if (steps[0]?.has(byte) === true) next.push([text, 1]);
    });
    for (const [text, length] of begun)
      if (this.steps[text]?.[length]?.has(byte) === true) next.push([text, length + 1]);
    return next;
  }
}

function bothCases(byte: number): number[] {
  const letter = String.fromCharCode(byte);
  return /[a-zA-Z]/.test(letter) ? [letter.toLowerCase().charCodeAt(0), letter.toUpperCase().charCodeAt(0)] : [byte];
}
