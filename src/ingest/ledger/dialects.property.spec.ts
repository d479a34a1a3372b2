import fc from 'fast-check';
import { ManualClock } from '../../base/testing/manual-clock';
import { noTelemetry } from '../../base/telemetry';
import type { LedgerRow } from '../../domain/ledger';
import { bundledPrices } from '../../pricing';
import { LedgerDatabase } from '../../spandb/ledger-database';
import { emitters } from '../testing/emitters';
import { metricEmitters } from '../testing/metric-emitters';
import type { Emission, SimulatedSession } from '../testing/simulated-session';
import type { StageContext } from '../stages/stage';
import { ConformanceReport } from './conformance';
import { LedgerMetrics } from './ledger-metrics';
import { LedgerStage } from './ledger-stage';
import { readUsageMetrics } from './metric-usage';

const START = 1_780_272_000_000;

const session: fc.Arbitrary<SimulatedSession> = fc.record({
  session: fc.uuid(),
  model: fc.constantFrom('gpt-5', 'gpt-4o'),
  calls: fc
    .array(
      fc.record({
        durationMs: fc.integer({ min: 100, max: 9000 }),
        ttftMs: fc.integer({ min: 1, max: 99 }),
        uncached: fc.integer({ min: 1, max: 5000 }),
        cacheRead: fc.integer({ min: 1, max: 90_000 }),
        cacheWrite: fc.integer({ min: 1, max: 9000 }),
        output: fc.integer({ min: 500, max: 4000 }),
        reasoning: fc.integer({ min: 1, max: 500 }),
        failed: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((calls) =>
      calls.map((call, index) => ({ ...call, requestId: `req_${index}_${call.output}`, at: START + index * 10_000 })),
    ),
  tools: fc
    .array(fc.record({ name: fc.constantFrom('Read', 'Bash'), ok: fc.boolean() }), { maxLength: 4 })
    .map((tools) => tools.map((tool, index) => ({ ...tool, id: `tool_${index}`, at: START + 500 + index * 100 }))),
});

/** What is in the ledger after a session was sent, `times` times over. */
async function send(emission: Emission, sent: SimulatedSession, times = 1) {
  const database = new LedgerDatabase(':memory:');
  const samples = new Map<string, number>();
  const stage = new LedgerStage({
    ledger: { write: (rows, activities) => Promise.resolve(database.write(rows, activities)) },
    prices: bundledPrices,
    metrics: new LedgerMetrics((batch) => batch.forEach(({ labels, value }) => samples.set(labels.toString(), value))),
    conformance: new ConformanceReport(),
    clock: new ManualClock(),
    telemetry: noTelemetry,
  });
  const work: Promise<unknown>[] = [];
  const context: StageContext = {
    at: START,
    transport: 'http',
    emitSpans: () => undefined,
    emitSamples: () => undefined,
    emitDurable: (promise) => void work.push(promise),
  };
  for (let i = 0; i < times; i++) {
    for (const request of emission.metrics ?? []) await stage.take(readUsageMetrics([request]), [], START);
    stage.traces(emission.spans ?? [], context);
    stage.logs(emission.logs ?? [], context);
    await Promise.all(work);
  }
  const rows = database.calls({ session: sent.session, limit: 1000 });
  const summary = database.session(sent.session);
  database.close();
  return { rows, summary, samples };
}

/** What every dialect must agree on. Claude Code does not report reasoning; time to first token only where it is sent. */
function essence(row: LedgerRow) {
  const { reasoning: _reasoning, ...usage } = row.usage;
  return {
    at: row.at,
    model: row.requestModel,
    outcome: row.outcome,
    errorType: row.errorType,
    latency: row.latencyMs,
    usage,
  };
}

function expected(sent: SimulatedSession) {
  return sent.calls.map((call) => ({
    at: call.at,
    model: sent.model,
    outcome: call.failed ? 'error' : 'ok',
    latency: call.durationMs,
    usage: call.failed
      ? {}
      : {
          input: call.uncached + call.cacheRead + call.cacheWrite,
          uncached: call.uncached,
          cacheRead: call.cacheRead,
          cacheWrite: call.cacheWrite,
          output: call.output,
        },
  }));
}

/** Gemini has no cache writes to report: there they are part of the uncached input. */
function withoutWrites(want: ReturnType<typeof expected>) {
  return want.map((row) => {
    if (!('cacheWrite' in row.usage)) return row;
    const { cacheWrite, uncached, ...rest } = row.usage;
    return { ...row, usage: { ...rest, uncached: (uncached ?? 0) + (cacheWrite ?? 0) } };
  });
}

describe.each(Object.keys(emitters))('%s', (name) => {
  test('gives the same rows as every other dialect, however often it is sent', async () => {
    await fc.assert(
      fc.asyncProperty(session, fc.integer({ min: 1, max: 2 }), async (sent, times) => {
        const { rows, summary } = await send(emitters[name]?.(sent) ?? {}, sent, times);
        const want = name.startsWith('gemini') ? withoutWrites(expected(sent)) : expected(sent);
        expect(rows.map(essence).map(({ errorType: _type, ...row }) => row)).toEqual(want);
        expect(rows.filter((row) => row.outcome === 'error' && row.errorType === '')).toEqual([]);
        expect(rows.flatMap((row) => row.discrepancies)).toEqual([]);
        if (name !== 'vercel-ai') {
          expect(summary?.toolCalls).toBe(sent.tools.length);
          expect(summary?.failedToolCalls).toBe(sent.tools.filter((tool) => !tool.ok).length);
        }
      }),
      { seed: 20260601, numRuns: 12 },
    );
  });
});

describe.each(Object.keys(metricEmitters))('metrics of %s', (name) => {
  const metricsOf = (sent: SimulatedSession) => metricEmitters[name]?.(sent) ?? [];
  const isGemini = name === 'gemini-cli';

  test('alone give the sums that calls would have given, however often they are sent', async () => {
    await fc.assert(
      fc.asyncProperty(session, fc.integer({ min: 1, max: 2 }), async (sent, times) => {
        const { summary } = await send({ metrics: metricsOf(sent) }, sent, times);
        const want = isGemini ? withoutWrites(expected(sent)) : expected(sent);
        const sums: Record<string, number> = {};
        for (const { usage } of want)
          for (const [field, count] of Object.entries(usage)) sums[field] = (sums[field] ?? 0) + count;
        const { reasoning: _reasoning, ...usage } = summary?.usage ?? {};
        expect({ modelCalls: 0, discrepancies: 0, ...summary, usage }).toMatchObject({
          modelCalls: 0,
          discrepancies: 0,
          usage: sums,
        });
        expect(usage).toEqual(sums);
      }),
      { seed: 20260602, numRuns: 12 },
    );
  });

  test('add nothing to what events tell', async () => {
    const [events = ''] = Object.keys(emitters).filter((each) => each.startsWith(name) && each.endsWith('events'));
    await fc.assert(
      fc.asyncProperty(session, async (sent) => {
        const told = emitters[events]?.(sent) ?? {};
        const { rows, summary } = await send({ ...told, metrics: metricsOf(sent) }, sent, 2);
        const alone = await send(told, sent);
        expect(rows.map(essence)).toEqual(alone.rows.map(essence));
        expect(summary?.usage).toEqual(alone.summary?.usage);
      }),
      { seed: 20260603, numRuns: 6 },
    );
  });
});

test('metrics count each call once', async () => {
  const [sent] = fc.sample(session, { seed: 7, numRuns: 1 });
  if (sent === undefined) throw new Error('no sample');
  const { samples, rows } = await send(emitters['claude-code both']?.(sent) ?? {}, sent, 3);
  const sum = (pattern: RegExp) =>
    [...samples].filter(([key]) => pattern.test(key)).reduce((total, [, value]) => total + value, 0);
  expect(sum(/^telltale_model_calls_total/)).toBe(rows.length);
  expect(sum(/^telltale_tokens_total.*type="output"/)).toBe(
    rows.reduce((total, row) => total + (row.usage.output ?? 0), 0),
  );
  expect(sum(/^gen_ai_client_token_usage_sum.*"input"/)).toBe(
    rows.reduce((total, row) => total + (row.usage.input ?? 0), 0),
  );
});
