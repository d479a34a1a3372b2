import { Registry } from 'prom-client';
import { exposeMetrics } from '../metrics/exposition';
import { SEMCONV_MODES, configureInstrumentation } from '../settings';
import { withSpan } from '../spans/helpers';
import { startTestTracing } from '../testing/test-tracing';
import { withAgent, withAgentCreation, withPlan, withWorkflow } from './agents';
import { withMemory, withRetrieval } from './knowledge';
import { mcpMeta, withMcpHandler, withMcpRequest, withMcpSession } from './mcp';
import { withInference, withTool } from './with-inference';
import type { TestTracing } from '../testing/test-tracing';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

let tracing: TestTracing;
let registry: Registry;
let restore: () => void;

beforeEach(() => {
  tracing = startTestTracing();
  registry = new Registry();
  restore = configureInstrumentation({ registry });
});
afterEach(async () => {
  restore();
  await tracing.stop();
});

function span(name: string): ReadableSpan {
  const found = tracing.spans().find((one) => one.name === name);
  if (found === undefined)
    throw new Error(
      `no span ${name} among ${tracing
        .spans()
        .map((one) => one.name)
        .join()}`,
    );
  return found;
}

function parentOf(name: string): string | undefined {
  const { parentSpanContext } = span(name);
  return tracing.spans().find((one) => one.spanContext().spanId === parentSpanContext?.spanId)?.name;
}

async function samples(pattern: RegExp): Promise<string[]> {
  return (await exposeMetrics(registry)).split('\n').filter((line) => pattern.test(line));
}

const model = { provider: 'anthropic', model: 'claude-sonnet-4-5' };

describe('agents', () => {
  test('a run holds its calls, counts them, and leaves those of an agent within to that one', async () => {
    const answer = await withAgent('planner', async (run) => {
      await withInference(model, () => Promise.resolve('think'));
      await withTool('read_file', () => Promise.resolve(1));
      await withAgent('writer', (inner) => {
        withTool('edit_file', () => 1);
        withTool('edit_file', () => 1);
        expect([inner.inferenceCalls, inner.toolCalls]).toEqual([0, 2]);
        return Promise.resolve();
      });
      await withInference(model, () => Promise.resolve('done'));
      run.response({ finishReasons: ['stop'] });
      run.usage({ input: 10, output: 2 });
      return 'answer';
    });
    expect(answer).toBe('answer');
    expect(span('invoke_agent planner')).toMatchObject({
      kind: 0,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'planner',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 10,
      },
    });
    expect(parentOf('invoke_agent writer')).toBe('invoke_agent planner');
    expect(parentOf('execute_tool edit_file')).toBe('invoke_agent writer');
    expect(span('execute_tool edit_file').attributes['gen_ai.agent.name']).toBe('writer');
    expect(span('chat claude-sonnet-4-5').attributes['gen_ai.agent.name']).toBe('planner');
    expect(await samples(/^gen_ai_invoke_agent_\w+_(sum|count)\{/)).toEqual([
      expect.stringMatching(/^gen_ai_invoke_agent_duration_seconds_sum\{gen_ai_agent_name="writer"\} /),
      'gen_ai_invoke_agent_duration_seconds_count{gen_ai_agent_name="writer"} 1',
      expect.stringMatching(/^gen_ai_invoke_agent_duration_seconds_sum\{gen_ai_agent_name="planner"\} /),
      'gen_ai_invoke_agent_duration_seconds_count{gen_ai_agent_name="planner"} 1',
      'gen_ai_invoke_agent_inference_calls_sum{gen_ai_agent_name="writer"} 0',
      'gen_ai_invoke_agent_inference_calls_count{gen_ai_agent_name="writer"} 1',
      'gen_ai_invoke_agent_inference_calls_sum{gen_ai_agent_name="planner"} 2',
      'gen_ai_invoke_agent_inference_calls_count{gen_ai_agent_name="planner"} 1',
      'gen_ai_invoke_agent_tool_calls_sum{gen_ai_agent_name="writer"} 2',
      'gen_ai_invoke_agent_tool_calls_count{gen_ai_agent_name="writer"} 1',
      'gen_ai_invoke_agent_tool_calls_sum{gen_ai_agent_name="planner"} 1',
      'gen_ai_invoke_agent_tool_calls_count{gen_ai_agent_name="planner"} 1',
    ]);
    // Tokens that an agent reports are those of its model calls: they count once.
    expect(await samples(/^telltale_tokens_total/)).toEqual([]);
  });

  test('a run that streams is over with its stream, and calls made while it is read are its own', async () => {
    const pieces = withAgent('streamer', async function* () {
      yield withTool('read_file', () => 'a');
      yield withInference(model, () => 'b');
    });
    const seen: string[] = [];
    for await (const piece of pieces) {
      seen.push(piece);
      expect(tracing.spans().some((one) => one.name === 'invoke_agent streamer')).toBe(false);
    }
    expect(seen).toEqual(['a', 'b']);
    expect(parentOf('execute_tool read_file')).toBe('invoke_agent streamer');
    expect(await samples(/^gen_ai_invoke_agent_(tool|inference)_calls_sum/)).toEqual([
      'gen_ai_invoke_agent_inference_calls_sum{gen_ai_agent_name="streamer"} 1',
      'gen_ai_invoke_agent_tool_calls_sum{gen_ai_agent_name="streamer"} 1',
    ]);
  });

  test.each(SEMCONV_MODES)(
    'an agent elsewhere is a client’s call; one within has fewer facts in v0.1 (%s)',
    async (semconv) => {
      const off = configureInstrumentation({ semconv });
      const agent = { name: 'a', id: 'asst_1', version: '2', provider: 'openai', model: 'gpt-4o' };
      withAgent({ ...agent, remote: true, serverAddress: 'api.openai.com' }, () => 1);
      withAgent(agent, () => 1);
      expect(() =>
        withAgent('broken', () => {
          throw new RangeError('no');
        }),
      ).toThrow(RangeError);
      off();
      const [remote, local, broken] = tracing.spans();
      expect(remote).toMatchObject({
        kind: 2,
        attributes: { 'gen_ai.agent.id': 'asst_1', 'gen_ai.provider.name': 'openai' },
      });
      expect(local?.kind).toBe(0);
      expect(local?.attributes['gen_ai.agent.id']).toBe(semconv === 'v0.1' ? undefined : 'asst_1');
      expect(local?.attributes['gen_ai.agent.version']).toBe(semconv === 'v0.1' ? undefined : '2');
      expect(broken).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'RangeError' } });
      expect(await samples(/^gen_ai_client_operation_duration_seconds_count/)).toEqual([
        'gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name="invoke_agent",' +
          'gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",server_address="api.openai.com"} 1',
      ]);
      const runs = await samples(/^gen_ai_invoke_agent_duration_seconds_count/);
      expect(runs).toEqual(
        semconv === 'v1.41'
          ? []
          : [
              'gen_ai_invoke_agent_duration_seconds_count{gen_ai_agent_name="a",gen_ai_request_model="gpt-4o"} 2',
              'gen_ai_invoke_agent_duration_seconds_count{gen_ai_agent_name="broken",error_type="RangeError"} 1',
            ],
      );
    },
  );

  test('creating an agent, and making a plan', async () => {
    const agent = { name: 'reviewer', provider: 'openai', model: 'gpt-4o', systemInstructions: 'Be kind.' };
    const off = configureInstrumentation({ captureContent: true });
    await withAgentCreation(agent, () => Promise.resolve({ id: 'asst_1' }));
    withPlan('reviewer', () => withInference(model, () => 1));
    off();
    expect(span('create_agent reviewer')).toMatchObject({
      kind: 2,
      attributes: {
        'gen_ai.operation.name': 'create_agent',
        'gen_ai.agent.name': 'reviewer',
        'gen_ai.system_instructions': 'Be kind.',
      },
    });
    expect(span('plan reviewer')).toMatchObject({ kind: 0, attributes: { 'gen_ai.operation.name': 'plan' } });
    expect(parentOf('chat claude-sonnet-4-5')).toBe('plan reviewer');
  });

  test.each([
    ['v1.41', { 'gen_ai.workflow.name': 'triage' }, { 'gen_ai.agent.name': 'triage' }],
    ['v0.1', { 'gen_ai.agent.name': 'triage' }, { 'gen_ai.workflow.name': 'triage' }],
    ['both', { 'gen_ai.agent.name': 'triage', 'gen_ai.workflow.name': 'triage' }, { none: 1 }],
  ] as const)('a workflow in %s', async (semconv, has, hasNot) => {
    const off = configureInstrumentation({ semconv });
    await withWorkflow('triage', () => Promise.resolve());
    off();
    const { attributes } = span('invoke_workflow triage');
    expect(attributes).toMatchObject({ 'gen_ai.operation.name': 'invoke_workflow', ...has });
    expect(attributes).not.toMatchObject(hasNot);
  });

  test('retrieval and memory', async () => {
    const found = await withRetrieval({ dataSourceId: 'handbook', topK: 3, query: 'leave' }, () =>
      Promise.resolve([{ id: 'doc' }]),
    );
    expect(found).toEqual([{ id: 'doc' }]);
    withMemory('search_memory', { storeId: 's1', query: 'leave' }, () => [1, 2]);
    const off = configureInstrumentation({ captureContent: true });
    await withRetrieval({ query: 'leave' }, () => Promise.resolve(found));
    off();
    expect(span('retrieval handbook')).toMatchObject({
      kind: 2,
      attributes: {
        'gen_ai.data_source.id': 'handbook',
        'gen_ai.request.top_k': 3,
        'gen_ai.retrieval.top_k': 3,
      },
    });
    expect(JSON.stringify(span('retrieval handbook').attributes)).not.toContain('leave');
    expect(span('retrieval').attributes).toMatchObject({
      'gen_ai.retrieval.query.text': 'leave',
      'gen_ai.retrieval.documents': '[{"id":"doc"}]',
    });
    expect(span('search_memory').attributes).toMatchObject({
      'gen_ai.operation.name': 'search_memory',
      'gen_ai.memory.store.id': 's1',
      'gen_ai.memory.record.count': 2,
    });
  });
});

describe('the Model Context Protocol', () => {
  const request = {
    method: 'tools/call',
    tool: 'search',
    requestId: 7,
    sessionId: 's-1',
    protocolVersion: '2025-06-18',
    transport: 'pipe',
  } as const;

  test('a request and its handling are one trace', async () => {
    let sent: Record<string, unknown> = {};
    await withSpan('turn', () =>
      withMcpRequest(request, () => {
        sent = mcpMeta({ progressToken: 'p' });
        return Promise.resolve({ content: [] });
      }),
    );
    // What handles requests runs in a trace of its own: a loop that reads standard input.
    await withSpan('loop', () => withMcpHandler(request, sent, () => Promise.resolve({ content: [] })));
    const [client, turn, server, loop] = tracing.spans();
    expect(sent['progressToken']).toBe('p');
    for (const [one, kind] of [
      [client, 2],
      [server, 1],
    ] as const) {
      expect(one).toMatchObject({
        name: 'tools/call search',
        kind,
        attributes: {
          'mcp.method.name': 'tools/call',
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'search',
          'jsonrpc.request.id': '7',
          'mcp.session.id': 's-1',
          'mcp.protocol.version': '2025-06-18',
          'network.transport': 'pipe',
        },
      });
      expect(one?.spanContext().traceId).toBe(turn?.spanContext().traceId);
    }
    expect(server?.parentSpanContext?.spanId).toBe(client?.spanContext().spanId);
    expect(server?.links.map(({ context }) => context.spanId)).toEqual([loop?.spanContext().spanId]);
    for (const side of ['client', 'server']) {
      expect(await samples(new RegExp(`^mcp_${side}_operation_duration_seconds_count`))).toEqual([
        `mcp_${side}_operation_duration_seconds_count{mcp_method_name="tools/call",gen_ai_tool_name="search",` +
          'mcp_protocol_version="2025-06-18",network_transport="pipe"} 1',
      ]);
    }
  });

  test('within the execution of the same tool there is no second span', async () => {
    await withTool('search', () => withMcpRequest(request, () => Promise.resolve({ content: [], isError: true })));
    expect(tracing.spans()).toHaveLength(1);
    expect(span('execute_tool search')).toMatchObject({
      kind: 0,
      status: { code: 2 },
      attributes: { 'mcp.method.name': 'tools/call', 'error.type': 'tool_error', 'gen_ai.tool.name': 'search' },
    });
    expect(await samples(/^mcp_client_operation_duration_seconds_count/)).toHaveLength(1);
    expect(await samples(/^telltale_operations_total.*tool.*outcome="error"} 1/)).toHaveLength(1);
    // Another tool's request is another operation.
    await withTool('agent', () => withMcpRequest(request, () => Promise.resolve({ content: [] })));
    expect(parentOf('tools/call search')).toBe('execute_tool agent');
  });

  test('a result that says so, and a JSON-RPC error, are failures', async () => {
    const failed = await withMcpRequest(request, () => Promise.resolve({ content: [], isError: true }));
    expect(failed.isError).toBe(true);
    const error = Object.assign(new Error('no such prompt'), { code: -32602 });
    await expect(withMcpRequest({ method: 'prompts/get', prompt: 'review' }, () => Promise.reject(error))).rejects.toBe(
      error,
    );
    expect(span('tools/call search')).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': 'tool_error' },
    });
    expect(span('prompts/get review')).toMatchObject({
      status: { code: 2, message: 'no such prompt' },
      attributes: { 'error.type': '-32602', 'rpc.response.status_code': '-32602', 'gen_ai.prompt.name': 'review' },
    });
    expect(await samples(/^mcp_client_operation_duration_seconds_count.*error_type/)).toEqual([
      expect.stringContaining('error_type="tool_error"} 1'),
      expect.stringContaining('error_type="-32602"} 1'),
    ]);
  });

  test('content only where it is captured; a session is measured on both sides', async () => {
    withMcpRequest({ ...request, arguments: { q: 'secret' } }, () => ({ content: [{ type: 'text', text: 'secret' }] }));
    expect(JSON.stringify(tracing.spans()[0]?.attributes)).not.toContain('secret');
    const off = configureInstrumentation({ captureContent: true });
    withMcpHandler({ ...request, arguments: { q: 'secret' } }, undefined, () => ({ content: ['secret'] }));
    off();
    expect(tracing.spans()[1]?.attributes).toMatchObject({
      'gen_ai.tool.call.arguments': '{"q":"secret"}',
      'gen_ai.tool.call.result': '["secret"]',
    });
    await withMcpSession('client', { transport: 'pipe' }, () => Promise.resolve());
    await expect(
      withMcpSession('server', { transport: 'tcp' }, () => Promise.reject(new RangeError('closed'))),
    ).rejects.toThrow('closed');
    expect(await samples(/^mcp_\w+_session_duration_seconds_count/)).toEqual([
      'mcp_client_session_duration_seconds_count{network_transport="pipe"} 1',
      'mcp_server_session_duration_seconds_count{network_transport="tcp",error_type="RangeError"} 1',
    ]);
    expect(tracing.spans()).toHaveLength(2);
  });
});
