import { parseFilter } from './filter';

const attr = (key: string, level?: string) => ({ attr: { key, ...(level === undefined ? {} : { level }) } });
const field = (level: string, name: string) => ({ field: { name, level } });
const scalar = (value: string, type?: string) => ({ scalar: { value, ...(type === undefined ? {} : { type }) } });
const call = (op: string, ...args: unknown[]) => ({ op, args });
const read = (filter: unknown) => parseFilter(JSON.stringify(filter));

test.each<[string, unknown, unknown]>([
  [
    'an attribute',
    call('eq', attr('http.status_code'), scalar('500')),
    { op: 'eq', left: { attribute: 'http.status_code' }, right: { constant: { value: '500' } } },
  ],
  [
    'the constant first',
    call('gt', scalar('2s'), field('span', 'duration')),
    {
      op: 'lt',
      left: { level: 'span', field: 'duration' },
      right: { constant: { value: '2000000000', type: 'nanoseconds' } },
    },
  ],
  [
    'an instant, to the nanosecond',
    call('gte', field('span', 'startTime'), scalar('2026-06-01T02:00:00.123456789+02:00')),
    {
      op: 'gte',
      left: { level: 'span', field: 'startTime' },
      right: { constant: { value: '1780272000123456789', type: 'nanoseconds' } },
    },
  ],
  [
    'conditions on one event',
    call('some', { nested: { level: 'event' } }, { call: call('exists', attr('exception.type', 'event')) }),
    { op: 'some', level: 'event', arg: { op: 'exists', left: { attribute: 'exception.type', level: 'event' } } },
  ],
  [
    'conjunction, negation, membership, pattern, words',
    call(
      'and',
      { call: call('not', { call: call('in', attr('a'), { list: { values: ['1', '2'], type: 'int' } }) }) },
      {
        call: call(
          'or',
          { call: call('regex', attr('b'), scalar('x+')) },
          { call: call('phrase', attr('c'), { list: { values: ['two', 'words'] } }) },
        ),
      },
    ),
    {
      op: 'and',
      args: [
        {
          op: 'not',
          arg: {
            op: 'in',
            left: { attribute: 'a' },
            list: [
              { value: '1', type: 'int' },
              { value: '2', type: 'int' },
            ],
          },
        },
        {
          op: 'or',
          args: [
            { op: 'regex', left: { attribute: 'b' }, pattern: 'x+' },
            { op: 'phrase', left: { attribute: 'c' }, words: ['two', 'words'] },
          ],
        },
      ],
    },
  ],
])('%s', (_name, filter, want) => {
  expect(read(filter)).toEqual(want);
});

const nested = (depth: number): unknown =>
  depth === 0 ? call('exists', attr('x')) : call('not', { call: nested(depth - 1) });

test.each<[string, unknown, string]>([
  ['no operator', call('like', attr('a'), scalar('b')), 'unknown filter operator "like"'],
  ['too few arguments', call('and', { call: call('exists', attr('a')) }), 'at least two arguments, got 1'],
  ['two terms in one', call('exists', { ...attr('a'), ...scalar('b') }), 'exactly one of attr'],
  ['an unknown field', call('exists', field('span', 'colour')), 'unknown built-in field "colour" at the "span" level'],
  ['an unknown level', call('exists', attr('a', 'trace')), 'unknown filter level "trace"'],
  ['no key', call('exists', attr('')), 'attribute reference has no key'],
  ['a key too many', call('exists', { attr: { key: 'a', kind: 1 } }), 'unknown key "kind"'],
  ['a duration that is none', call('gt', field('span', 'duration'), scalar('banana')), '"banana" is not a duration'],
  ['an instant that is none', call('gt', field('span', 'startTime'), scalar('1')), '"1" is not an RFC 3339 time'],
  ['a kind that is none', call('eq', field('span', 'kind'), scalar('SERVER')), '"SERVER" is not one of'],
  ['kinds have no order', call('gt', field('span', 'kind'), scalar('server')), 'no order'],
  ['different kinds of value', call('eq', field('span', 'duration'), field('span', 'name')), 'different kinds'],
  ['a duration as a number', call('eq', field('span', 'duration'), scalar('5', 'int')), 'type "int"'],
  ['a pattern over a time', call('regex', field('span', 'startTime'), scalar('x')), 'matches text'],
  ['an integer that is none', call('eq', attr('a'), scalar('1.5', 'int')), '"1.5" is not of type int'],
  ['an empty list', call('in', attr('a'), { list: { values: [] } }), 'at least one element'],
  [
    'some of a span',
    call('some', { nested: { level: 'span' } }, { call: call('exists', attr('a')) }),
    '"event" or "link"',
  ],
  [
    'some within some',
    call(
      'some',
      { nested: { level: 'event' } },
      { call: call('some', { nested: { level: 'event' } }, { call: call('exists', attr('a')) }) },
    ),
    'already quantifying over "event"',
  ],
  ['a number', 5, 'an object is expected'],
  ['too deep', nested(80), 'more than 50 deep'],
])('%s is refused, with its place', (_name, filter, message) => {
  expect(() => read(filter)).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(message) as string }),
  );
});

test('text that is no JSON is refused', () => {
  expect(() => parseFilter('{')).toThrow('malformed parameter query.filter');
});
