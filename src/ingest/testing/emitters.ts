import type { Attributes } from '../../domain/attributes';
import { simulatedEvent, simulatedSpan } from './simulated-session';
import type { Emission, SimulatedCall, SimulatedSession } from './simulated-session';

/** Ways of sending one session, each as its emitter would. */
export const emitters: Readonly<Record<string, (session: SimulatedSession) => Emission>> = {
  'claude-code events': (session) => ({ logs: [...claudeCalls(session), ...claudeTools(session)] }),
  'claude-code spans': (session) => ({ spans: claudeSpans(session) }),
  'claude-code both': (session) => ({
    spans: claudeSpans(session),
    logs: [...claudeCalls(session), ...claudeTools(session)],
  }),
  codex: (session) => ({ logs: codexLogs(session) }),
  'codex with turn spans': (session) => ({
    logs: codexLogs(session),
    spans: session.calls.map((call) =>
      simulatedSpan(
        'handle_responses',
        call.requestId,
        call.at,
        call.durationMs,
        {
          'gen_ai.usage.input_tokens': inputOf(call),
          'gen_ai.usage.output_tokens': call.output,
          'conversation.id': session.session,
          model: session.model,
        },
        { service: 'codex_cli_rs' },
      ),
    ),
  }),
  'gemini-cli events': (session) => ({ logs: geminiLogs(session) }),
  'gemini-cli events and spans': (session) => {
    const spans = geminiSpans(session);
    // Some events name the span in which they were written, others none.
    const logs = geminiLogs(session).map((record, index) => {
      const { traceId = '', spanId = '' } = index % 2 === 0 ? (spans[index] ?? {}) : {};
      return index < session.calls.length ? { ...record, traceId, spanId } : record;
    });
    return { logs, spans };
  },
  'copilot cli': (session) => ({
    spans: genAiSpans(session, 'github-copilot', (call) => ({
      'gen_ai.provider.name': 'github',
      'gen_ai.usage.cache_creation.input_tokens': call.cacheWrite,
      // Credits are no dollars.
      'github.copilot.cost': 1,
      'github.copilot.nano_aiu': 250_000_000,
    })),
  }),
  copilot: (session) => ({
    spans: [
      // The agent's span repeats the sums: they must not count a second time.
      simulatedSpan(
        'invoke_agent copilot',
        session.session,
        session.calls[0]?.at ?? 0,
        60_000,
        {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.provider.name': 'github',
          'gen_ai.conversation.id': session.session,
          'gen_ai.usage.input_tokens': session.calls.reduce((sum, call) => sum + inputOf(call), 0),
          'gen_ai.usage.output_tokens': session.calls.reduce((sum, call) => sum + call.output, 0),
        },
        { service: 'copilot-chat' },
      ),
      ...genAiSpans(session, 'copilot-chat', (call) => ({
        'gen_ai.provider.name': 'github',
        'gen_ai.usage.cache_creation.input_tokens': call.cacheWrite,
        'copilot_chat.time_to_first_token': call.ttftMs,
      })),
    ],
  }),
  'genai 1.36': (session) => ({
    spans: genAiSpans(session, 'app', (call) => ({
      'gen_ai.system': 'openai',
      'gen_ai.usage.cache_creation_input_tokens': call.cacheWrite,
      'gen_ai.server.time_to_first_token': call.ttftMs / 1000,
    })),
  }),
  'genai 1.41': (session) => ({
    spans: genAiSpans(session, 'app', (call) => ({
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.cache_creation.input_tokens': call.cacheWrite,
      'gen_ai.response.time_to_first_chunk': call.ttftMs / 1000,
    })),
  }),
  'genai 1.41 with events': (session) => {
    const spans = genAiSpans(session, 'app', (call) => ({
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.cache_creation.input_tokens': call.cacheWrite,
    }));
    const logs = session.calls.map((call, index) => ({
      ...simulatedEvent('app', 'gen_ai.client.inference.operation.details', call.at + call.durationMs, {
        ...spans[index]?.attributes,
      }),
      traceId: spans[index]?.traceId ?? '',
      spanId: spans[index]?.spanId ?? '',
    }));
    return { spans, logs };
  },
  'genai 0.1': (session) => ({
    spans: genAiSpans(session, 'app', (call) => ({
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.cache_write.input_tokens': call.cacheWrite,
      'gen_ai.response.time_to_first_chunk': call.ttftMs / 1000,
    })),
  }),
  telltale: (session) => ({
    spans: genAiSpans(
      session,
      'app',
      (call) => ({
        'gen_ai.provider.name': 'openai',
        'gen_ai.usage.cache_write.input_tokens': call.cacheWrite,
        'gen_ai.response.time_to_first_chunk': call.ttftMs / 1000,
      }),
      'telltale',
    ),
  }),
  openllmetry: (session) => ({
    spans: genAiSpans(session, 'app', (call) => ({
      'gen_ai.system': 'OpenAI',
      'llm.request.type': 'chat',
      'llm.usage.total_tokens': inputOf(call) + call.output,
      'gen_ai.usage.cache_creation_input_tokens': call.cacheWrite,
      'gen_ai.server.time_to_first_token': call.ttftMs / 1000,
    })),
  }),
  openinference: (session) => ({
    spans: [
      ...session.calls.map((call) =>
        simulatedSpan(
          'ChatCompletion',
          call.requestId,
          call.at,
          call.durationMs,
          {
            'openinference.span.kind': 'LLM',
            'session.id': session.session,
            'llm.model_name': session.model,
            'llm.provider': 'openai',
            ...(call.failed
              ? {}
              : {
                  'llm.token_count.prompt': inputOf(call),
                  'llm.token_count.completion': call.output,
                  'llm.token_count.total': inputOf(call) + call.output,
                  'llm.token_count.prompt_details.cache_read': call.cacheRead,
                  'llm.token_count.prompt_details.cache_write': call.cacheWrite,
                  'llm.token_count.completion_details.reasoning': call.reasoning,
                }),
          },
          { service: 'app', failed: call.failed },
        ),
      ),
      ...session.tools.map((tool) =>
        simulatedSpan(
          tool.name,
          tool.id,
          tool.at,
          5,
          { 'openinference.span.kind': 'TOOL', 'session.id': session.session, 'tool.name': tool.name },
          { service: 'app', failed: !tool.ok },
        ),
      ),
    ],
  }),
  'vercel-ai': (session) => ({
    spans: session.calls.flatMap((call) => {
      const usage: Attributes = call.failed
        ? {}
        : {
            'ai.usage.inputTokens': inputOf(call),
            'ai.usage.outputTokens': call.output,
            'ai.usage.cachedInputTokens': call.cacheRead,
            'ai.usage.inputTokenDetails.cacheWriteTokens': call.cacheWrite,
            'ai.usage.reasoningTokens': call.reasoning,
          };
      const common: Attributes = {
        'ai.model.id': session.model,
        'ai.model.provider': 'openai.responses',
        'ai.telemetry.metadata.sessionId': session.session,
        ...usage,
      };
      const options = { service: 'app', failed: call.failed };
      return [
        simulatedSpan(
          'ai.streamText',
          call.requestId,
          call.at,
          call.durationMs,
          { 'ai.operationId': 'ai.streamText', ...common },
          options,
        ),
        simulatedSpan(
          'ai.streamText.doStream',
          call.requestId,
          call.at,
          call.durationMs,
          {
            'ai.operationId': 'ai.streamText.doStream',
            'ai.response.id': call.requestId,
            'ai.response.model': session.model,
            'ai.response.msToFirstChunk': call.ttftMs,
            ...common,
          },
          options,
        ),
      ];
    }),
  }),
};

/** Input with all that caches served and took. */
export function inputOf(call: SimulatedCall): number {
  return call.uncached + call.cacheRead + call.cacheWrite;
}

function claudeCalls(session: SimulatedSession) {
  return session.calls.map((call) =>
    simulatedEvent('claude-code', call.failed ? 'claude_code.api_error' : 'api_request', call.at + call.durationMs, {
      'session.id': session.session,
      model: session.model,
      request_id: call.requestId,
      duration_ms: String(call.durationMs),
      ...(call.failed
        ? { status_code: 529, error: 'overloaded' }
        : {
            input_tokens: String(call.uncached),
            output_tokens: String(call.output),
            cache_read_tokens: String(call.cacheRead),
            cache_creation_tokens: String(call.cacheWrite),
          }),
    }),
  );
}

function claudeTools(session: SimulatedSession) {
  return session.tools.map((tool) =>
    simulatedEvent('claude-code', 'tool_result', tool.at + 5, {
      'session.id': session.session,
      tool_name: tool.name,
      tool_use_id: tool.id,
      success: String(tool.ok),
      duration_ms: 5,
    }),
  );
}

function claudeSpans(session: SimulatedSession) {
  return [
    ...session.calls.map((call) =>
      simulatedSpan(
        'claude_code.llm_request',
        call.requestId,
        call.at,
        call.durationMs,
        {
          'session.id': session.session,
          model: session.model,
          'gen_ai.system': 'anthropic',
          'gen_ai.request.model': session.model,
          request_id: call.requestId,
          ttft_ms: call.ttftMs,
          success: !call.failed,
          ...(call.failed
            ? { status_code: 529 }
            : {
                input_tokens: call.uncached,
                output_tokens: call.output,
                cache_read_tokens: call.cacheRead,
                cache_creation_tokens: call.cacheWrite,
              }),
        },
        { service: 'claude-code', failed: call.failed },
      ),
    ),
    ...session.tools.map((tool) =>
      simulatedSpan(
        'claude_code.tool',
        tool.id,
        tool.at,
        5,
        { 'session.id': session.session, tool_name: tool.name },
        { service: 'claude-code', failed: !tool.ok },
      ),
    ),
  ];
}

function codexLogs(session: SimulatedSession) {
  return [
    ...session.calls.flatMap((call) =>
      call.failed
        ? [
            simulatedEvent('codex_cli_rs', 'codex.api_request', call.at + call.durationMs, {
              'conversation.id': session.session,
              model: session.model,
              duration_ms: String(call.durationMs),
              'http.response.status_code': '529',
            }),
          ]
        : [
            // The transport's own frame, without counts.
            simulatedEvent('codex_cli_rs', 'codex.sse_event', call.at + call.durationMs, {
              'conversation.id': session.session,
              'event.kind': 'response.completed',
            }),
            simulatedEvent('codex_cli_rs', 'codex.sse_event', call.at + call.durationMs, {
              'conversation.id': session.session,
              'event.kind': 'response.completed',
              model: session.model,
              duration_ms: String(call.durationMs),
              ttft_ms: String(call.ttftMs),
              input_token_count: String(inputOf(call)),
              output_token_count: String(call.output),
              cached_token_count: String(call.cacheRead),
              cache_write_token_count: String(call.cacheWrite),
              reasoning_token_count: String(call.reasoning),
              tool_token_count: String(inputOf(call) + call.output),
            }),
          ],
    ),
    ...session.tools.map((tool) =>
      simulatedEvent('codex_cli_rs', 'codex.tool_result', tool.at + 5, {
        'conversation.id': session.session,
        tool_name: tool.name,
        call_id: tool.id,
        duration_ms: '5',
        success: String(tool.ok),
      }),
    ),
  ];
}

function geminiLogs(session: SimulatedSession) {
  return [
    ...session.calls.map((call) =>
      call.failed
        ? simulatedEvent('gemini-cli', 'gemini_cli.api_error', call.at + call.durationMs, {
            'session.id': session.session,
            model_name: session.model,
            duration: call.durationMs,
            error_type: '529',
            prompt_id: 'p1',
          })
        : simulatedEvent('gemini-cli', 'gemini_cli.api_response', call.at + call.durationMs, {
            'session.id': session.session,
            model: session.model,
            duration_ms: call.durationMs,
            prompt_id: 'p1',
            input_token_count: inputOf(call),
            cached_content_token_count: call.cacheRead,
            output_token_count: call.output - call.reasoning,
            thoughts_token_count: call.reasoning,
            tool_token_count: 0,
            total_token_count: inputOf(call) + call.output,
          }),
    ),
    ...session.tools.map((tool, index) =>
      simulatedEvent('gemini-cli', 'gemini_cli.tool_call', tool.at + 5 + index / 1000, {
        'session.id': session.session,
        function_name: tool.name,
        duration_ms: 5,
        success: tool.ok,
        prompt_id: 'p1',
      }),
    ),
  ];
}

/** Of calls, what the trace option adds: neither thoughts nor caches. Of everything else, what events say, once more. */
function geminiSpans(session: SimulatedSession) {
  const span = (
    operation: string,
    key: string,
    at: number,
    durationMs: number,
    attributes: Attributes,
    failed: boolean,
  ) =>
    simulatedSpan(
      operation,
      key,
      at,
      durationMs,
      {
        'gen_ai.operation.name': operation,
        'gen_ai.agent.name': 'gemini-cli',
        'gen_ai.conversation.id': session.session,
        ...attributes,
      },
      { service: 'gemini-cli', failed },
    );
  return [
    ...session.calls.map((call) =>
      span(
        'llm_call',
        call.requestId,
        call.at,
        call.durationMs,
        {
          'gen_ai.request.model': session.model,
          ...(call.failed
            ? {}
            : {
                'gen_ai.usage.input_tokens': inputOf(call),
                'gen_ai.usage.output_tokens': call.output - call.reasoning,
              }),
        },
        call.failed,
      ),
    ),
    ...session.tools.map((tool) =>
      span(
        'tool_call',
        tool.id,
        tool.at,
        5,
        { 'gen_ai.tool.name': tool.name, 'gen_ai.tool.call_id': tool.id },
        !tool.ok,
      ),
    ),
    span('user_prompt', 'p1', session.calls[0]?.at ?? 0, 60_000, {}, false),
  ];
}

function genAiSpans(
  session: SimulatedSession,
  service: string,
  extra: (call: SimulatedCall) => Attributes,
  scope = 'instrumentation',
) {
  return [
    ...session.calls.map((call) => {
      const { failed } = call;
      const own = extra(call);
      const attributes: Attributes = {
        'gen_ai.operation.name': 'chat',
        'gen_ai.conversation.id': session.session,
        'gen_ai.request.model': session.model,
        ...(failed
          ? { 'error.type': '529' }
          : {
              'gen_ai.response.model': session.model,
              'gen_ai.response.id': call.requestId,
              'gen_ai.usage.input_tokens': inputOf(call),
              'gen_ai.usage.output_tokens': call.output,
              'gen_ai.usage.cache_read.input_tokens': call.cacheRead,
              'gen_ai.usage.reasoning.output_tokens': call.reasoning,
            }),
        ...(failed ? Object.fromEntries(Object.entries(own).filter(([key]) => !key.includes('usage'))) : own),
      };
      return simulatedSpan(`chat ${session.model}`, call.requestId, call.at, call.durationMs, attributes, {
        service,
        scope,
        failed,
      });
    }),
    ...session.tools.map((tool) =>
      simulatedSpan(
        `execute_tool ${tool.name}`,
        tool.id,
        tool.at,
        5,
        {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': tool.name,
          'gen_ai.tool.call.id': tool.id,
          'gen_ai.conversation.id': session.session,
        },
        { service, scope, failed: !tool.ok },
      ),
    ),
  ];
}
