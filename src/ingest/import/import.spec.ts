import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SystemClock } from '../../base/clock';
import { decodeTraces } from '../../otlp';
import { bundledPrices } from '../../pricing';
import { importClaudeCode, importCodex, importOtlpJson, sessionTotals, StackTarget } from './index';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'telltale-import-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, ...lines: (object | string)[]): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
}

let counter = 0;
const at = (seconds: number): string => new Date(1_780_272_000_000 + seconds * 1000).toISOString();

/** One line of a Claude Code log. */
function line(type: 'user' | 'assistant', seconds: number, message: object, more: object = {}) {
  return { type, uuid: `u${++counter}`, sessionId: 's1', timestamp: at(seconds), message, ...more };
}

const usage = (input: number, output: number, more: object = {}) => ({
  input_tokens: input,
  cache_read_input_tokens: 10,
  cache_creation_input_tokens: 5,
  output_tokens: output,
  ...more,
});
const model = 'claude-haiku-4-5-20251001';

describe('Claude Code', () => {
  test('a message counts once, by its last line; what no model said counts not at all', async () => {
    write(
      'project/s1.jsonl',
      line('user', 0, { content: 'hello' }),
      line(
        'assistant',
        1,
        { id: 'm1', model, usage: usage(3, 1), content: [{ type: 'text', text: 'a' }] },
        { requestId: 'r1' },
      ),
      line(
        'assistant',
        2,
        { id: 'm1', model, usage: usage(3, 40), content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] },
        { requestId: 'r1' },
      ),
      line('user', 3, { content: [{ type: 'tool_result', tool_use_id: 't1', is_error: true }] }),
      line('assistant', 4, {
        id: 'm2',
        model,
        usage: usage(7, 2, { cache_creation: { ephemeral_1h_input_tokens: 5, ephemeral_5m_input_tokens: 0 } }),
        content: [{ type: 'tool_use', id: 't2', name: 'Read', input: {} }],
      }),
      line('assistant', 5, {
        id: 'x',
        model: '<synthetic>',
        usage: usage(0, 0),
        content: [{ type: 'text', text: 'API Error' }],
      }),
      '{ broken',
    );
    const [session] = await importClaudeCode(folder, bundledPrices);
    expect(session).toMatchObject({
      session: 's1',
      turns: 1,
      models: [model],
      failedToolCalls: 1,
      unansweredToolCalls: 1,
      badLines: 1,
      inheritedCalls: 0,
    });
    const totals = session === undefined ? undefined : sessionTotals(session);
    expect(totals).toMatchObject({
      modelCalls: 2,
      toolCalls: 2,
      usage: { input: 40, uncached: 10, cacheRead: 20, cacheWrite: 10, cacheWrite1h: 5, output: 42 },
    });
    // 10 uncached, 20 read, 5 kept for five minutes, 5 for an hour, 42 out.
    expect(totals?.costUsd).toBeCloseTo((10 * 1 + 20 * 0.1 + 5 * 1.25 + 5 * 2 + 42 * 5) / 1e6, 12);
  });

  test('sub-agents: in their own folder, beside the session, and as side chains of old', async () => {
    const call = (id: string, more: object = {}) =>
      line('assistant', 9, { id, model, usage: usage(1, 1), content: [] }, more);
    write(
      's1.jsonl',
      line('user', 0, { content: 'go' }),
      line('assistant', 1, {
        id: 'm1',
        model,
        usage: usage(1, 1),
        content: [{ type: 'tool_use', id: 't1', name: 'Task', input: { subagent_type: 'explorer' } }],
      }),
      line(
        'user',
        20,
        { content: [{ type: 'tool_result', tool_use_id: 't1' }] },
        { toolUseResult: { agentId: 'abc' } },
      ),
      { ...call('side1'), isSidechain: true, uuid: 'root', parentUuid: null },
      { ...call('side2'), isSidechain: true, uuid: 'next', parentUuid: 'root' },
    );
    write('s1/subagents/agent-abc.jsonl', call('sub1', { agentId: 'abc', isSidechain: true }));
    write('agent-old.jsonl', call('old1', { agentId: 'old', isSidechain: true }));
    const [session, ...others] = await importClaudeCode(folder, bundledPrices);
    expect(others).toEqual([]);
    expect(session?.agents.map(({ agentId, name, modelCalls }) => [agentId, name, modelCalls])).toEqual([
      ['', 'claude-code', 1],
      ['sidechain-root', '', 2],
      ['abc', 'explorer', 1],
      ['old', '', 1],
    ]);
    const names = new Map(session?.spans.map((span) => [span.spanId, span.name]));
    const parents = session?.spans.map((span) => `${names.get(span.parentSpanId) ?? '-'} > ${span.name}`);
    expect(parents).toContain('execute_tool Task > invoke_agent explorer');
    expect(parents).toContain(`invoke_agent explorer > chat ${model}`);
    expect(new Set(session?.spans.map((span) => span.traceId)).size).toBe(1);
  });

  test('a resumed session repeats calls: they are inherited, and have the same ids', async () => {
    const first = [
      line('user', 0, { content: 'hi' }),
      line('assistant', 1, { id: 'm1', model, usage: usage(1, 1), content: [] }),
    ];
    write('s1.jsonl', ...first);
    write(
      's2.jsonl',
      ...first,
      line('user', 50, { content: 'more' }, { sessionId: 's2' }),
      line('assistant', 51, { id: 'm2', model, usage: usage(1, 1), content: [] }, { sessionId: 's2' }),
    );
    const sessions = await importClaudeCode(folder, bundledPrices);
    expect(sessions.map(({ session, callIds, inheritedCalls }) => [session, callIds, inheritedCalls])).toEqual([
      ['s1', ['m1'], 0],
      ['s2', ['m1', 'm2'], 1],
    ]);
    const [a, b] = sessions.map(({ spans }) => new Set(spans.map(({ traceId, spanId }) => `${traceId}/${spanId}`)));
    for (const id of a ?? []) expect(b).toContain(id);
  });

  test('lines of every other kind, broken ones and strange fields are no calls and no turns', async () => {
    const call = (id: string, more: object = {}) => ({ id, model, usage: usage(2, 3), content: [], ...more });
    write(
      's1.jsonl',
      '\uFEFF{"type":"summary","summary":"x","leafUuid":"y"}',
      { type: 'queue-operation', operation: 'enqueue', sessionId: 's1', timestamp: at(0) },
      { type: 'file-history-snapshot', messageId: 'm', snapshot: {} },
      line('user', 1, { content: '<command-name>/model</command-name>' }),
      line('user', 1, { content: '<local-command-stdout>Set model</local-command-stdout>' }),
      line('user', 2, { content: '<command-message>init</command-message><command-name>/init</command-name>' }),
      line('user', 2, { content: [{ type: 'text', text: 'expanded' }] }, { isMeta: true }),
      line('assistant', 3, call('m1')),
      { type: 'system', subtype: 'compact_boundary', timestamp: at(4), compactMetadata: { preTokens: 9 } },
      line('user', 5, { content: 'This session is being continued' }, { isCompactSummary: true }),
      line('user', 6, { content: 'a question' }),
      line('user', 7, { content: [{ type: 'text', text: '[Request interrupted by user]' }] }),
      line('assistant', 8, { id: 'e1', model: '<synthetic>', usage: usage(0, 0) }, { isApiErrorMessage: true }),
      line('assistant', 9, { id: 'm2', model, content: 'no usage' }),
      line('assistant', 10, call('m3', { usage: 'nonsense', stop_reason: null })),
      { type: 'progress', timestamp: at(11), data: { message: { message: call('m9') } } },
      { type: 'assistant', timestamp: 'soon', message: null },
      { type: 'assistant', timestamp: at(12), message: { role: 'assistant', model } },
      '[1,2]',
      '{"type":"assistant","message":{"id":"m4","usage":{"input_tok',
    );
    const [session] = await importClaudeCode(folder, bundledPrices);
    expect(session).toMatchObject({
      callIds: ['m1', 'm2', 'm3'],
      turns: 2,
      apiErrors: 1,
      callsWithoutUsage: 2,
      badLines: 2,
      start: Date.parse(at(0)),
      end: Date.parse(at(12)),
    });
    expect(session === undefined ? undefined : sessionTotals(session).usage).toMatchObject({ input: 17, output: 3 });
  });

  test('a sub-agent that no result names is told by what it was asked to do', async () => {
    const task = (id: string, prompt: string) => ({ type: 'tool_use', id, name: 'Task', input: { prompt } });
    write(
      's1.jsonl',
      line('user', 0, { content: 'go' }),
      line('assistant', 1, { id: 'm1', model, usage: usage(1, 1), content: [task('t1', 'look'), task('t2', 'think')] }),
      line('user', 2, { content: 'think' }, { isSidechain: true, uuid: 'side', parentUuid: null }),
      line(
        'assistant',
        3,
        { id: 'm2', model, usage: usage(1, 1), content: [] },
        { isSidechain: true, parentUuid: 'side' },
      ),
    );
    write(
      's1/subagents/agent-abc.jsonl',
      line('user', 2, { content: [{ type: 'text', text: 'look' }] }, { agentId: 'abc', isSidechain: true }),
      line('assistant', 3, { id: 'm3', model, usage: usage(1, 1), content: [] }, { agentId: 'abc', isSidechain: true }),
    );
    const [session] = await importClaudeCode(folder, bundledPrices);
    const byId = new Map(session?.spans.map((span) => [span.spanId, span]));
    const nested = session?.spans.filter(
      ({ name, parentSpanId }) => name.startsWith('invoke_agent') && parentSpanId !== '',
    );
    expect(nested?.map(({ parentSpanId }) => byId.get(parentSpanId)?.attributes['gen_ai.tool.call.id']).sort()).toEqual(
      ['t1', 't2'],
    );
    expect(session?.startedSubAgents).toBe(2);
  });

  test('a line of many megabytes is read, and a log without times takes its file’s', async () => {
    write('s1.jsonl', {
      type: 'assistant',
      sessionId: 's1',
      message: { id: 'm1', model, usage: usage(1, 1), content: [{ type: 'text', text: 'x'.repeat(20_000_000) }] },
    });
    utimesSync(join(folder, 's1.jsonl'), 1_780_272_000, 1_780_272_000);
    const [session] = await importClaudeCode(folder, bundledPrices);
    expect(session).toMatchObject({ callIds: ['m1'], start: 1_780_272_000_000, badLines: 0 });
  });

  test('line ends of Windows, and separators that JSON leaves in texts', async () => {
    const text = { type: 'text', text: 'a\u2028b\u2029c' };
    const first = JSON.stringify(line('user', 0, { content: 'hi\u2028' }));
    const second = JSON.stringify(line('assistant', 1, { id: 'm1', model, usage: usage(1, 1), content: [text] }));
    write('s1.jsonl', `${first}\r\n\r\n${second}\r\n`);
    const [session] = await importClaudeCode(folder, bundledPrices);
    expect(session).toMatchObject({ callIds: ['m1'], turns: 1, badLines: 0 });
  });

  test('several results in one line: the agent is the one that the call for agents started', async () => {
    const use = (id: string, name: string) => ({ type: 'tool_use', id, name, input: {} });
    const result = (id: string) => ({ type: 'tool_result', tool_use_id: id });
    write(
      's1.jsonl',
      line('user', 0, { content: 'go' }),
      line('assistant', 1, { id: 'm1', model, usage: usage(1, 1), content: [use('t1', 'Read')] }),
      line('assistant', 1, { id: 'm1', model, usage: usage(1, 9), content: [use('t2', 'Task'), use('t3', 'Bash')] }),
      line('user', 5, { content: [result('t1'), result('t2'), result('t3')] }, { toolUseResult: { agentId: 'abc' } }),
    );
    write('s1/subagents/agent-abc.jsonl', line('assistant', 3, { id: 'm2', model, usage: usage(1, 1), content: [] }));
    const [session] = await importClaudeCode(folder, bundledPrices);
    expect(session).toMatchObject({ unansweredToolCalls: 0, startedSubAgents: 1, callIds: ['m1', 'm2'] });
    const spans = session?.spans ?? [];
    const agent = spans.find(({ name }) => name.startsWith('invoke_agent') && !name.endsWith('claude-code'));
    const starter = spans.find(({ spanId }) => spanId === agent?.parentSpanId);
    expect(starter?.attributes['gen_ai.tool.call.id']).toBe('t2');
  });

  test.each(['s1.jsonl', 's1', ''])(
    'named as %p, a session has its agents: inside, deeper inside and beside',
    async (name) => {
      const call = (id: string, agentId?: string) =>
        line('assistant', 1, { id, model, usage: usage(1, 1), content: [] }, agentId === undefined ? {} : { agentId });
      write('s1.jsonl', call('m1'));
      write('s1/subagents/agent-a.jsonl', call('m2', 'a'));
      write('s1/subagents/agent-a/subagents/agent-b.jsonl', call('m3', 'b'));
      if (name !== 's1') write('agent-c.jsonl', call('m4', 'c'));
      const sessions = await importClaudeCode(join(folder, name), bundledPrices);
      expect(sessions.map(({ session, callIds }) => [session, [...callIds].sort()])).toEqual([
        ['s1', name === 's1' ? ['m1', 'm2', 'm3'] : ['m1', 'm2', 'm3', 'm4']],
      ]);
    },
  );

  test('a path that is not there', async () => {
    await expect(importClaudeCode(join(folder, 'none'), bundledPrices)).rejects.toThrow(/cannot be read/);
  });
});

test('Codex: a token count that repeats is no call', async () => {
  const id = '0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee';
  const event = (seconds: number, payload: object) => ({ timestamp: at(seconds), type: 'event_msg', payload });
  const count = (total: number, last: object) => ({
    type: 'token_count',
    info: { total_token_usage: { total_tokens: total }, last_token_usage: last },
  });
  const last = {
    input_tokens: 100,
    cached_input_tokens: 60,
    output_tokens: 20,
    reasoning_output_tokens: 5,
    total_tokens: 120,
  };
  write(
    `2026/06/01/rollout-2026-06-01T00-00-00-${id}.jsonl`,
    {
      timestamp: at(0),
      type: 'session_meta',
      payload: { id, cwd: '/home/dev/app', cli_version: '0.137.0', git: { branch: 'main' } },
    },
    { timestamp: at(0), type: 'turn_context', payload: { model: 'gpt-5' } },
    event(1, { type: 'user_message', message: 'hi' }),
    event(1, { type: 'token_count', info: null }),
    event(3, count(120, last)),
    event(3, count(120, last)),
    { timestamp: at(4), type: 'response_item', payload: { type: 'function_call', name: 'shell', call_id: 'c1' } },
    { timestamp: at(5), type: 'response_item', payload: { type: 'function_call_output', call_id: 'c1' } },
    event(8, count(240, last)),
  );
  const [session] = await importCodex(folder, bundledPrices);
  expect(session).toMatchObject({ session: id, turns: 1, models: ['gpt-5'], unansweredToolCalls: 0 });
  expect(session === undefined ? undefined : sessionTotals(session)).toMatchObject({
    modelCalls: 2,
    toolCalls: 1,
    usage: { input: 200, uncached: 80, cacheRead: 120, output: 40, reasoning: 10 },
  });
});

describe('targets', () => {
  let server: Server;
  let url: string;
  const received: { url: string | undefined; body: Buffer }[] = [];
  let answers: number[] = [];
  beforeEach(async () => {
    received.length = 0;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ url: request.url, body: Buffer.concat(chunks) });
        response.writeHead(answers.shift() ?? 200, { 'retry-after': '0' }).end('no');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const signal = new AbortController().signal;

  test('a stack that is busy is asked again; one that refuses is not', async () => {
    write(
      's1.jsonl',
      line('user', 0, { content: 'hi' }),
      line('assistant', 1, { id: 'm1', model, usage: usage(1, 1), content: [] }),
    );
    const [session] = await importClaudeCode(folder, bundledPrices);
    const target = new StackTarget(url, new SystemClock(), signal);
    answers = [429, 200];
    await target.write(session?.spans ?? []);
    expect(received.map((request) => request.url)).toEqual(['/v1/traces', '/v1/traces']);
    expect(decodeTraces(received[1]?.body ?? Buffer.alloc(0)).length).toBe(session?.spans.length);
    answers = [400];
    await expect(target.write(session?.spans ?? [])).rejects.toThrow(/answered 400/);
  });

  test('OTLP/JSON goes to the path of its signal, line by line', async () => {
    write('out.jsonl', { resourceSpans: [] }, { resourceLogs: [] });
    write('one.json', { resourceMetrics: [] });
    const outcomes = await importOtlpJson(folder, url, signal);
    expect(received.map((request) => request.url)).toEqual(['/v1/metrics', '/v1/traces', '/v1/logs']);
    expect(outcomes.map(({ signals }) => signals)).toEqual([
      { traces: 0, metrics: 1, logs: 0 },
      { traces: 1, metrics: 0, logs: 1 },
    ]);
    write('bad.json', '{"resourceSpans": [', 'x');
    await expect(importOtlpJson(join(folder, 'bad.json'), url, signal)).rejects.toThrow(/bad\.json:1 is not JSON/);
  });
});
