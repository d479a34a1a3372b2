import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

const root = join(__dirname, '..', '..');
const folder = temporaryFolder();
let stack: ServedStack;
let ports: { http: number; grpc: number };

/** The SDK in a process of its own: its HTTP exporters load modules in a way Jest does not know. Prints the trace id. */
const SCRIPT = `
const [, package_, url, protocol] = process.argv;
const of = (signal) => require('@opentelemetry/exporter-' + signal + '-otlp-' + package_);
const at = (signal) => ({ url: protocol === 'grpc' ? url : url + '/v1/' + signal });
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BatchLogRecordProcessor, LoggerProvider } = require('@opentelemetry/sdk-logs');
const { MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const resource = resourceFromAttributes({ 'service.name': 'js-' + protocol });
const tracing = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new (of('trace').OTLPTraceExporter)(at('traces')))] });
const reader = new PeriodicExportingMetricReader({ exporter: new (of('metrics').OTLPMetricExporter)(at('metrics')), exportIntervalMillis: 60000 });
const meters = new MeterProvider({ resource, readers: [reader] });
const logging = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: new (of('logs').OTLPLogExporter)(at('logs')) })] });
const span = tracing.getTracer('peer').startSpan('peer operation', { attributes: { answer: 42, list: ['a', 'b'] } });
span.addEvent('half way', { share: 0.5 });
span.end();
const meter = meters.getMeter('peer');
meter.createCounter('peer.requests').add(3, { kind: 'x' });
meter.createHistogram('peer.duration', { unit: 's' }).record(0.25);
logging.getLogger('peer').emit({ body: 'hello from ' + protocol, severityNumber: 9, attributes: { n: 1 } });
Promise.all([tracing.shutdown(), meters.shutdown(), logging.shutdown()]).then(() => console.log(span.spanContext().traceId));
`;

beforeAll(async () => {
  ports = { http: await freePort(), grpc: await freePort() };
  stack = await serve(folder, ['--otlp-http-port', String(ports.http), '--otlp-grpc-port', String(ports.grpc)]);
}, 60_000);

afterAll(async () => {
  await stack.end();
});

async function read(path: string): Promise<unknown> {
  return (await fetch(stack.url + path)).json();
}

const query = (text: string): Promise<unknown> => read(`/api/v1/query?query=${encodeURIComponent(text)}`);

test.each([
  { protocol: 'http-json', package: 'http', port: 'http' },
  { protocol: 'http-protobuf', package: 'proto', port: 'http' },
  { protocol: 'grpc', package: 'grpc', port: 'grpc' },
] as const)(
  'the OpenTelemetry SDK for JavaScript sends all signals by $protocol',
  async ({ protocol, package: name, port }) => {
    const url = `http://127.0.0.1:${ports[port]}`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', SCRIPT, name, url, protocol], { cwd: root });
    expect(await read(`/api/traces/${stdout.trim()}`)).toMatchObject({
      data: [
        {
          spans: [
            {
              operationName: 'peer operation',
              logs: [{ fields: expect.arrayContaining([expect.objectContaining({ value: 'half way' })]) }],
            },
          ],
        },
      ],
    });
    expect(await query(`peer_requests_total{job="js-${protocol}"}`)).toMatchObject({
      data: { result: [{ metric: { kind: 'x' }, value: [expect.anything(), '3'] }] },
    });
    expect(await query(`peer_duration_seconds_count{job="js-${protocol}"}`)).toMatchObject({
      data: { result: [{ value: [expect.anything(), '1'] }] },
    });
    expect(await read(`/api/stack/logs?service=js-${protocol}`)).toMatchObject([
      { body: `hello from ${protocol}`, severity: 9 },
    ]);
  },
  60_000,
);
