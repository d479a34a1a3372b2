import type { Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { CLOCK } from '../../base/clock';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import { ConformanceReport, LedgerMetrics, LedgerStage, priceRow } from '../../ingest/ledger';
import { emitters } from '../../ingest/testing/emitters';
import type { SimulatedSession } from '../../ingest/testing/simulated-session';
import { bundledPrices } from '../../pricing';
import { spandbConfig, SqliteLedgerStore, SqliteSpanStore } from '../../spandb';
import { LEDGER_STORE, SPAN_STORE } from '../../storage';
import { ErrorFilter } from '../error.filter';
import { CONTENT_LOG, ContentLog } from './content-log';
import { CONFORMANCE, LedgerController, REPRICER } from './ledger.controller';
import { LogsController } from './logs.controller';
import { StackTracesController } from './traces.controller';

const START = 1_780_272_000_000;
const session: SimulatedSession = {
  session: 's-1',
  model: 'claude-sonnet-4-5',
  calls: [
    {
      requestId: 'req_1',
      at: START,
      durationMs: 900,
      ttftMs: 50,
      uncached: 10,
      cacheRead: 500,
      cacheWrite: 100,
      output: 20,
      reasoning: 2,
      failed: false,
    },
    {
      requestId: 'req_2',
      at: START + 2000,
      durationMs: 500,
      ttftMs: 50,
      uncached: 10,
      cacheRead: 600,
      cacheWrite: 10,
      output: 21,
      reasoning: 2,
      failed: true,
    },
  ],
  tools: [{ id: 'toolu_1', name: 'Read', at: START + 1100, ok: true }],
};

let folder: string;
let app: INestApplication;
let ledger: SqliteLedgerStore;
let spans: SqliteSpanStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'telltale-ledger-'));
  const clock = new ManualClock(START + 60_000);
  ledger = new SqliteLedgerStore({ dataDir: folder, price: (row) => priceRow(row, bundledPrices) });
  const parts = { clock, logger: silentLogger, telemetry: noTelemetry };
  spans = new SqliteSpanStore({ dataDir: folder, ...parts, config: spandbConfig.parse({}) });
  await ledger.start();
  await spans.start();
  const conformance = new ConformanceReport();
  const stage = new LedgerStage({
    ledger,
    prices: bundledPrices,
    metrics: new LedgerMetrics(() => undefined),
    conformance,
    ...parts,
  });
  const work: Promise<unknown>[] = [];
  const context = {
    at: START,
    transport: 'http' as const,
    emitSpans: () => undefined,
    emitSamples: () => undefined,
    emitDurable: (promise: Promise<unknown>) => void work.push(promise),
  };
  const sent = emitters['claude-code both']?.(session);
  await spans.write(stage.traces(sent?.spans ?? [], context));
  await spans.writeLogs(stage.logs(sent?.logs ?? [], context));
  await Promise.all(work);
  const module = await Test.createTestingModule({
    controllers: [LedgerController, LogsController, StackTracesController],
    providers: [
      { provide: LEDGER_STORE, useValue: ledger },
      { provide: SPAN_STORE, useValue: spans },
      { provide: CONFORMANCE, useValue: conformance },
      { provide: REPRICER, useValue: ledger },
      { provide: CLOCK, useValue: clock },
      { provide: CONTENT_LOG, useValue: new ContentLog(() => undefined) },
    ],
  }).compile();
  app = module.createNestApplication({ logger: false });
  app.useGlobalFilters(new ErrorFilter(silentLogger));
  await app.init();
});

afterAll(async () => {
  await app.close();
  await ledger.stop();
  await spans.stop();
  rmSync(folder, { recursive: true, force: true });
});

const get = async (path: string) => {
  const { status, body } = await request(app.getHttpServer() as Server).get(path);
  return { status, body: body as unknown };
};

test('rows of the ledger: one per call, told by both signals, unknown as null', async () => {
  const { body } = await get('/api/stack/ledger?session=s-1');
  expect(body).toEqual([
    expect.objectContaining({
      id: 'req:req_1',
      at: START,
      session: 's-1',
      emitter: 'claude-code',
      provider: 'anthropic',
      inputTokens: 610,
      uncachedInputTokens: 10,
      cacheReadTokens: 500,
      cacheWriteTokens: 100,
      cacheWrite1hTokens: null,
      outputTokens: 20,
      reasoningTokens: null,
      costCatalog: 'genai-prices',
      reportedCostUsd: null,
      latencyMs: 900,
      timeToFirstTokenMs: 50,
      outcome: 'ok',
      sources: ['span', 'event'],
      discrepancies: [],
    }),
    expect.objectContaining({ id: 'req:req_2', outcome: 'error', errorType: '529', inputTokens: null, costUsd: null }),
  ]);
});

test.each([
  ['session=s-1&from=1780272001', 1],
  ['session=s-1&to=2026-06-01T00:00:01Z', 1],
  [`from=${START}&to=${START + 5000}`, 2],
  ['session=other', 0],
  ['model=claude-sonnet-4-5&limit=1', 1],
])('ledger?%s gives %d', async (query, count) => {
  expect((await get(`/api/stack/ledger?${query}`)).body).toHaveLength(count);
});

test('sessions, and one in full', async () => {
  const want = {
    session: 's-1',
    modelCalls: 2,
    failedCalls: 1,
    toolCalls: 1,
    callsWithoutUsage: 1,
    tokens: { input: 610, output: 20, reasoning: null },
  };
  expect((await get('/api/stack/sessions')).body).toMatchObject([want]);
  const { body } = await get('/api/stack/sessions/s-1');
  expect(body).toMatchObject({ ...want, calls: [{}, {}], activities: [{ kind: 'tool', sources: ['span', 'event'] }] });
  expect(await get('/api/stack/sessions/nobody')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
});

test.each([
  ['/api/stack/ledger?from=yesterday', '"from" is "yesterday"'],
  ['/api/stack/ledger?limit=0', '"limit" is "0"'],
  ['/api/stack/traces/xyz', 'is not a trace id'],
])('%s is refused with a reason', async (path, message) => {
  const { status, body } = await get(path);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(JSON.stringify(message).slice(1, -1));
});

test('logs by session; a trace, a span of it, and what emitters write amiss', async () => {
  expect((await get('/api/stack/logs?session=s-1')).body).toHaveLength(3);
  const rows = (await get('/api/stack/ledger?session=s-1')).body as { traceId: string; spanId: string }[];
  const [row] = rows;
  const trace = await get(`/api/stack/traces/${row?.traceId}`);
  expect(trace.body).toMatchObject({ spanCount: 1, rows: [{ operation: 'claude_code.llm_request', criticalMs: 900 }] });
  expect(await spans.trace(row?.traceId ?? '')).toMatchObject([
    { spanId: row?.spanId, attributes: { 'telltale.dialect': 'claude-code', 'gen_ai.usage.input_tokens': 610 } },
  ]);
  const conformance = (await get('/api/stack/conformance')).body as { key: string; kind: string }[];
  expect(conformance.map(({ key, kind }) => `${kind} ${key}`)).toContain('wrong_type input_tokens');
});

test('attribute keys and values complete a search', async () => {
  const keys = (await get('/api/stack/traces/attributes')).body as string[];
  expect(keys).toEqual(keys.toSorted());
  expect(keys).toEqual(expect.arrayContaining(['session.id', 'gen_ai.request.model']));
  expect((await get('/api/stack/traces/attributes?q=SESSION')).body).toEqual(['session.id']);
  expect((await get('/api/stack/traces/attributes/session.id/values')).body).toEqual(['s-1']);
  expect((await get('/api/stack/traces/attributes/request_id/values?q=_2&limit=1')).body).toEqual(['req_2']);
  expect((await get('/api/stack/traces/attributes/session.id/values?to=1780000000')).body).toEqual([]);
  expect((await get('/api/stack/traces/attributes/nothing/values')).body).toEqual([]);
});

test('repricing leaves what is right', async () => {
  const { body } = await request(app.getHttpServer() as Server).post('/api/stack/ledger/reprice');
  expect(body).toEqual({ changed: 0 });
});
