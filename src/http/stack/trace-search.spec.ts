import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { CLOCK } from '../../base/clock';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import type { ContentShownBody, SpanDetailBody, TraceOutlineBody, TraceSearchBody } from '../../contracts/trace-search';
import type { Span } from '../../domain/span';
import { spandbConfig, SqliteSpanStore } from '../../spandb';
import { SPAN_STORE } from '../../storage';
import { SAMPLE_START, sampleSpans } from '../../traces/testing/sample-spans';
import { ErrorFilter } from '../error.filter';
import { LiveTraces } from './live-traces';
import { parseConditions } from './trace-conditions';
import { CONTENT_LOG, ContentLog } from './content-log';
import { TraceDetailController, USAGE_PRICES } from './trace-detail.controller';
import { TraceSearchController } from './trace-search.controller';
import { TraceSearcher } from './trace-search';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const CHAT = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'p',
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 20,
};

/** Two traces: an agent's with two calls, and one that failed. */
function spansOf(): Span[] {
  const [agent, first, second, broken] = sampleSpans(
    { id: 'a1', name: 'invoke_agent', start: 0, end: 5000, service: 'agent' },
    { id: 'a2', parent: 'a1', name: 'chat m1', start: 10, end: 3000, service: 'agent' },
    { id: 'a3', parent: 'a1', name: 'chat m2', start: 3000, end: 4000, service: 'agent' },
    { id: 'b1', parent: 'ff', name: 'tool', start: 9000, end: 9500, service: 'tools', error: true },
  );
  if (agent === undefined || first === undefined || second === undefined || broken === undefined)
    throw new Error('no spans');
  return [
    {
      ...agent,
      traceId: A,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.usage.input_tokens': 300,
        'session.id': 's 1',
        path: 'C:\\x "y"',
      },
    },
    {
      ...first,
      traceId: A,
      attributes: {
        ...CHAT,
        'gen_ai.request.model': 'm1',
        'gen_ai.usage.cache_read.input_tokens': 60,
        'gen_ai.usage.cost.amount': 0.25,
        'gen_ai.input.messages': '[{"role":"user","content":"[redacted:key] hi"}]',
      },
    },
    {
      ...second,
      traceId: A,
      attributes: { ...CHAT, 'gen_ai.usage.input_tokens': 200, 'gen_ai.request.model': 'm2' },
      endUnixNano: 0n,
    },
    { ...broken, traceId: B, attributes: { retries: 3 } },
  ];
}

let folder: string;
let store: SqliteSpanStore;
let app: INestApplication;
const logged: ContentShownBody[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'telltale-search-'));
  const clock = new ManualClock(SAMPLE_START + 60_000);
  const parts = { clock, logger: silentLogger, telemetry: noTelemetry };
  store = new SqliteSpanStore({ dataDir: folder, ...parts, config: spandbConfig.parse({}) });
  await store.start();
  await store.write(spansOf());
  // A cent for ten tokens; what a cache serves costs a tenth.
  const price = (usage: { input?: number; uncached?: number; cacheRead?: number; output?: number }) => ({
    usd: ((usage.uncached ?? 0) + (usage.cacheRead ?? 0) / 10 + (usage.output ?? 0)) / 1000,
    catalog: 'list@1',
  });
  const module = await Test.createTestingModule({
    controllers: [TraceSearchController, TraceDetailController],
    providers: [
      { provide: SPAN_STORE, useValue: store },
      { provide: CLOCK, useValue: clock },
      { provide: USAGE_PRICES, useValue: { price } },
      { provide: CONTENT_LOG, useValue: new ContentLog((shown) => void logged.push(shown)) },
    ],
  }).compile();
  app = module.createNestApplication({ logger: false });
  app.useGlobalFilters(new ErrorFilter(silentLogger));
  await app.init();
});

afterAll(async () => {
  await app.close();
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

const server = (): Server => app.getHttpServer() as Server;
const search = async (query: string) => {
  const { status, body } = await request(server()).get(`/api/stack/traces?${query}`);
  return { status, body: body as TraceSearchBody & { message: string } };
};

describe('search over whole traces', () => {
  test.each([
    ['everything', '', [B, A]],
    ['a service', 'service=tools', [B]],
    ['equality, looked up by the store', `q=${encodeURIComponent('gen_ai.request.model=m1')}`, [A]],
    ['two conditions that no one span meets', 'q=gen_ai.request.model%3Dm1%20path', []],
    ['two conditions on one span', 'q=gen_ai.request.model%3Dm1%20gen_ai.usage.output_tokens%3E%3D20', [A]],
    ['a value with blanks', `q=${encodeURIComponent('session.id="s 1"')}`, [A]],
    ['a value with quotes and backslashes', `q=${encodeURIComponent('path="C:\\\\x \\"y\\""')}`, [A]],
    ['the opposite of equality: no span has it', 'q=gen_ai.request.model!%3Dm1', [B]],
    ['a minus before a condition', 'q=-retries%3E2', [A]],
    ['two negations cancel', 'q=-gen_ai.request.model!%3Dm1', [A]],
    ['a part of a text, case aside', 'q=gen_ai.request.model~M', [A]],
    ['not containing', 'q=gen_ai.request.model!~M', [B]],
    ['fields of the span', 'q=error%3Dtrue%20name~TOO', [B]],
    ['only errors', 'errors=1', [B]],
    ['tokens, an agent that adds up its calls not counted again', 'minTokens=339&maxTokens=341', [A]],
    ['tokens with a suffix', 'minTokens=1k', []],
    ['cost', 'minCost=%240.2', [A]],
    ['unknown cost is within no range', 'maxCost=9', [A]],
    ['the duration of the whole trace', 'minDuration=4s', [A]],
    ['the duration of the operation', 'operation=chat%20m1&maxDuration=2.5s', []],
    ['at most so many', 'limit=1', [B]],
  ])('%s', async (_name, query, want) => {
    const { body } = await search(query);
    expect(body.traces.map(({ traceId }) => traceId)).toEqual(want);
  });

  test('facts of a trace', async () => {
    const { body } = await search('service=agent');
    expect(body).toEqual({
      traces: [
        {
          traceId: A,
          name: 'invoke_agent',
          services: ['agent'],
          start: SAMPLE_START,
          durationMs: 5000,
          spanCount: 3,
          errorCount: 0,
          orphanCount: 0,
          models: ['m1', 'm2'],
          tokens: 340,
          costUsd: 0.25,
          session: 's 1',
        },
      ],
      examined: 1,
      truncated: false,
    });
  });

  test.each([
    ['q=%3Dx', '"=x" at 0 is not a condition'],
    ['q=a%20b%3D%22x', '"b="x" at 2 is not a condition'],
    ['q=a%3Ex', '"x" after a> is not a number'],
    ['minTokens=many', '"many" is not a number such as 1200'],
    ['minDuration=soon', '"soon" is not a duration'],
    ['limit=0', '"limit" is "0"'],
  ])('%s is refused', async (query, message) => {
    const { status, body } = await search(query);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });

  test.each([
    ['q=gen_ai.input.messages~hi', [A]],
    ['q=gen_ai.input.messages~ho', []],
    ['q=gen_ai.input.messages!~hi', [B]],
  ])('%s asks for what was said: refused, unless asked for by POST, which is logged', async (query, found) => {
    for (const path of ['/api/stack/traces', '/api/stack/traces/live']) {
      const refused = await request(server()).get(`${path}?${query}`);
      expect(refused.status).toBe(400);
      expect(refused.text).toContain('gen_ai.input.messages is withheld');
    }
    expect(logged).toEqual([]);
    const { status, body } = await request(server()).post(`/api/stack/traces?${query}`);
    expect(status).toBe(200);
    expect((body as TraceSearchBody).traces.map(({ traceId }) => traceId)).toEqual(found);
    expect(logged.splice(0)).toMatchObject([{ traceId: '', keys: ['gen_ai.input.messages'] }]);
  });

  test('that something was said is no secret', async () => {
    expect((await search('q=gen_ai.input.messages')).body.traces.map(({ traceId }) => traceId)).toEqual([A]);
    expect((await request(server()).post('/api/stack/traces?q=retries%3D3')).status).toBe(200);
    expect(logged).toEqual([]);
  });

  test('conditions are read from any text without a crash', () => {
    for (const text of ['', '   ', '-', 'a', '-a', 'a=', 'a=""', '\u0000=\u0000'])
      expect(() => parseConditions(text)).not.toThrow(TypeError);
    expect(parseConditions('a=1 -b c!~"d e"')).toEqual([
      { key: 'a', operator: '=', value: '1', negated: false },
      { key: 'b', value: '', negated: true },
      { key: 'c', operator: '~', value: 'd e', negated: true },
    ]);
  });
});

test('an outline holds structure and figures, not what was said', async () => {
  const { body } = await request(server()).get(`/api/stack/traces/${A}/outline`);
  const outline = body as TraceOutlineBody;
  expect(outline.spans.map(({ id, name, running }) => [id.slice(-2), name, running])).toEqual([
    ['a1', 'invoke_agent', false],
    ['a2', 'chat m1', false],
    ['a3', 'chat m2', true],
  ]);
  expect(outline.spans[1]?.attributes).toMatchObject({
    'gen_ai.request.model': 'm1',
    'gen_ai.usage.cost.amount': '0.25',
  });
  expect(JSON.stringify(outline)).not.toContain('redacted');
  const orphan = (await request(server()).get(`/api/stack/traces/${B}/outline`)).body as TraceOutlineBody;
  expect(orphan.missingParents).toEqual(['00000000000000ff']);
  expect(orphan.facts.orphanCount).toBe(1);
});

test('detail prices tokens part by part and withholds what was said; content is given on request and logged', async () => {
  const path = `/api/stack/traces/${A}/spans/00000000000000a2`;
  const detail = (await request(server()).get(`${path}/detail`)).body as SpanDetailBody;
  expect(detail.usage).toEqual({
    parts: [
      { name: 'uncached', tokens: 40, usd: 0.04 },
      { name: 'cache read', tokens: 60, usd: 0.006 },
      { name: 'cache write', tokens: null, usd: null },
      { name: 'output', tokens: 20, usd: 0.02 },
    ],
    usd: 0.066,
    catalog: 'list@1',
    reason: '',
  });
  expect(detail.withheld).toEqual([{ key: 'gen_ai.input.messages', characters: 47, redactions: 1 }]);
  expect(detail.attributes).not.toHaveProperty('gen_ai.input.messages');
  expect(logged).toEqual([]);
  const { status, body } = await request(server()).post(`${path}/content`);
  expect(status).toBe(200);
  expect(body).toEqual({ attributes: { 'gen_ai.input.messages': '[{"role":"user","content":"[redacted:key] hi"}]' } });
  expect(logged).toEqual([
    expect.objectContaining({ traceId: A, spanId: '00000000000000a2', keys: ['gen_ai.input.messages'] }),
  ]);
  const newest = (await request(server()).get('/api/stack/content-log')).body as ContentShownBody[];
  expect(newest.slice(0, 1)).toEqual(logged);
  expect((await request(server()).get(`/api/stack/traces/${A}/spans/01/detail`)).status).toBe(404);
});

describe('live', () => {
  const question = { onlyErrors: false, conditions: [], duration: {}, tokens: {}, cost: {}, limit: 100 };

  test('tells of each trace once, and again when it has grown', async () => {
    const clock = new ManualClock(SAMPLE_START + 20_000);
    const live = new LiveTraces(new TraceSearcher(store), clock);
    const told: string[] = [];
    let ended = false;
    const stop = live.follow(question, SAMPLE_START, {
      write: (text) => void told.push(text),
      end: () => (ended = true),
    });
    const events = () => told.filter((text) => text.startsWith('id:'));
    await until(() => events().length > 0);
    expect(events()[0]).toMatch(/^id: 1780272000000\nevent: traces\ndata: \[\{"traceId":"b.*"traceId":"a.*\]\n\n$/);
    await clock.advance(3000);
    expect(events()).toHaveLength(1);
    const [more] = sampleSpans({ id: 'a9', parent: 'a1', start: 4000, end: 4500 });
    if (more !== undefined) await store.write([{ ...more, traceId: A }]);
    await until(async () => {
      await clock.advance(1000);
      return events().length > 1;
    });
    expect(events()[1]).toContain('"spanCount":4');
    expect(events()[1]).not.toContain(B);
    stop?.();
    expect(ended).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('has a bound, and frees a place', () => {
    const live = new LiveTraces({ search: () => new Promise(() => undefined) }, new ManualClock());
    const sink = { write: () => undefined, end: () => undefined };
    const stops = Array.from({ length: 16 }, () => live.follow(question, 0, sink));
    expect(live.follow(question, 0, sink)).toBeUndefined();
    stops[0]?.();
    expect(live.follow(question, 0, sink)).toBeDefined();
    live.stop();
    expect(live.follow(question, 0, sink)).toBeDefined();
  });

  test('a quiet stream gives signs of life', async () => {
    const clock = new ManualClock();
    const live = new LiveTraces({ search: async () => ({ traces: [], examined: 0, truncated: false }) }, clock);
    const told: string[] = [];
    live.follow(question, 0, { write: (text) => void told.push(text), end: () => undefined });
    await clock.advance(16_000);
    expect(told).toEqual(['retry: 1000\n: following\n\n', ': still here\n\n']);
  });
});

test('what is rare is found among very many; where whole traces decide, it is said when not all were looked at', async () => {
  const far = 90_000_000;
  const many = Array.from({ length: 4000 }, (_, n): Span => {
    const [span] = sampleSpans({ id: 'a1', service: 'crowd', start: far + n, end: far + n + (n === 1500 ? 50 : 1) });
    if (span === undefined) throw new Error('no span');
    const attributes = n === 0 ? { note: 'the Needle is here' } : {};
    return { ...span, traceId: `f${(n + 1).toString(16).padStart(31, '0')}`, attributes };
  });
  await store.write(many);
  const range = `from=${SAMPLE_START + far - 1}&to=${SAMPLE_START + far + 10_000}`;
  const found = async (query: string) => {
    const { traces, ...rest } = (await search(`${range}&${query}`)).body;
    return { found: traces.map(({ traceId }) => traceId), ...rest };
  };
  const [oldest] = many;
  expect(await found('q=note~needle')).toEqual({ found: [oldest?.traceId], examined: 1, truncated: false });
  expect(await found('q=note')).toEqual({ found: [oldest?.traceId], examined: 1, truncated: false });
  expect(await found('q=duration_ms>20')).toEqual({ found: [many[1500]?.traceId], examined: 1, truncated: false });
  expect(await found('minDuration=20ms')).toEqual({ found: [many[1500]?.traceId], examined: 3000, truncated: true });
  expect(await found('minTokens=1')).toEqual({ found: [], examined: 3000, truncated: true });
});

/** Waits for what other threads bring about. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
