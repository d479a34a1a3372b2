import { assembleTrace } from './assemble';
import type { TraceTree } from './assemble';
import { collapseRepeats } from './collapse';
import { compareTraces } from './compare';
import { criticalPath } from './critical-path';
import { dependenciesOf } from './dependencies';
import { summarizeTrace } from './summary';
import { SAMPLE_START, sampleSpans } from './testing/sample-spans';
import type { SampleSpan } from './testing/sample-spans';

const ms = (nano: bigint): number => Number(nano - BigInt(SAMPLE_START) * 1_000_000n) / 1e6;
const id = (text: string): string => text.replace(/^0+/, '');

/** The tree as indented ids, skew in parentheses. */
function draw(tree: TraceTree): string[] {
  return tree.nodes.map(
    (node) =>
      `${'  '.repeat(node.depth)}${id(node.span.spanId)}${node.skewNano === 0n ? '' : ` (${Number(node.skewNano) / 1e6})`}`,
  );
}

describe('assembly', () => {
  test.each<[string, SampleSpan[], string[]]>([
    [
      'children by start, whatever order they came in',
      [
        { id: 'c', parent: 'a', start: 5, end: 6 },
        { id: 'b', parent: 'a', start: 1, end: 3 },
        { id: 'a', start: 0, end: 10 },
      ],
      ['a', '  b', '  c'],
    ],
    [
      'a parent that never arrived',
      [
        { id: 'b', parent: 'f', start: 1, end: 3 },
        { id: 'a', start: 0, end: 10 },
      ],
      ['a', 'b'],
    ],
    [
      'a circle is cut at its earliest span',
      [
        { id: 'a', parent: 'b', start: 0, end: 10 },
        { id: 'b', parent: 'a', start: 1, end: 9 },
      ],
      ['a', '  b'],
    ],
    ['its own parent', [{ id: 'a', parent: 'a', start: 0, end: 1 }], ['a']],
    [
      'a server ahead of its caller is centred, with all below it',
      [
        { id: 'a', start: 0, end: 10, kind: 'client' },
        { id: 'b', parent: 'a', service: 'db', start: 102, end: 106, kind: 'server' },
        { id: 'c', parent: 'b', service: 'db', start: 103, end: 104 },
      ],
      ['a', '  b (-99)', '    c (-99)'],
    ],
    [
      'a server span that took longer than its caller saw starts with it',
      [
        { id: 'a', start: 10, end: 12, kind: 'client' },
        { id: 'b', parent: 'a', service: 'db', start: 5, end: 20, kind: 'server' },
      ],
      ['a', '  b (5)'],
    ],
    [
      'a client and a server span under one id',
      [
        { id: 'a', start: 0, end: 10, kind: 'client' },
        { id: 'a', service: 'db', start: 1, end: 9, kind: 'server' },
        { id: 'c', parent: 'a', service: 'db', start: 2, end: 3 },
      ],
      ['a', '  a', '    c'],
    ],
  ])('%s', (_name, samples, want) => {
    expect(draw(assembleTrace(sampleSpans(...samples)))).toEqual(want);
  });

  test('fifty thousand levels', () => {
    const spans = sampleSpans(
      ...Array.from({ length: 50_000 }, (_, i) => ({
        id: (i + 1).toString(16),
        ...(i === 0 ? {} : { parent: i.toString(16) }),
        start: i / 1000,
        end: 200 - i / 1000,
      })),
    );
    const tree = assembleTrace(spans);
    expect(tree.nodes.at(-1)?.depth).toBe(49_999);
    expect(criticalPath(tree.roots[0] ?? fail())).toHaveLength(2 * 50_000 - 1);
    expect(compareTraces(tree, tree)).toHaveLength(50_000);
  });
});

test.each<[string, SampleSpan[], string]>([
  ['a span alone', [{ id: 'a', start: 0, end: 10 }], 'a0-10'],
  [
    'one after the other',
    [
      { id: 'a', start: 0, end: 10 },
      { id: 'b', parent: 'a', start: 1, end: 4 },
      { id: 'c', parent: 'a', start: 5, end: 9 },
    ],
    'a0-1 b1-4 a4-5 c5-9 a9-10',
  ],
  [
    'of two at once the one that ends last',
    [
      { id: 'a', start: 0, end: 10 },
      { id: 'b', parent: 'a', start: 1, end: 8 },
      { id: 'c', parent: 'a', start: 2, end: 5 },
    ],
    'a0-1 b1-8 a8-10',
  ],
  [
    'a child that outlives its parent counts to the parent end',
    [
      { id: 'a', start: 0, end: 10 },
      { id: 'b', parent: 'a', start: 4, end: 15 },
    ],
    'a0-4 b4-10',
  ],
  [
    'a consumer that outlives it held nothing up',
    [
      { id: 'a', start: 0, end: 10 },
      { id: 'b', parent: 'a', start: 4, end: 15, kind: 'consumer' },
    ],
    'a0-10',
  ],
  [
    'nested',
    [
      { id: 'a', start: 0, end: 10 },
      { id: 'b', parent: 'a', start: 2, end: 9 },
      { id: 'c', parent: 'b', start: 3, end: 6 },
    ],
    'a0-2 b2-3 c3-6 b6-9 a9-10',
  ],
])('critical path: %s', (_name, samples, want) => {
  const [root] = assembleTrace(sampleSpans(...samples)).roots;
  const segments = criticalPath(root ?? fail());
  expect(segments.map((s) => `${id(s.node.span.spanId)}${ms(s.startUnixNano)}-${ms(s.endUnixNano)}`).join(' ')).toBe(
    want,
  );
});

test('dependencies are calls across services', () => {
  const tree = assembleTrace(
    sampleSpans(
      { id: 'a', service: 'web', start: 0, end: 9 },
      { id: 'b', parent: 'a', service: 'api', start: 1, end: 5 },
      { id: 'c', parent: 'a', service: 'api', start: 5, end: 6 },
      { id: 'd', parent: 'b', service: 'api', start: 2, end: 3 },
      { id: 'e', parent: 'd', service: 'db', start: 2, end: 3 },
    ),
  );
  expect(dependenciesOf([tree])).toEqual([
    { parent: 'api', child: 'db', callCount: 1 },
    { parent: 'web', child: 'api', callCount: 2 },
  ]);
});

test('a summary counts errors, orphans and services', () => {
  const summary = summarizeTrace(
    sampleSpans(
      { id: 'a', service: 'web', name: 'GET /', start: 0, end: 9, error: true },
      { id: 'b', parent: 'f', service: 'api', start: -1, end: 12 },
    ),
  );
  expect({ ...summary, startUnixNano: ms(summary.startUnixNano), endUnixNano: ms(summary.endUnixNano) }).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    rootService: 'web',
    rootOperation: 'GET /',
    startUnixNano: -1,
    endUnixNano: 12,
    spanCount: 2,
    errorSpanCount: 1,
    orphanSpanCount: 1,
    services: [
      { name: 'api', spanCount: 1, errorSpanCount: 0 },
      { name: 'web', spanCount: 1, errorSpanCount: 1 },
    ],
  });
});

test('repeats of a sibling become one line, with what lies below them hidden', () => {
  const repeats: SampleSpan[] = Array.from({ length: 100 }, (_, i) => ({
    id: `b${i.toString(16)}`,
    parent: 'a',
    name: 'query',
    start: i,
    end: i + 1,
  }));
  const rows = collapseRepeats(
    assembleTrace(
      sampleSpans(
        { id: 'a', start: 0, end: 200 },
        ...repeats,
        { id: 'c1', parent: 'b3', start: 3, end: 4 },
        { id: 'd', parent: 'a', start: 150, end: 160 },
      ),
    ),
  );
  expect(rows.map(({ node, count, hidden }) => [node.span.name, count, hidden])).toEqual([
    ['a', 1, 0],
    ['query', 100, 1],
    ['d', 1, 0],
  ]);
});

test('comparison finds what is new, gone and slower', () => {
  const before = assembleTrace(
    sampleSpans(
      { id: 'a', start: 0, end: 10 },
      { id: 'b', parent: 'a', start: 1, end: 3 },
      { id: 'c', parent: 'a', start: 4, end: 5 },
    ),
  );
  const after = assembleTrace(
    sampleSpans(
      { id: 'a', start: 0, end: 40 },
      { id: 'b', parent: 'a', start: 1, end: 30 },
      { id: 'd', parent: 'a', start: 31, end: 33 },
    ),
  );
  expect(
    compareTraces(before, after).map((row) => [
      row.path.at(-1),
      row.countA,
      row.countB,
      Number(row.nanoB - row.nanoA) / 1e6,
    ]),
  ).toEqual([
    ['svc a', 1, 1, 30],
    ['svc b', 1, 1, 27],
    ['svc d', 0, 1, 2],
    ['svc c', 1, 0, -1],
  ]);
});

function fail(): never {
  throw new Error('there is no root');
}
