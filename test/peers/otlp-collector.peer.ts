import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../harness/find-program';
import { freePort, serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';

const collector = findProgram('otelcol', 'otelcol-contrib', 'otelcol-custom');
const folder = temporaryFolder();
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const NOW = `${Date.now()}000000`;

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'collected' } }] };
const REQUESTS: Readonly<Record<string, unknown>> = {
  traces: {
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            spans: [
              {
                traceId: TRACE_ID,
                spanId: 'b7ad6b7169203331',
                name: 'forwarded',
                startTimeUnixNano: NOW,
                endTimeUnixNano: NOW,
              },
            ],
          },
        ],
      },
    ],
  },
  metrics: {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          { metrics: [{ name: 'forwarded.value', gauge: { dataPoints: [{ timeUnixNano: NOW, asInt: '5' }] } }] },
        ],
      },
    ],
  },
  logs: {
    resourceLogs: [
      {
        resource,
        scopeLogs: [{ logRecords: [{ timeUnixNano: NOW, severityNumber: 9, body: { stringValue: 'forwarded' } }] }],
      },
    ],
  },
};

/** Takes OTLP/HTTP and forwards by the protocol under test. */
function configuration(receive: number, protocol: 'http' | 'grpc', to: number): string {
  const exporter =
    protocol === 'http'
      ? `  otlphttp: { endpoint: "http://127.0.0.1:${to}" }`
      : `  otlp: { endpoint: "127.0.0.1:${to}", tls: { insecure: true } }`;
  const name = protocol === 'http' ? 'otlphttp' : 'otlp';
  const pipeline = `{ receivers: [otlp], exporters: [${name}] }`;
  return `receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:${receive}" } } }
exporters:
${exporter}
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: ${pipeline}, metrics: ${pipeline}, logs: ${pipeline} }
`;
}

/** Asks again until the answer fits: the Collector forwards when it likes. */
async function eventually(ask: () => Promise<unknown>, fits: (answer: string) => boolean): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const answer = JSON.stringify(await ask());
    if (fits(answer) || attempt === 100) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

if (collector === undefined) {
  test.skip('the OpenTelemetry Collector: otelcol is not on the PATH; test/peers/collector.yaml builds it', () =>
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
    'the OpenTelemetry Collector forwards all signals by %s',
    async (protocol) => {
      const receive = await freePort();
      const file = join(folder, `collector-${protocol}.yaml`);
      writeFileSync(file, configuration(receive, protocol, ports[protocol]));
      const child: ChildProcess = spawn(collector, ['--config', file], { stdio: 'ignore' });
      try {
        for (const [signal, body] of Object.entries(REQUESTS)) {
          const text = JSON.stringify(body).replaceAll('collected', `collected-${protocol}`);
          const send = (): Promise<unknown> =>
            fetch(`http://127.0.0.1:${receive}/v1/${signal}`, {
              method: 'POST',
              body: text,
              headers: { 'content-type': 'application/json' },
            }).then(
              (response) => response.status,
              () => 0,
            );
          expect(await eventually(send, (status) => status === '200')).toBe('200');
        }
        const read = (path: string) => async (): Promise<unknown> => (await fetch(stack.url + path)).json();
        const has = (text: string) => (answer: string) => answer.includes(text);
        expect(await eventually(read(`/api/traces/${TRACE_ID}`), has('forwarded'))).toContain('forwarded');
        const query = encodeURIComponent(`forwarded_value{job="collected-${protocol}"}`);
        expect(await eventually(read(`/api/v1/query?query=${query}`), has('"5"'))).toContain('"5"');
        const logs = `/api/stack/logs?service=collected-${protocol}`;
        expect(await eventually(read(logs), has('forwarded'))).toContain('forwarded');
      } finally {
        child.kill();
      }
    },
    60_000,
  );
}
