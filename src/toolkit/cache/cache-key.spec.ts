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

class Hidden {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}

test.each([
  ['private fields', new Hidden(1)],
  ['headers', new Headers({ a: 'b' })],
  ['search parameters', new URLSearchParams('a=b')],
  ['boxed numbers', Object(1)],
  ['symbols for names', { [Symbol('s')]: 1 }],
  ['weak maps', new WeakMap()],
  ['promises', Promise.resolve()],
])('%s would look like something else, and are refused', (_name, value) => {
  expect(() => key(value)).toThrow('cannot be part of a cache key');
});

test('errors differ by their fields and cause; objects without a prototype are objects; depth is no trouble', () => {
  const error = (fields: object, cause?: unknown) => Object.assign(new Error('e', { cause }), fields);
  expect(
    new Set([error({}), error({ code: 1 }), error({ code: 2 }), error({}, 'c')].map((each) => key(each))).size,
  ).toBe(4);
  expect(key(Object.assign(Object.create(null), { a: 1 }))).toBe(key({ a: 1 }));
  let deep: unknown = 1;
  for (let level = 0; level < 1_000; level++) deep = { deep };
  expect(key(deep)).not.toBe(key({ deep }));
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
