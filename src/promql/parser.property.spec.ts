import fc from 'fast-check';
import { CodedError } from '../base/errors';
import type { Expr } from './ast';
import { parseExpr } from './parser';
import { prettyExpr, printExpr } from './printer';
import { exprText } from './testing/arbitrary-expr';

const RUN = { seed: 20_260_101, numRuns: 500 };

/** An expression without the places of its nodes. */
function withoutPlaces(expr: Expr): unknown {
  return JSON.parse(
    JSON.stringify(expr, (key, value: unknown) =>
      key === 'start' || key === 'end' || key === 'operatorStart' || key === 'text' ? undefined : value,
    ),
  );
}

test('reading what was printed gives the same expression, and printing that the same text', () => {
  fc.assert(
    fc.property(exprText, (text) => {
      const expr = parseExpr(text);
      const printed = printExpr(expr);
      const again = parseExpr(printed);
      expect(printExpr(again)).toBe(printed);
      expect(printExpr(parseExpr(prettyExpr(expr)))).toBe(printed);
      expect(typesOf(withoutPlaces(again))).toEqual(typesOf(withoutPlaces(expr)));
    }),
    RUN,
  );
});

/** Matchers may come in another order: their order means nothing. */
function typesOf(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(typesOf).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, typesOf(value)]));
}

test('any text gives an expression or a fault with its place', () => {
  const piece = fc.constantFrom(
    ...'( ) [ ] { } , : 5m by on offset @ - + == =~ ! "a" bool sum rate up 1e 0x .5 group_left and step() # ` é \n'.split(
      ' ',
    ),
  );
  const text = fc.array(fc.oneof(piece, exprText, fc.string({ maxLength: 3, unit: 'binary' })), { maxLength: 12 });
  fc.assert(
    fc.property(text, (parts) => {
      try {
        parseExpr(parts.join(' '));
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
        expect(error).toMatchObject({ line: expect.any(Number) as number, column: expect.any(Number) as number });
      }
    }),
    RUN,
  );
});

test("what we print is in the language of Prometheus' own grammar for editors", async () => {
  const { parser: officialGrammar } = await import('@prometheus-io/lezer-promql');
  fc.assert(
    fc.property(exprText, (text) => {
      // A metric named like a keyword is beyond that grammar.
      const printed = printExpr(parseExpr(text.replaceAll('offset{', 'up{')));
      const faults: string[] = [];
      officialGrammar.parse(printed).iterate({
        enter: ({ type, from, to }) => {
          if (type.isError) faults.push(`${printed.slice(0, from)}⚠${printed.slice(from, to)}`);
        },
      });
      expect(faults).toEqual([]);
    }),
    RUN,
  );
});
