import { translateLabelName, translateMetricName, translateUnit, type MetricKind } from './translate-name';

const WITH = 'underscore-escaping-with-suffixes';

test.each<[string, string, MetricKind, string]>([
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
  ['requests', '1', 'counter', 'requests_total'],
  ['queue.size', '1', 'up-down-counter', 'queue_size'],
  ['system.io', 'By/s', 'gauge', 'system_io_bytes_per_second'],
  ['system.io.bytes', 'By/s', 'gauge', 'system_io_bytes_per_second'],
  ['speed', 'm/{rev}', 'gauge', 'speed_meters'],
  ['3d.prints', '', 'gauge', '_3d_prints'],
  ['a..b__c', '', 'gauge', 'a_b_c'],
  ['job:rate:5m', '', 'gauge', 'job:rate:5m'],
  ['temperature', 'Cel', 'gauge', 'temperature_celsius'],
  ['ratio.of.things', '1', 'gauge', 'of_things_ratio'],
])('%s [%s] as %s is %s', (name, unit, kind, want) => {
  expect(translateMetricName(name, unit, kind, WITH)).toBe(want);
});

test.each<[string, string, MetricKind, string, string, string]>([
  [
    'claude_code.token.usage',
    'tokens',
    'counter',
    'claude_code_token_usage',
    'claude_code.token.usage_tokens_total',
    'claude_code.token.usage',
  ],
  [
    'http.server.duration_seconds',
    's',
    'histogram',
    'http_server_duration_seconds',
    'http.server.duration_seconds',
    'http.server.duration_seconds',
  ],
  ['cpu.utilization', '1', 'gauge', 'cpu_utilization', 'cpu.utilization_ratio', 'cpu.utilization'],
])('other strategies: %s', (name, unit, kind, without, kept, untouched) => {
  expect(translateMetricName(name, unit, kind, 'underscore-escaping-without-suffixes')).toBe(without);
  expect(translateMetricName(name, unit, kind, 'no-utf8-escaping-with-suffixes')).toBe(kept);
  expect(translateMetricName(name, unit, kind, 'no-translation')).toBe(untouched);
});

test.each([
  ['http.method', 'http_method'],
  ['a..b', 'a_b'],
  ['1st', 'key_1st'],
  ['__reserved', '__reserved'],
  ['grün', 'gr_n'],
  ['ok_1', 'ok_1'],
])('label %s is %s', (key, want) => {
  expect(translateLabelName(key, WITH)).toBe(want);
});

test('units', () => {
  expect(['s', 'By/s', '1', '{token}', 'USD', ''].map(translateUnit)).toEqual([
    'seconds',
    'bytes_per_second',
    '',
    '',
    'USD',
    '',
  ]);
});
