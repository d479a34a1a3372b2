import { spawnSync } from 'node:child_process';
import { findProgram } from '../harness/find-program';
import { freePort, serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

/** The first Python on the PATH, if it has the OpenTelemetry SDK. */
const onPath = findProgram('python3');
const python = onPath !== undefined && hasSdk(onPath) ? onPath : undefined;
const folder = temporaryFolder();

const SCRIPT = `
import sys
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
protocol, endpoint = sys.argv[1], sys.argv[2]
if protocol == 'grpc':
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    spans, points = OTLPSpanExporter(endpoint=endpoint, insecure=True), OTLPMetricExporter(endpoint=endpoint, insecure=True)
else:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    spans, points = OTLPSpanExporter(endpoint=endpoint + '/v1/traces'), OTLPMetricExporter(endpoint=endpoint + '/v1/metrics')
resource = Resource.create({'service.name': 'python-' + protocol})
tracing = TracerProvider(resource=resource)
tracing.add_span_processor(BatchSpanProcessor(spans))
meters = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(points)])
with tracing.get_tracer('peer').start_as_current_span('python operation') as span:
    print(format(span.get_span_context().trace_id, '032x'))
meters.get_meter('peer').create_counter('python.requests').add(7)
tracing.shutdown()
meters.shutdown()
`;

function hasSdk(path: string): boolean {
  return spawnSync(path, ['-c', 'import opentelemetry.sdk, opentelemetry.exporter.otlp.proto.http']).status === 0;
}

if (python === undefined) {
  test.skip('the OpenTelemetry SDK for Python: no Python with opentelemetry-sdk and the OTLP exporters was found', () =>
    undefined);
} else {
  let stack: ServedStack;
  let ports: { http: number; grpc: number };

  beforeAll(async () => {
    ports = { http: await freePort(), grpc: await freePort() };
    stack = await serve(folder, ['--otlp-http-port', String(ports.http), '--otlp-grpc-port', String(ports.grpc)]);
  }, 60_000);

  afterAll(async () => {
    await stack.end();
  });

  test.each(['http', 'grpc'] as const)(
    'the OpenTelemetry SDK for Python sends spans and metrics by %s',
    async (protocol) => {
      const run = spawnSync(python, ['-c', SCRIPT, protocol, `http://127.0.0.1:${ports[protocol]}`], {
        encoding: 'utf8',
      });
      expect(run.stderr).toBe('');
      const trace: unknown = await (await fetch(`${stack.url}/api/traces/${run.stdout.trim()}`)).json();
      expect(trace).toMatchObject({ data: [{ spans: [{ operationName: 'python operation' }] }] });
      const query = encodeURIComponent(`python_requests_total{job="python-${protocol}"}`);
      const counter: unknown = await (await fetch(`${stack.url}/api/v1/query?query=${query}`)).json();
      expect(counter).toMatchObject({ data: { result: [{ value: [expect.anything(), '7'] }] } });
    },
    60_000,
  );
}
