import type { OutlineSpan } from '../../contracts/trace-search';
import { buildTree, criticalPath, flatten, spanContains, visibleRows } from './trace-model';

/** `id<parent name start-end`, times in microseconds. */
function spans(...lines: readonly string[]): OutlineSpan[] {
  return lines.map((line) => {
    const match = /^(\w+)(?:<(\w+))? (\S+) (\d+)-(\d+)(!)?$/.exec(line);
    return {
      id: match?.[1] ?? '',
      parent: match?.[2] ?? '',
      name: match?.[3] ?? '',
      service: 'svc',
      kind: 'internal',
      start: Number(match?.[4]),
      duration: Number(match?.[5]) - Number(match?.[4]),
      failed: match?.[6] === '!',
      running: false,
      retries: [],
      attributes: {},
      warnings: [],
    };
  });
}

const drawn = (list: readonly OutlineSpan[], collapsed: readonly string[] = [], fold = true): string[] =>
  visibleRows(buildTree(list), new Set(collapsed), fold).map((row) =>
    row.kind === 'span'
      ? `${' '.repeat(row.node.depth)}${row.node.id}`
      : `${' '.repeat(row.group.depth)}${row.group.name}×${row.group.members.length}`,
  );

const chat = spans(
  'r root 0-100',
  'a<r read 0-10',
  'b<r read 10-20',
  'c<r read 20-30',
  'd<r read 30-40',
  'e<r chat 40-90',
  'f<e wait 50-60',
);

describe('rows', () => {
  test.each([
    ['repeats are folded', [], true, ['r', ' read×4', ' e', '  f']],
    ['an opened fold', ['a*'], true, ['r', ' a', ' b', ' c', ' d', ' e', '  f']],
    ['a collapsed span hides what is below', ['e'], true, ['r', ' read×4', ' e']],
    ['a collapsed root', ['r'], true, ['r']],
    ['no folding', [], false, ['r', ' a', ' b', ' c', ' d', ' e', '  f']],
  ])('%s', (_name, collapsed, fold, want) => expect(drawn(chat, collapsed, fold)).toEqual(want));

  test('failed spans are not folded with others', () => {
    const list = spans('a x 0-1', 'b x 1-2', 'c x 2-3!', 'd x 3-4', 'e x 4-5');
    expect(drawn(list)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

test('a missing parent makes a root that says so, a circle is cut open', () => {
  const roots = buildTree(spans('a<zz lost 5-6', 'b<c x 1-2', 'c<b y 2-3', 'd<d self 0-1'));
  expect(roots.map(({ id, orphan }) => [id, orphan])).toEqual([
    ['d', true],
    ['b', true],
    ['a', true],
  ]);
  expect(flatten(roots).map(({ id }) => id)).toEqual(['d', 'b', 'c', 'a']);
});

test('a chain of 50,000 spans is drawn', () => {
  const chain: OutlineSpan[] = Array.from({ length: 50_000 }, (_, n) => ({
    ...(spans('x x 0-1')[0] ?? { retries: [], attributes: {}, warnings: [] }),
    id: String(n),
    parent: n === 0 ? '' : String(n - 1),
  })) as OutlineSpan[];
  const roots = buildTree(chain);
  expect(visibleRows(roots, new Set(), true)).toHaveLength(50_000);
  expect(criticalPath(roots).size).toBe(50_000);
});

test('the critical path walks back from the end', () => {
  const list = spans('r root 0-100', 'a<r a 0-40', 'b<r b 10-60', 'c<r c 60-100', 'd<b d 20-60');
  expect([...criticalPath(buildTree(list))].sort()).toEqual(['b', 'c', 'd', 'r']);
});

test('finding looks at name, service, id and attributes', () => {
  const [node] = buildTree(spans('abc chat 0-1').map((span) => ({ ...span, attributes: { model: 'Haiku' } })));
  if (node === undefined) throw new Error('no node');
  expect(['CHAT', 'svc', 'abc', 'model=hai'].map((text) => spanContains(node, text))).toEqual([true, true, true, true]);
  expect(spanContains(node, 'ab')).toBe(false);
});
