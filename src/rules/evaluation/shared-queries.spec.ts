import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { PromqlEngine, parseExpr, printExpr } from '../../promql';
import type { Expr } from '../../promql';
import { MemorySeriesStore } from '../../storage/memory';
import type { RuleQueryEngine } from './rule-query';
import { SharedQueries } from './shared-queries';

const store = new MemorySeriesStore();
const engine = new PromqlEngine(store, new ManualClock(0));
const T = 600_000;

beforeAll(async () => {
  for (let t = 0; t <= T; t += 15_000) {
    await store.append(
      ['a', 'b', 'c'].flatMap((job, index) => [
        { labels: Labels.of({ __name__: 'requests_total', job, code: '200' }), t, value: t * (index + 1) },
        { labels: Labels.of({ __name__: 'requests_total', job, code: '500' }), t, value: t * index },
      ]),
    );
  }
});

const counting = (): { engine: RuleQueryEngine; asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    engine: {
      instant: (expr, at, options) => {
        asked.push(typeof expr === 'string' ? expr : printExpr(expr));
        return engine.instant(expr, at, options);
      },
    },
  };
};

const RATE = 'sum by (job) (rate(requests_total[5m]))';
const cases = [
  `${RATE} > 1000`,
  `${RATE} > 2500`,
  `${RATE} < 5000 and sum by (job) (increase(requests_total[5m])) > 0`,
  `(${RATE} >= 1000) and on (job) requests_total{code="500"} > 0`,
  `${RATE} > 1000 and ignoring (code) requests_total{code="200"}`,
  `${RATE} != 1000`,
];

test.each(cases)('%s gives what the engine alone gives', async (text) => {
  const expressions = cases.map((source) => parseExpr(source));
  const queries = new SharedQueries(engine, expressions);
  const expr = expressions[cases.indexOf(text)] ?? parseExpr('1');
  const values = async (asked: RuleQueryEngine, of: Expr): Promise<unknown> => {
    const { value } = await asked.instant(of, T);
    return value.type === 'vector'
      ? value.samples.map(({ labels, value: own }) => [labels.toString(), own]).sort()
      : value;
  };
  expect(await values(queries, expr)).toEqual(await values(engine, expr));
});

test('what rules have in common is asked once per slot, and again after a write to what it read', async () => {
  const expressions = cases.slice(0, 2).map((source) => parseExpr(source));
  const { engine: counted, asked } = counting();
  const queries = new SharedQueries(counted, expressions);
  const slot = async (at: number): Promise<void> => {
    for (const expr of expressions) await queries.instant(expr, at);
  };
  await slot(T);
  expect(asked).toEqual([RATE]);
  await slot(T + 15_000);
  expect(asked).toHaveLength(2);
  queries.wrote([Labels.of({ __name__: 'other' })]);
  await slot(T + 15_000);
  expect(asked).toHaveLength(2);
  queries.wrote([Labels.of({ __name__: 'requests_total' })]);
  await slot(T + 15_000);
  expect(asked).toHaveLength(3);
});
