import fc from 'fast-check';
import { cacheKey, canonicalText } from './cache-key';

const key = (...parts: unknown[]) => cacheKey({ namespace: 'test' }, ...parts);

test.each<[string, unknown, unknown]>([
  ['properties in another order', { a: 1, b: [2, { c: 3 }] }, { b: [2, { c: 3 }], a: 1 }],
  [
    'Map and Set in another order',
    new Map<unknown, unknown>([
      [1, 'x'],
      ['1', 'y'],
    ]),
    new Map<unknown, unknown>([
      ['1', 'y'],
      [1, 'x'],
    ]),
  ],
  ['Set in another order', new Set([1, 2, 3]), new Set([3, 2, 1])],
  ['negative zero', -0, 0],
  ['equal dates', new Date(5), new Date(5)],
])('%s: the same key', (_name, a, b) => expect(key(a)).toBe(key(b)));

test('what differs has another key', () => {
  const values: unknown[] = [
    1,
    '1',
    1n,
    true,
    'true',
    null,
    'null',
    undefined,
    NaN,
    Infinity,
    '',
    [],
    {},
    [[]],
    [undefined],
    [null],
    { a: undefined },
    { a: null },
    new Date(1),
    '1970-01-01T00:00:00.001Z',
    new Map(),
    new Set(),
    new Set([[]]),
    new Map([[1, 2]]),
    { 1: 2 },
    [[1, 2]],
    ['a,b'],
    ['a', 'b'],
    { a: 'b,c:d' },
    { a: 'b', c: 'd' },
    new Uint8Array([1]),
    new Int8Array([1]),
    Buffer.from([1]),
    /a/g,
    '/a/g',
    new URL('http://x/'),
    'http://x/',
    new Date(NaN),
  ];
  expect(new Set(values.map((value) => key(value))).size).toBe(values.length);
  expect(key('a', 'b')).not.toBe(key(['a', 'b']));
  expect(cacheKey({ namespace: 'test', version: 2 }, 1)).not.toBe(key(1));
  expect(key(1)).toMatch(/^test:v1:[\w-]{32}$/);
});

test('cycles and functions are refused; a value met twice is not a cycle', () => {
  const cycle: unknown[] = [];
  cycle.push({ cycle });
  expect(() => key(cycle)).toThrow('contains itself');
  expect(() => key(() => 1)).toThrow('function');
  expect(() => key({ a: Symbol('s') })).toThrow('symbol');
  const shared = { x: 1 };
  expect(() => key([shared, shared])).not.toThrow();
});

test('equal texts only for equal values', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(canonicalText(a) === canonicalText(b)).toBe(equal(a, b));
    }),
    { seed: 4 },
  );
});

function equal(a: unknown, b: unknown): boolean {
  try {
    expect(b).toStrictEqual(a);
    return true;
  } catch {
    return Object.is(a, -0) && b === 0 ? true : Object.is(b, -0) && a === 0;
  }
}
