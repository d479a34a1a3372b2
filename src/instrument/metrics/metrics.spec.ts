import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { counterFamily, gaugeFamily, histogramFamily } from './registry';
import { exposeMetrics, negotiateFormat } from './exposition';
import { prometheusName } from './prometheus-name';
import { registryTelemetry } from './registry-telemetry';

/** The samples of an exposition, order and blank lines aside. */
function samples(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

function filled(): Registry {
  const registry = new Registry();
  const labels = { path: 'a"b\\c\nd', code: '200' };
  new Counter({ name: 'theirs_total', help: 'A\ncounter.', labelNames: ['path', 'code'], registers: [registry] }).inc(
    labels,
    3,
  );
  new Gauge({
    name: 'theirs',
    help: 'g',
    registers: [registry],
    collect() {
      this.set(-1.5);
    },
  });
  const histogram = new Histogram({
    name: 'theirs_seconds',
    help: 'h',
    labelNames: ['code'],
    buckets: [0.1, 1],
    registers: [registry],
  });
  histogram.observe({ code: '500' }, 0.05);
  histogram.observe({ code: '500' }, 7);
  new Summary({ name: 'theirs_quantiles', help: 's', percentiles: [0.5], registers: [registry] }).observe(2);
  counterFamily(registry, 'ours_total', 'A counter.').cell(labels).add(3);
  gaugeFamily(registry, 'ours', 'g').cell({ code: 'x' }).set(0.25);
  const ours = histogramFamily(registry, 'ours_seconds', 'h', [0.1, 1]).cell({ code: '500' });
  ours.observe(0.05);
  ours.observe(0.1);
  ours.observe(7);
  return registry;
}

test.each([[{}], [{ service: 'chat', code: 'default' }]])(
  'our exposition has the samples of prom-client, with default labels %j',
  async (defaults) => {
    const registry = filled();
    registry.setDefaultLabels(defaults);
    for (let time = 0; time < 2; time++) {
      const ours = samples(await exposeMetrics(registry));
      const sorted = (lines: string[]): string[] => lines.map((line) => orderLabels(line)).sort();
      expect(sorted(ours)).toEqual(sorted(samples(await registry.metrics())));
    }
    registry.setDefaultLabels({});
    expect(samples(await exposeMetrics(registry))).toContain('ours{code="x"} 0.25');
  },
);

function orderLabels(line: string): string {
  return line.replace(
    /\{(.*)\} /,
    (_all, text: string) =>
      `{${text
        .split(/,(?=[a-z_]+=")/)
        .sort()
        .join(',')}} `,
  );
}

test('OpenMetrics has exemplars, and counters without the suffix in their header', async () => {
  const registry = filled();
  histogramFamily(registry, 'ours_seconds', 'h', [])
    .cell({ code: '500' })
    .observeIn(0.5, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }, 1_700_000_000.5);
  const text = await exposeMetrics(registry, 'openmetrics');
  expect(text).toContain('# TYPE ours counter\nours_total{');
  expect(text).toContain('# TYPE theirs counter\ntheirs_total{');
  expect(text).toContain(
    `ours_seconds_bucket{code="500",le="1.0"} 3 # {trace_id="${'a'.repeat(32)}",span_id="${'b'.repeat(16)}"} 0.5 1700000000.5\n`,
  );
  expect(text.endsWith('# EOF\n')).toBe(true);
  expect(negotiateFormat('application/openmetrics-text; version=1.0.0,text/plain;q=0.5')).toBe('openmetrics');
  expect(negotiateFormat('text/plain')).toBe('prometheus');
});

test('our families are ordinary metrics of prom-client', async () => {
  const registry = filled();
  const json = await registry.getMetricsAsJSON();
  expect(json.map(({ name }) => name)).toEqual(expect.arrayContaining(['ours_total', 'ours', 'ours_seconds']));
  counterFamily(registry, 'ours_total', '').inc({ path: 'x' }, 2);
  expect(await registry.getSingleMetricAsString('ours_total')).toContain('ours_total{path="x"} 2');
  registry.resetMetrics();
  expect(await registry.getSingleMetricAsString('ours_seconds')).toContain('ours_seconds_count{code="500"} 0');
});

test('the telemetry port never fails, gives the same cell for the same labels, and is bounded', async () => {
  const registry = filled();
  const telemetry = registryTelemetry(registry);
  telemetry.counter('own_total', 'h', { a: '1', b: '2' }).add();
  telemetry.counter('own_total', 'h', { b: '2', a: '1' }).add(2);
  telemetry.counter('theirs_total', 'taken by prom-client').add();
  telemetry.counter('not a name', 'h').add();
  telemetry.gauge('own_bytes', 'h').set(5);
  telemetry.observedGauge('own_ratio', 'h', () => 0.5);
  telemetry.observedGauge('own_broken', 'h', () => {
    throw new Error('cannot be read');
  });
  telemetry.histogram('own_seconds', 'h', [1]).observe(NaN);
  const text = await exposeMetrics(registry);
  expect(text).toContain('own_total{a="1",b="2"} 3\n');
  expect(text).toContain('own_bytes 5\n');
  expect(text).toContain('own_ratio 0.5\n');
  expect(text).not.toMatch(/^own_broken /m);
  expect(text).toContain('own_seconds_count 0\n');
});

test.each([
  ['gen_ai.client.operation.duration', 's', 'histogram', 'gen_ai_client_operation_duration_seconds'],
  ['gen_ai.client.inference.duration', 's', 'histogram', 'gen_ai_client_inference_duration_seconds'],
  ['gen_ai.client.token.usage', '{token}', 'histogram', 'gen_ai_client_token_usage'],
  [
    'gen_ai.client.inference.usage.input_tokens',
    '{token}',
    'counter',
    'gen_ai_client_inference_usage_input_tokens_total',
  ],
  ['gen_ai.server.time_per_output_token', 's', 'histogram', 'gen_ai_server_time_per_output_token_seconds'],
  ['claude_code.token.usage', 'tokens', 'counter', 'claude_code_token_usage_tokens_total'],
  ['claude_code.cost.usage', 'USD', 'counter', 'claude_code_cost_usage_USD_total'],
  ['claude_code.active_time.total', 's', 'counter', 'claude_code_active_time_seconds_total'],
  ['claude_code.session.count', '', 'counter', 'claude_code_session_count_total'],
  ['codex.turn.ttft.duration_ms', 'ms', 'histogram', 'codex_turn_ttft_duration_ms_milliseconds'],
  ['codex.turn.token_usage', '', 'histogram', 'codex_turn_token_usage'],
  ['gemini_cli.api.request.latency', 'ms', 'histogram', 'gemini_cli_api_request_latency_milliseconds'],
  ['copilot_chat.time_to_first_token', 's', 'histogram', 'copilot_chat_time_to_first_token_seconds'],
  ['copilot_chat.tool.call.count', 'calls', 'counter', 'copilot_chat_tool_call_count_calls_total'],
  ['process.cpu.utilization', '1', 'gauge', 'process_cpu_utilization_ratio'],
  ['disk.io', 'By/s', 'gauge', 'disk_io_bytes_per_second'],
  ['2xx.rate', '', 'gauge', '_2xx_rate'],
] as const)('%s (%s, %s) is %s', (name, unit, kind, want) => {
  expect(prometheusName(name, unit, kind)).toBe(want);
});
