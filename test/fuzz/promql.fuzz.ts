import fc from 'fast-check';
import { CodedError } from '../../src/base/errors';
import { ManualClock } from '../../src/base/testing/manual-clock';
import { parseExpr, parseNotedSeries, PromqlEngine, runPromtest } from '../../src/promql';
import { exprText } from '../../src/promql/testing/arbitrary-expr';
import { MemorySeriesStore } from '../../src/storage';

const RUNS = 5000;
const seed = 20_260_102;
const PIECES =
  '( ) [ ] { } , : 5m by on offset @ - + == =~ !~ "a" \' bool sum rate up 1e 0x .5 group_left and step() # ` é \\ \0'.split(
    ' ',
  );

/** Expressions with pieces cut out, doubled and put in. */
const mutated = fc
  .tuple(
    exprText,
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(6), fc.constantFrom(...PIECES)), {
      maxLength: 5,
    }),
  )
  .map(([text, edits]) =>
    edits.reduce((current, [at, length, piece]) => {
      const from = Math.floor(at * current.length);
      return current.slice(0, from) + piece + current.slice(from + length);
    }, text),
  );

test('texts: an expression or a coded fault', () => {
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
      try {
        parseExpr(text);
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
      }
    }),
    { numRuns: RUNS, seed },
  );
});

test('whatever parses can be evaluated, or refuses with a code', async () => {
  const store = new MemorySeriesStore();
  for (const line of [
    'up{job="a",le="1"} 0 1 NaN 3 Inf 1',
    'up{job="b",le="+Inf"} 4 5 _ 6 0 2',
    'sum{job="a"} {{schema:0 sum:1 count:3 buckets:[1 2]}}x5',
    'offset{job="a"} {{schema:-53 sum:1 count:3 custom_values:[1] buckets:[1 2]}}x5',
  ]) {
    const { labels, samples } = parseNotedSeries(line);
    await store.append(
      samples.flatMap(({ value, histogram, omitted }, i) =>
        omitted ? [] : [{ labels, t: i * 60_000, value, ...(histogram === undefined ? {} : { histogram }) }],
      ),
    );
  }
  const engine = new PromqlEngine(store, new ManualClock(), { maxSamples: 100_000 });
  await fc.assert(
    fc.asyncProperty(mutated, async (text) => {
      for (const ask of [() => engine.instant(text, 300_000), () => engine.range(text, 0, 300_000, 60_000)]) {
        try {
          await ask();
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
        }
      }
    }),
    { numRuns: RUNS, seed },
  );
}, 120_000);

test('scripts: outcomes, never a crash', async () => {
  const line = fc.oneof(
    fc.constantFrom(
      'load 1m',
      'clear',
      'eval instant at 1m up',
      'eval range from 0 to 5m step 1m up',
      '  up 1+1x5',
      ' expect fail',
      ' {} {{',
      '',
    ),
    fc.string({ maxLength: 20 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
      expect(Array.isArray(await runPromtest(lines.join('\n'), new ManualClock()))).toBe(true);
    }),
    { numRuns: RUNS, seed },
  );
}, 120_000);
