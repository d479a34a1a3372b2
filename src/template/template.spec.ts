import { prometheusFunctions } from './prometheus-functions';
import { parseTemplate, renderTemplate } from './template';
import { StringMap } from './values';

const functions = prometheusFunctions({ nowSeconds: 0, externalUrl: 'http://h/p', query: () => [] });
const render = (text: string, data?: unknown, html = false): string =>
  renderTemplate(text, data, { name: 'test', functions, html });

const MAX_INT64 = 9_223_372_036_854_775_807n;
const MAX_UINT64 = 18_446_744_073_709_551_615n;

const cases: [text: string, want: string, data?: unknown][] = [
  ['plain text', 'plain text'],
  ['{{ 1 }}', '1'],
  ['{{ "<b>" }}', '<b>'],
  ['{{define "x"}}{{.arg0}} {{.arg1}}{{end}}{{template "x" (args 1 "2")}}', '1 2'],
  ['{{ .Foo }}', '<no value>'],
  ['{{ reReplaceAll "(a)b" "x$1" "ab" }}', 'xa'],
  ['{{ range . }}{{ humanize . }}:{{ end }}', '0:1:1.235M:120m:', [0, 1, 1234567, 0.12]],
  ['{{ range . }}{{ humanize . }}:{{ end }}', '0:1:1.235M:120m:', ['0.0', '1.0', '1234567.0', '.12']],
  ['{{ range . }}{{ humanize . }}:{{ end }}', '0:-1:1:1.235M:9.223E:', [0n, -1n, 1n, 1234567n, MAX_INT64]],
  ['{{ range . }}{{ humanize1024 . }}:{{ end }}', '0:1:1Mi:0.12:', [0, 1, 1048576, 0.12]],
  ['{{ range . }}{{ humanize1024 . }}:{{ end }}', '0:1:1.177Mi:16Ei:', [0n, 1n, 1234567n, MAX_UINT64]],
  [
    '{{ range . }}{{ humanizeDuration . }}:{{ end }}',
    '0s:1s:1m 0s:1h 0m 0s:1d 0h 0m 0s:1d 1h 0m 0s:-2d 3h 4m 5s:14m 59s:',
    [0, 1, 60, 3600, 86400, 90000, -(86400 * 2 + 3600 * 3 + 60 * 4 + 5), 899.99],
  ],
  [
    '{{ range . }}{{ humanizeDuration . }}:{{ end }}',
    '100ms:100us:123.5ms:1m 0s:1m 0s:1.234s:12.35s:',
    [0.1, 0.0001, 0.12345, 60.1, 60.5, 1.2345, 12.345],
  ],
  [
    '{{ range . }}{{ humanize . }}:{{ humanize1024 . }}:{{ humanizeDuration . }}:{{humanizeTimestamp .}}:{{ end }}',
    '+Inf:+Inf:+Inf:+Inf:-Inf:-Inf:-Inf:-Inf:NaN:NaN:NaN:NaN:',
    [Infinity, -Infinity, NaN],
  ],
  [
    '{{ -0.22222 | humanizePercentage }}:{{ 0.0 | humanizePercentage }}:{{ 1.23456 | humanizePercentage }}',
    '-22.22%:0%:123.5%',
  ],
  [
    '{{ range . }}{{ humanizePercentage . }}:{{ end }}',
    '0%:-100%:1.235e+08%:9.223e+20%:',
    [0n, -1n, 1234567n, MAX_INT64],
  ],
  [
    '{{ range . }}{{ humanizeTimestamp . }}:{{ end }}',
    '1970-01-01 00:00:00 +0000 UTC:1969-12-31 23:59:59 +0000 UTC:2262-04-11 23:47:16 +0000 UTC:',
    [0n, -1n, 9223372036n],
  ],
  ['{{ 1435065584.128 | humanizeTimestamp }}', '2015-06-23 13:19:44.128 +0000 UTC'],
  ['{{ (1435065584.128 | toTime).Format "2006" }}', '2015'],
  ['{{ (toDuration 3725.5) }}', '1h2m5.5s'],
  ['{{ "aa bb CC" | title }}', 'Aa Bb CC'],
  ['{{ match "a+" "aa" }} {{ match "a+" "b" }}', 'true false'],
  ['{{ graphLink "up" }}', '/graph?g0.expr=up&g0.tab=0'],
  ['{{ printf "%0.2f" (parseDuration "1h2m10ms") }}', '3720.01'],
  ['{{ "foo.example.com:12345" | stripPort }}', 'foo.example.com'],
  ['{{ "2001:0DB8::1" | stripPort }}', '2001:0DB8::1'],
  ['{{ "[2001:0DB8::1]:12345" | stripPort }}', '2001:0DB8::1'],
  ['{{ "[2001:0DB8::1]::12345" | stripPort }}', '[2001:0DB8::1]::12345'],
  ['{{ "foo.example.com:12345" | stripDomain }}', 'foo:12345'],
  ['{{ "192.0.2.1:12345" | stripDomain }}', '192.0.2.1:12345'],
  ['{{ "[2001:0DB8::1]:12345" | stripDomain }}', '[2001:0DB8::1]:12345'],
  ['{{ "a b&c" | urlQueryEscape }}', 'a+b%26c'],
  ['a {{- 1 -}} b', 'a1b'],
  ['a {{- /* c */ -}} b', 'ab'],
  ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
  [
    '{{ range $i, $e := . }}{{ if eq $i 2 }}{{ break }}{{ end }}{{ $i }}{{ $e }} {{ else }}none{{ end }}',
    '0a 1b ',
    ['a', 'b', 'c'],
  ],
  ['{{ range . }}x{{ else }}none{{ end }}', 'none', []],
  ['{{ with .A }}{{ . }}{{ else with .B }}b{{ . }}{{ else }}c{{ end }}', 'b7', { A: '', B: 7n }],
  ['{{ if .A }}1{{ else if .B }}2{{ else }}3{{ end }}', '2', { A: 0, B: 1 }],
  ['{{ and 1 0 }} {{ or 0 "" "x" }} {{ not 0 }} {{ len "aé" }}', '0 x true 3'],
  ['{{ index . "a" }}{{ index . "z" }}', '1', new StringMap({ a: '1' })],
  [
    '{{ printf "%d %5.1f|%-4s|%q %v %t %x %T" 3 2.25 "a" "b" .  true 255 1.5 }}',
    '3   2.2|a   |"b" [1 x] true ff float64',
    [1n, 'x'],
  ],
  ['{{ printf "%d" 1.5 }} {{ printf "%s" }} {{ printf "x" 1 }}', '%!d(float64=1.5) %!s(MISSING) x%!(EXTRA int=1)'],
  ['{{ print 1 2 "a" 3 }}', '1 2a3'],
  ['{{ 1e6 }} {{ 123456789.0 }} {{ 0.00001 }} {{ 100000.0 }} {{ 1e20 }}', '1e+06 1.23456789e+08 1e-05 100000 1e+20'],
  ['{{ "quoted \\"x\\"\\t\\u00e9" }}{{ `raw \\n` }}', 'quoted "x"\té' + 'raw \\n'],
  ['{{ block "b" . }}[{{ . }}]{{ end }}', '[1]', 1],
];
test.each(cases.map(([text, want, data]) => ({ text, want, data })))('$text gives $want', ({ text, want, data }) => {
  expect(render(text, data)).toBe(want);
});

test.each([
  ['{{ "<b>" }}', '&lt;b&gt;'],
  ['{{ "<b>" | safeHtml }}', '<b>'],
  ['{{ .Foo }}', ''],
  ['{{ define "a" }}x{{ end }}{{ $name := "a"}}{{ tmpl $name . }}', 'x'],
])('in HTML %s gives %s', (text, want) => {
  expect(render(text, undefined, true)).toBe(want);
});

test.each([
  ['{{', 'template: test:1: unclosed action'],
  ['{{\u00a0}}', 'template: test:1: unrecognized character in action: U+00A0'],
  ['{{ nope 1 }}', 'template: test:1: function "nope" not defined'],
  ['{{ $nope }}', 'template: test:1: undefined variable "$nope"'],
  ['a\n{{ if true }}', 'template: test:2: unexpected EOF'],
  ['{{ end }}', 'template: test:1: unexpected {{end}}'],
  ['{{ 1 | 2 }}', 'template: test:1: non executable command in pipeline stage 2'],
  ['{{ "a }}', 'template: test:1: unterminated quoted string'],
  ['{{ }}', 'template: test:1: missing value for command'],
  ['{{ (1 }}', 'template: test:1: unclosed left paren'],
  ['{{ break }}', 'template: test:1: {{break}} outside {{range}}'],
  ['{{ .a-b }}', "template: test:1: bad character U+002D '-'"],
])('%s is refused: %s', (text, want) => {
  expect(() => parseTemplate(text, { name: 'test', functions })).toThrow(want);
});

test.each([
  [
    '{{ humanize "one" }}',
    'template: test:1:3: executing "test" at <humanize "one">: error calling humanize: strconv.ParseFloat: parsing "one": invalid syntax',
  ],
  [
    '{{ "one" | humanizePercentage }}',
    'template: test:1:11: executing "test" at <humanizePercentage>: error calling humanizePercentage: strconv.ParseFloat: parsing "one": invalid syntax',
  ],
  [
    '{{ range . }}{{ humanizeTimestamp . }}:{{ end }}',
    'error calling humanizeTimestamp: 1.8446744073709552e+19 cannot be represented as a nanoseconds timestamp since it overflows int64',
  ],
  ['{{ template "no" }}', 'template "no" not defined'],
  ['{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}', 'exceeded maximum template depth'],
  ['{{ range 100000000 }}{{ len "x" }}{{ end }}', 'too many steps'],
])('%s fails: %s', (text, want) => {
  expect(() => render(text, [MAX_UINT64])).toThrow(want);
});

test('nothing of JavaScript is reachable', () => {
  for (const text of ['{{ .constructor }}', '{{ .__proto__ }}', '{{ .x.constructor }}', '{{ .toString }}']) {
    expect(() => render(text, { x: {} })).toThrow("can't evaluate field");
  }
});
