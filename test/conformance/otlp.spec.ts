import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeLogsJson, decodeMetricsJson, decodeTracesJson, jsonToProtobuf, protobufToJson } from '../../src/otlp';

/** Examples of opentelemetry-proto, beside the repository where they are at hand. */
const folder = join(__dirname, '..', '..', '..', 'shared', 'testdata', 'otlp');

if (!existsSync(folder)) {
  test.skip('examples of opentelemetry-proto: ../shared/testdata/otlp is not there', () => undefined);
} else {
  const read = (name: string): Buffer => readFileSync(join(folder, name));

  test('the trace', () => {
    const [span] = decodeTracesJson(read('trace.json')).spans();
    expect(span).toMatchObject({
      traceId: '5b8efff798038103d269b633813fc60c',
      name: "I'm a server span",
      kind: 'server',
      startUnixNano: 1544712660000000000n,
      attributes: { 'my.span.attr': 'some value' },
      resource: { attributes: { 'service.name': 'my.service' } },
      scope: { name: 'my.library', version: '1.0.0', attributes: { 'my.scope.attribute': 'some scope attribute' } },
    });
  });

  test('the metrics', () => {
    const kinds = decodeMetricsJson(read('metrics.json')).flatMap(({ scopes }) =>
      scopes.flatMap(({ metrics }) => metrics.map(({ name, data }) => `${name} ${data.kind}`)),
    );
    expect(kinds).toEqual([
      'my.counter sum',
      'my.gauge gauge',
      'my.histogram histogram',
      'my.exponential.histogram exponentialHistogram',
    ]);
  });

  test('the logs and events', () => {
    expect(decodeLogsJson(read('logs.json')).records()[0]).toMatchObject({
      body: 'Example log record',
      severityNumber: 10,
      traceId: '5b8efff798038103d269b633813fc60c',
    });
    expect(decodeLogsJson(read('events.json')).records()[0]).toMatchObject({ eventName: 'browser.page_view' });
  });

  test.each([
    ['trace.json', 'TracesRequest'],
    ['metrics.json', 'MetricsRequest'],
    ['logs.json', 'LogsRequest'],
    ['events.json', 'LogsRequest'],
  ] as const)('%s to protobuf and back is the same', (name, message) => {
    const json = protobufToJson(jsonToProtobuf(read(name), message), message);
    const again = protobufToJson(jsonToProtobuf(Buffer.from(JSON.stringify(json)), message), message);
    expect(again).toEqual(json);
  });
}
