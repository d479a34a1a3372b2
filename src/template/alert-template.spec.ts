import { AlertTemplate } from './alert-template';
import { StringMap } from './values';

const data = {
  labels: { instance: 'a:9090', job: 'api' },
  externalLabels: { cluster: 'c1' },
  externalUrl: 'http://testhost:9090/path/prefix',
  value: 1234567.5,
  at: 60_000,
};
const samples = [
  { Labels: new StringMap({ instance: 'b' }), Value: 21 },
  { Labels: new StringMap({ instance: 'a' }), Value: 11 },
];

async function expand(text: string): Promise<string> {
  return new AlertTemplate(text, '__alert_X').expand(data, (expr) =>
    expr === 'none' ? Promise.resolve([]) : expr === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve(samples),
  );
}

test.each([
  ['plain', 'plain'],
  ['{{ $labels.instance }} {{ $value }} {{ .Value | humanize }}', 'a:9090 1.2345675e+06 1.235M'],
  ['{{ $labels.missing }}|{{ $externalLabels.cluster }}', '|c1'],
  ['{{ $labels }}', 'map[instance:a:9090 job:api]'],
  ['{{ range query "m" | sortByLabel "instance" }}{{.Labels.instance}}:{{.Value}}: {{end}}', 'a:11: b:21: '],
  ['{{ with query "m" }}{{ . | first | value | printf "%.1f" }}{{ end }}', '21.0'],
  ['{{ query "none" | first }}', /error calling first: first\(\) called on vector with no elements>$/],
  ['{{ query "bad" | first }}', /error calling query: no>$/],
  [
    '{{ externalURL }} {{ pathPrefix }} {{ $externalURL }}',
    'http://testhost:9090/path/prefix /path/prefix http://testhost:9090/path/prefix',
  ],
  ['{{ .Nope }}', /^<error expanding template: error executing template __alert_X: .*can't evaluate field Nope/],
  ['{{ if gt $value 1.0 }}high{{ else }}low{{ end }}', 'high'],
  ['{{ if gt $value 1 }}high{{ end }}', /incompatible types for comparison/],
  ['{{ now }}', '60'],
])('%s', async (text, want) => {
  const got = await expand(text);
  if (typeof want === 'string') expect(got).toBe(want);
  else expect(got).toMatch(want);
});
