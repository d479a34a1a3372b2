import type { Span } from '../domain/span';
import { markDouble } from '../domain/doubles';
import { compileSpanFilter } from './span-filter';
import type { SpanFilter, SpanOperand } from './ports/span-filter';

const attributes = { text: 'b', int: 5, double: 2, big: 9_007_199_254_740_993n, yes: true, both: 'span' };
markDouble(attributes, 'double');
const span: Span = {
  traceId: '0a'.repeat(16),
  spanId: '0b'.repeat(8),
  parentSpanId: '',
  traceState: '',
  flags: 1,
  name: 'op',
  kind: 'client',
  startUnixNano: 1_800_000_000_000_000_001n,
  endUnixNano: 1_800_000_002_000_000_001n,
  attributes,
  events: [
    {
      timeUnixNano: 1_800_000_001_000_000_001n,
      name: 'retry',
      attributes: { n: 1, why: 'slow' },
      droppedAttributesCount: 0,
    },
    { timeUnixNano: 1_800_000_001_500_000_001n, name: 'done', attributes: { n: 2 }, droppedAttributesCount: 0 },
  ],
  links: [
    {
      traceId: 'ff'.repeat(16),
      spanId: 'ee'.repeat(8),
      traceState: '',
      attributes: {},
      droppedAttributesCount: 0,
      flags: 0,
    },
  ],
  status: { code: 'error', message: 'The refund policy, again' },
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
  resource: { attributes: { 'service.name': 'web', both: 'resource' }, schemaUrl: '' },
  scope: { name: 'lib', version: '', attributes: { s: 1 }, schemaUrl: '' },
};

/** `span.name`, `event.@n` and `@key` for references, `int:5` for constants with a type. */
function operand(text: string): SpanOperand {
  const [, level, name = ''] = /^(?:(span|resource|scope|event|link)\.)?(@?[\w.]+)$/.exec(text) ?? [];
  const at = level as 'span' | undefined;
  if (name.startsWith('@')) return { attribute: name.slice(1), ...(at === undefined ? {} : { level: at }) };
  if (at !== undefined) return { level: at, field: name };
  const typed = /^(string|int|double|bool|nanoseconds):(.*)$/.exec(text);
  return { constant: typed ? { type: typed[1] as 'int', value: typed[2] ?? '' } : { value: text.replace(/^'/, '') } };
}
const compare = (op: string, left: string, right: string): SpanFilter => ({
  op: op as 'eq',
  left: operand(left),
  right: operand(right),
});

test.each([
  ['eq', '@text', "'b", true],
  ['eq', '@int', "'5", true],
  ['eq', '@int', "'5.0", true],
  ['eq', '@int', 'int:5', true],
  ['eq', '@int', 'double:5', false],
  ['eq', '@int', 'string:5', false],
  ['eq', '@double', 'double:2.0', true],
  ['eq', '@double', 'int:2', false],
  ['eq', '@big', 'int:9007199254740993', true],
  ['eq', '@big', 'int:9007199254740992', false],
  ['eq', '@yes', 'bool:true', true],
  ['eq', '@both', "'resource", true],
  ['ne', '@both', "'resource", false],
  ['ne', '@both', "'other", true],
  ['ne', '@absent', "'other", false],
  ['eq', 'resource.@both', "'span", false],
  ['eq', 'scope.@s', "'1", true],
  ['eq', 'event.@n', "'2", true],
  ['ne', 'event.@n', "'2", false],
  ['gt', '@int', "'10", false],
  ['lt', '@int', "'10", true],
  ['gt', '@text', "'a", true],
  ['gt', '@text', 'int:1', false],
  ['gte', '@int', '@double', true],
  ['lt', '@text', '@int', false],
  ['eq', 'span.name', "'op", true],
  ['eq', 'span.kind', "'client", true],
  ['eq', 'span.status', "'error", true],
  ['eq', 'span.parentSpanID', "'", false],
  ['eq', 'resource.service', "'web", true],
  ['gte', 'span.duration', 'nanoseconds:2000000000', true],
  ['gt', 'span.duration', 'nanoseconds:2000000000', false],
  ['gt', 'span.startTime', 'nanoseconds:1800000000000000000', true],
  ['lt', 'span.startTime', 'span.endTime', true],
  ['lte', 'event.timeSinceStart', 'nanoseconds:1000000000', true],
  ['eq', 'link.traceID', `'${'ff'.repeat(16)}`, true],
] as const)('%s %s %s: %s', (op, left, right, want) => {
  expect(compileSpanFilter(compare(op, left, right))(span)).toBe(want);
});

const n1 = compare('eq', 'event.@n', "'1");
const done = compare('eq', 'event.name', "'done");
test.each<[string, SpanFilter, boolean]>([
  ['two events meet the two halves', { op: 'and', args: [n1, done] }, true],
  ['no one event meets both', { op: 'some', level: 'event', arg: { op: 'and', args: [n1, done] } }, false],
  [
    'every event has a number',
    {
      op: 'not',
      arg: {
        op: 'some',
        level: 'event',
        arg: { op: 'not', arg: { op: 'exists', left: { attribute: 'n', level: 'event' } } },
      },
    },
    true,
  ],
  ['or', { op: 'or', args: [compare('eq', '@text', "'x"), n1] }, true],
  ['not of what is absent', { op: 'not', arg: compare('eq', '@absent', "'x") }, true],
  ['in', { op: 'in', left: { attribute: 'int' }, list: [{ value: '4' }, { value: '5' }] }, true],
  ['not in', { op: 'not_in', left: { attribute: 'int' }, list: [{ value: '4' }, { value: '5' }] }, false],
  ['not in, absent', { op: 'not_in', left: { attribute: 'absent' }, list: [{ value: '4' }] }, false],
  ['regex, anywhere', { op: 'regex', left: { field: 'name', level: 'span' }, pattern: 'o|x' }, true],
  ['regex, not', { op: 'regex', left: { attribute: 'text' }, pattern: 'a+' }, false],
  ['contains', { op: 'contains', left: { field: 'statusMessage', level: 'span' }, words: ['REFUND'] }, true],
  ['phrase', { op: 'phrase', left: { field: 'statusMessage', level: 'span' }, words: ['refund', 'Policy'] }, true],
  [
    'phrase in another order',
    { op: 'phrase', left: { field: 'statusMessage', level: 'span' }, words: ['policy', 'refund'] },
    false,
  ],
  ['full text', { op: 'fulltext', left: { field: 'statusMessage', level: 'span' }, words: ['again', 'the'] }, true],
])('%s: %s', (_name, filter, want) => {
  expect(compileSpanFilter(filter)(span)).toBe(want);
});

test('a pattern that is none is refused', () => {
  expect(() => compileSpanFilter({ op: 'regex', left: { attribute: 'x' }, pattern: '(' })).toThrow(
    expect.objectContaining({ code: 'REGEX_SYNTAX' }),
  );
});
