import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import type { Span } from '../../domain/span';
import { bundledPrices } from '../../pricing';
import { LedgerDatabase } from '../../spandb/ledger-database';
import { assembleTrace } from '../../traces';
import type { StageContext } from '../stages/stage';
import { emitters } from '../testing/emitters';
import { simulatedEvent } from '../testing/simulated-session';
import type { SimulatedSession } from '../testing/simulated-session';
import { ConformanceReport } from './conformance';
import { LedgerMetrics } from './ledger-metrics';
import { LedgerStage } from './ledger-stage';
import { TraceSynthesizer } from './trace-synthesizer';

const START = 1_767_225_600_000;
const session: SimulatedSession = {
  session: 's1',
  model: 'gpt-5',
  calls: [
    {
      requestId: 'r1',
      at: START + 100,
      durationMs: 900,
      ttftMs: 50,
      uncached: 10,
      cacheRead: 5,
      cacheWrite: 1,
      output: 20,
      reasoning: 2,
      failed: false,
    },
    {
      requestId: 'r2',
      at: START + 2000,
      durationMs: 500,
      ttftMs: 50,
      uncached: 10,
      cacheRead: 5,
      cacheWrite: 1,
      output: 21,
      reasoning: 2,
      failed: true,
    },
  ],
  tools: [{ id: 't1', name: 'Read', at: START + 1100, ok: true }],
};

function setUp() {
  const clock = new ManualClock(START);
  const database = new LedgerDatabase(':memory:');
  const stored: Span[] = [];
  const ledger = {
    write: (...given: Parameters<LedgerDatabase['write']>) => Promise.resolve(database.write(...given)),
  };
  const synthesizer = new TraceSynthesizer({
    spans: { write: (spans) => Promise.resolve(void stored.push(...spans)) },
    ledger,
    clock,
    logger: silentLogger,
  });
  const stage = new LedgerStage({
    ledger,
    prices: bundledPrices,
    metrics: new LedgerMetrics(() => undefined),
    conformance: new ConformanceReport(),
    clock,
    telemetry: noTelemetry,
    listener: synthesizer,
  });
  const context: StageContext = {
    at: START,
    transport: 'http',
    emitSpans: nothing,
    emitSamples: nothing,
    emitDurable: nothing,
  };
  const prompt = simulatedEvent('claude-code', 'user_prompt', START, { 'session.id': 's1', 'event.sequence': 1 });
  return { clock, database, stored, synthesizer, stage, context, prompt };
}

test('events alone become a marked trace once they are quiet, tied to the ledger', async () => {
  const { clock, database, stored, synthesizer, stage, context, prompt } = setUp();
  synthesizer.start();
  stage.logs([prompt, ...(emitters['claude-code events']?.(session).logs ?? [])], context);
  await clock.advance(10_000);
  expect(stored).toEqual([]);
  await clock.advance(20_000);
  const tree = assembleTrace(stored);
  expect(tree.nodes.map((node) => [node.depth, node.span.name, node.span.status.code])).toEqual([
    [0, 'invoke_agent claude-code', 'unset'],
    [1, 'chat gpt-5', 'unset'],
    [1, 'execute_tool Read', 'unset'],
    [1, 'chat gpt-5', 'error'],
  ]);
  expect(stored.every((span) => span.attributes['telltale.synthetic'] === true)).toBe(true);
  const rows = database.calls({ session: 's1', limit: 10 });
  expect(rows.map((row) => row.traceId)).toEqual([tree.traceId, tree.traceId]);
  await synthesizer.stop();
  expect(clock.pending).toBe(0);
});

test('real spans take their place', async () => {
  const { clock, stored, synthesizer, stage, context, prompt } = setUp();
  synthesizer.start();
  const both = emitters['claude-code both']?.(session);
  stage.logs([prompt, ...(both?.logs ?? [])], context);
  stage.traces(both?.spans ?? [], context);
  stage.logs(both?.logs ?? [], context);
  await clock.advance(60_000);
  await synthesizer.stop();
  expect(stored).toEqual([]);
});

function nothing(): void {
  // What a stage hands on is of no interest here.
}
