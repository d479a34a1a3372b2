import { PromqlSyntaxError, PromqlTypeError } from './errors';
import { parseExpr, parseSelector } from './parser';
import { prettyExpr, printExpr } from './printer';

test.each([
  ['up', 'up'],
  ['up{job="a",x!="b",y=~"c.*",z!~`d`}', 'up{job="a",x!="b",y=~"c.*",z!~"d"}'],
  ['{"http.requests", "a.b"="c"}', '{"a.b"="c",__name__="http.requests"}'],
  ['sum(rate(x[5m]))by(a,b)', 'sum by (a, b) (rate(x[5m]))'],
  ['topk without(a) (3,x)', 'topk without (a) (3, x)'],
  ['a+b*c^d^e', 'a + b * c ^ d ^ e'],
  ['-a^2', '-a ^ 2'],
  ['a - -1', 'a - -1'],
  ['a == bool on(x) group_left(y) b', 'a == bool on (x) group_left (y) b'],
  ['a + fill_left(1) fill_right(-2) b', 'a + fill_left (1) fill_right (-2) b'],
  ['x[90s] @ start() offset -1h', 'x[1m30s] @ start() offset -1h'],
  ['x[5m:] @ 1.5', 'x[5m:] @ 1.500'],
  ['avg_over_time(x[2*step()+1m:max_of(30s,range()/4)])', 'avg_over_time(x[2 * step() + 1m:max_of(30s, range() / 4)])'],
  ['rate(x[5m] smoothed)', 'rate(x[5m] smoothed)'],
  ['1h30m', '1h30m'],
  ['0x1F + 010 + 1_000 + .5e1', '31 + 8 + 1000 + 5'],
  ['"a\\x41\\u00e9\\n"', '"aAé\\n"'],
  ['# a comment\nup # another', 'up'],
  ['SUM(x) BY (job)', 'sum by (job) (x)'],
  ['sum', 'sum'],
  ['on_call{on="x"}', 'on_call{on="x"}'],
  ['a </ 5', 'a </ 5'],
  ['http.server.duration', 'http.server.duration'],
])('%s is %s', (text, printed) => {
  expect(printExpr(parseExpr(text))).toBe(printed);
});

test.each([
  ['', 1, /^1:1: parse error: no expression found in input; expected an expression$/],
  ['sum(', 5, /unclosed left parenthesis; expected "\)"/],
  ['up{job="a"', 11, /unexpected end of input inside braces; expected "}"/],
  ['up)', 3, /unexpected right parenthesis/],
  ['up{job=5}', 8, /unexpected character inside braces: '5'/],
  ['up{job}', 7, /unexpected "}" in label matching; expected "=" or "!=" or "=~" or "!~"/],
  ['up{job=~"("}', 4, /is not a regular expression/],
  ['foo bar', 5, /unexpected identifier "bar"; expected an operator or end of input/],
  ['x[5]]', 5, /unexpected right bracket/],
  ['x[5m', 5, /unclosed left bracket/],
  ['x[1m1h]', 3, /duration/],
  ['nope(x)', 1, /unknown function with name "nope"/],
  ['"a', 1, /unterminated quoted string/],
  ['"\\q"', 2, /unknown escape sequence/],
  ['5xyz', 1, /bad number or duration syntax: "5xyz"/],
  ['a\n  + )', 5, /^2:5: /],
])('%j is no expression', (text, column, message) => {
  const fault = faultOf(text);
  expect(fault).toBeInstanceOf(PromqlSyntaxError);
  expect(fault).toMatchObject({ code: 'PROMQL_SYNTAX', column });
  expect(fault?.message).toMatch(message);
});

test.each([
  ['rate(x)', 6, 'expected type range vector in call to function "rate", got instant vector'],
  ['rate(x[5m], 1)', 1, 'expected 1 argument(s) in call to "rate", got 2'],
  ['round()', 1, 'expected at least 1 argument(s) in call to "round", got 0'],
  ['sum(1)', 5, 'expected type instant vector in aggregation expression, got scalar'],
  ['topk("a", x)', 6, 'expected type scalar in aggregation parameter, got string'],
  ['1 == 1', 3, 'comparisons between scalars must use BOOL modifier'],
  ['a + bool b', 3, 'bool modifier can only be used on comparison operators'],
  ['a and 1', 1, 'set operator "and" not allowed in binary scalar expression'],
  ['a and on(x) group_left b', 1, 'no grouping allowed for "and" operation'],
  ['1 + on(x) b', 1, 'vector matching only allowed between instant vectors'],
  ['a + on(x) group_left(x) b', 3, 'label "x" must not occur in ON and GROUP clause at once'],
  ['{a=""}', 1, 'vector selector must contain at least one non-empty matcher'],
  ['x{__name__="y"}', 1, 'metric name must not be set twice: "x" or "y"'],
  ['x offset 1m offset 2m', 1, 'offset may not be set multiple times'],
  [
    '(x) offset 1m',
    1,
    'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
  ],
  ['sum(x)[5m]', 7, 'ranges only allowed for vector selectors'],
  ['x[0s]', 3, 'duration must be greater than 0'],
  ['-"a"', 1, 'unary expression only allowed on expressions of type scalar or instant vector, got "string"'],
  ['x[5m] + 1', 1, 'binary expression must contain only scalar and instant vector types'],
])('%s makes no sense', (text, column, reason) => {
  const fault = faultOf(text);
  expect(fault).toBeInstanceOf(PromqlTypeError);
  expect(fault).toMatchObject({ code: 'PROMQL_TYPE', column, reason });
});

function faultOf(text: string): Error | undefined {
  try {
    parseExpr(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

test('nesting beyond what a stack holds is refused', () => {
  expect(() => parseExpr('('.repeat(100_000) + '1' + ')'.repeat(100_000))).toThrow(/nests deeper than/);
  expect(() => parseExpr('-'.repeat(100_000) + '1')).toThrow(/nests deeper than/);
});

test('a selector alone', () => {
  expect(parseSelector('up{a="b"}').map(String)).toEqual(['a="b"', '__name__="up"']);
  expect(() => parseSelector('rate(x[5m])')).toThrow(/expected a series selector/);
});

test('long expressions are laid out over lines', () => {
  const text = `sum by (job) (rate(http_requests_total{job="a",instance=~"one|two|three"}[5m])) / sum by (job) (rate(http_requests_total{job="b"}[5m]))`;
  expect(prettyExpr(parseExpr(text))).toBe(
    [
      '  sum by (job) (rate(http_requests_total{instance=~"one|two|three",job="a"}[5m]))',
      '/',
      '  sum by (job) (rate(http_requests_total{job="b"}[5m]))',
    ].join('\n'),
  );
});
