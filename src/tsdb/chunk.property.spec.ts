import fc from 'fast-check';
import { ByteReader, ByteWriter } from './bytes';
import { readChunk, writeChunk } from './chunk';
import { mergeColumns, type Columns } from './columns';
import { CorruptDataError } from './errors';

const histogram = {
  schema: 3,
  zeroThreshold: 1e-128,
  zeroCount: 2,
  count: 7,
  sum: -1.5,
  positiveSpans: [{ offset: -5, length: 2 }],
  positiveBuckets: [1, 4],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
  counterResetHint: 'gauge',
} as const;

const values = fc.oneof(
  fc.array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), { minLength: 1, maxLength: 300 }),
  fc.array(fc.double(), { minLength: 1, maxLength: 300 }),
  fc.array(fc.constantFrom(0, -0, 1, 1, 1, 1.5, NaN, Infinity, 2 ** 53), { minLength: 1, maxLength: 300 }),
);

const columns: fc.Arbitrary<Columns> = fc
  .record({
    values,
    first: fc.integer({ min: -(2 ** 41), max: 2 ** 42 }),
    gaps: fc.oneof(fc.constant([15_000]), fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 20 })),
    kinds: fc.array(fc.constantFrom(0, 0, 0, 1, 2), { maxLength: 20 }),
  })
  .map(({ values: floats, first, gaps, kinds }) => {
    let t = first;
    const kindAt = (i: number): number => (kinds.length === 0 ? 0 : (kinds[i % kinds.length] ?? 0));
    return {
      length: floats.length,
      timestamps: Float64Array.from(floats, (_, i) => (t += gaps[i % gaps.length] ?? 1)),
      values: Float64Array.from(floats, (value, i) => (kindAt(i) === 1 ? NaN : value)),
      stale: kinds.includes(1) ? Uint8Array.from(floats, (_, i) => (kindAt(i) === 1 ? 1 : 0)) : undefined,
      histograms: kinds.includes(2) ? floats.map((_, i) => (kindAt(i) === 2 ? histogram : undefined)) : undefined,
    };
  });

/** What a chunk must bring back; the value beside a histogram means nothing. */
const meaning = ({ length, timestamps, values: floats, stale, histograms }: Columns): unknown[] =>
  Array.from({ length }, (_, i) => [timestamps[i], histograms?.[i] ?? (stale?.[i] === 1 ? 'stale' : floats[i])]);

test('decode of encode is the identity', () => {
  fc.assert(
    fc.property(columns, (original) => {
      const out = new ByteWriter(16);
      writeChunk(out, original);
      const from = new ByteReader(out.copy());
      expect(meaning(readChunk(from))).toEqual(meaning(original));
      expect(from.done).toBe(true);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('other bytes are read or refused', () => {
  fc.assert(
    fc.property(columns, fc.array(fc.tuple(fc.nat(10_000), fc.nat(255)), { maxLength: 5 }), (original, changes) => {
      const out = new ByteWriter(16);
      writeChunk(out, original);
      const bytes = out.copy();
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      // A length beyond what is there would be a CRC fault before it came here; the codec itself must only not crash.
      if ((bytes[0] ?? 0) > 127 && (bytes[2] ?? 0) > 127) return;
      try {
        readChunk(new ByteReader(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptDataError);
      }
    }),
    { numRuns: 300, seed: 2 },
  );
});

test('merging runs gives each time once, the later run winning', () => {
  fc.assert(
    fc.property(fc.array(columns, { maxLength: 4 }), (runs) => {
      const want = new Map<unknown, unknown>();
      for (const run of runs)
        for (const sample of meaning(run)) if (Array.isArray(sample)) want.set(sample[0], sample[1]);
      expect(meaning(mergeColumns(runs))).toEqual([...want].sort(([a], [b]) => Number(a) - Number(b)));
    }),
    { numRuns: 200, seed: 3 },
  );
});
