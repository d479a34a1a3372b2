import fc from 'fast-check';
import { ExpositionSyntaxError } from '../errors';
import { parseExposition } from './parse-exposition';

const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const lines = (text: string, contentType: string): string[] =>
  parseExposition(text, contentType).samples.map(
    ({ labels, value, t, exemplar }) =>
      `${labels.toString()} ${Object.is(value, -0) ? '-0' : value} @${t}${exemplar ? ` # ${exemplar.labels.toString()} ${exemplar.value} @${exemplar.t}` : ''}`,
  );

test('Prometheus text', () => {
  const text = [
    '# HELP http_requests_total Requests\\nby code.',
    '# TYPE http_requests_total counter',
    'http_requests_total{method="post",code="200"} 1027 1395066363000',
    'http_requests_total{ method = "post" , code="400", } 3',
    '# just a comment',
    '',
    '\tmsdos_file_access_time_seconds{path="C:\\\\DIR\\\\F\\"",error="no\\nfile"} 1.458255915e9',
    'metric_without_labels 12.47',
    'something_weird{problem="division by zero"} +Inf -3982045',
    'h_bucket{le="1"} 5',
    'h_bucket{le="1e6"} 5',
    'h_bucket{le="+Inf"} 7\r',
    '{"utf8.name", "a.b"="c"} NaN',
  ].join('\n');
  expect(lines(text, 'text/plain; version=0.0.4')).toEqual([
    'http_requests_total{code="200", method="post"} 1027 @1395066363000',
    'http_requests_total{code="400", method="post"} 3 @undefined',
    'msdos_file_access_time_seconds{error="no\\nfile", path="C:\\\\DIR\\\\F\\""} 1458255915 @undefined',
    'metric_without_labels 12.47 @undefined',
    'something_weird{problem="division by zero"} Infinity @-3982045',
    'h_bucket{le="1.0"} 5 @undefined',
    'h_bucket{le="1e+06"} 5 @undefined',
    'h_bucket{le="+Inf"} 7 @undefined',
    'utf8.name{"a.b"="c"} NaN @undefined',
  ]);
  expect(parseExposition(text, 'text/plain').metadata.get('http_requests_total')).toEqual({
    type: 'counter',
    help: 'Requests\nby code.',
    unit: '',
  });
});

test('OpenMetrics', () => {
  const text = [
    '# TYPE foo_seconds histogram',
    '# UNIT foo_seconds seconds',
    'foo_seconds_bucket{le="0.1"} 8 1.5 # {trace_id="abc"} 0.05 1.25',
    'foo_seconds_bucket{le="+Inf"} 9 # {} 3',
    'foo_seconds_created 1520872607.123',
    '# EOF\n',
  ].join('\n');
  expect(lines(text, OPEN)).toEqual([
    'foo_seconds_bucket{le="0.1"} 8 @1500 # {trace_id="abc"} 0.05 @1250',
    'foo_seconds_bucket{le="+Inf"} 9 @undefined # {} 3 @0',
    'foo_seconds_created 1520872607.123 @undefined',
  ]);
  expect(parseExposition(text, OPEN).metadata.get('foo_seconds')).toEqual({
    type: 'histogram',
    help: '',
    unit: 'seconds',
  });
});

test.each([
  ['a 1\nb{c="d} 1\n', 'text/plain', 'line 2: a text without its closing " at column 10'],
  ['a{b="1",b="2"} 1', 'text/plain', 'line 1: label "b" comes twice at column 14'],
  ['a one', 'text/plain', 'line 1: "one" is not a value at column 6'],
  ['a 1 x', 'text/plain', 'line 1: "x" is not a timestamp at column 6'],
  ['{b="1"} 1', 'text/plain', 'line 1: expected a metric name at column 8'],
  ['# TYPE a thing', 'text/plain', 'line 1: "thing" is not a metric type at column 15'],
  ['a 1\n', OPEN, 'line 2: # EOF is missing: the text was cut short'],
  ['# EOF\na 1\n', OPEN, 'line 2: text after # EOF'],
])('%j as %s is refused', (text, contentType, message) => {
  expect(() => parseExposition(text, contentType)).toThrow(message);
});

test('any text is read or refused with its line', () => {
  const piece = fc.constantFrom(
    'a',
    '{',
    '}',
    '"',
    '=',
    ',',
    ' ',
    '\n',
    '1',
    '#',
    '\\',
    'le',
    '# TYPE ',
    'NaN',
    '# EOF',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.boolean(), (pieces, open) => {
      try {
        parseExposition(pieces.join(''), open ? OPEN : 'text/plain');
      } catch (error) {
        expect(error).toBeInstanceOf(ExpositionSyntaxError);
      }
    }),
    { numRuns: 3000, seed: 11 },
  );
});
