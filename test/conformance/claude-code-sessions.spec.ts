import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noTelemetry } from '../../src/base/telemetry';
import { ManualClock } from '../../src/base/testing/manual-clock';
import { importClaudeCode, sessionTotals, StoresTarget } from '../../src/ingest/import';
import { ConformanceReport, LedgerMetrics, LedgerStage } from '../../src/ingest/ledger';
import { bundledPrices } from '../../src/pricing';
import { LedgerDatabase } from '../../src/spandb/ledger-database';
import { assembleTrace } from '../../src/traces';
import type { Span } from '../../src/domain/span';

const FOLDER = join(__dirname, '..', '..', '..', 'shared', 'testdata', 'claude-code-sessions');
const suite = existsSync(FOLDER) ? describe : describe.skip;
if (!existsSync(FOLDER)) console.info(`skipped: ${FOLDER} is not there`);

interface Line {
  type?: string;
  message?: {
    id?: string;
    usage?: Record<string, number>;
    content?: { type: string; id?: string; tool_use_id?: string }[] | string;
  };
}

function linesOf(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line);
}

/** The plainest reading of the files: the last usage of each message, tool uses and results by id. */
function plainReading(session: string) {
  const subAgents = join(FOLDER, session, 'subagents');
  const agents = existsSync(subAgents) ? readdirSync(subAgents).map((name) => join(subAgents, name)) : [];
  const lines = [join(FOLDER, `${session}.jsonl`), ...agents].flatMap(linesOf);
  const usages = new Map<string, Record<string, number>>();
  const uses = new Set<string>();
  const results = new Set<string>();
  for (const { message } of lines) {
    if (message?.usage !== undefined && message.id !== undefined) usages.set(message.id, message.usage);
    for (const block of Array.isArray(message?.content) ? message.content : []) {
      if (block.type === 'tool_use' && block.id !== undefined) uses.add(block.id);
      if (block.type === 'tool_result' && block.tool_use_id !== undefined) results.add(block.tool_use_id);
    }
  }
  const sum = (key: string): number => [...usages.values()].reduce((total, usage) => total + (usage[key] ?? 0), 0);
  return {
    modelCalls: usages.size,
    uncached: sum('input_tokens'),
    cacheRead: sum('cache_read_input_tokens'),
    cacheWrite: sum('cache_creation_input_tokens'),
    output: sum('output_tokens'),
    toolCalls: uses.size,
    unanswered: [...uses].filter((id) => !results.has(id)).length,
    subAgents: agents.length,
  };
}

suite('Claude Code sessions', () => {
  const names = existsSync(FOLDER)
    ? readdirSync(FOLDER)
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => name.slice(0, -'.jsonl'.length))
    : [];

  test.each(names)('%s: sums equal the file’s own records, in the import and in the ledger', async (name) => {
    const imported = await importClaudeCode(join(FOLDER, `${name}.jsonl`), bundledPrices);
    expect(imported).toHaveLength(1);
    const [session] = imported;
    if (session === undefined) return;
    const totals = sessionTotals(session);
    expect({
      modelCalls: totals.modelCalls,
      uncached: totals.usage.uncached,
      cacheRead: totals.usage.cacheRead,
      cacheWrite: totals.usage.cacheWrite,
      output: totals.usage.output,
      toolCalls: totals.toolCalls,
      unanswered: session.unansweredToolCalls,
      subAgents: session.agents.length - 1,
    }).toEqual(plainReading(name));

    const { database, spans } = await store(
      imported.flatMap((one) => one.spans),
      2,
    );
    const summary = database.session(name);
    expect(summary).toMatchObject({
      modelCalls: totals.modelCalls,
      toolCalls: totals.toolCalls,
      subAgents: session.agents.length - 1,
      usage: totals.usage,
    });
    expect(summary?.costUsd).toBeCloseTo(totals.costUsd ?? 0, 10);
    for (const trace of new Set(spans.map((span) => span.traceId))) {
      const tree = assembleTrace(spans.filter((span) => span.traceId === trace));
      expect(tree.missingParents).toEqual([]);
      expect(tree.roots).toHaveLength(1);
    }
    database.close();
  });

  test('the whole folder: sub-agents hang below the tool call that started them', async () => {
    const sessions = await importClaudeCode(FOLDER, bundledPrices);
    expect(sessions.map(({ session }) => session).sort()).toEqual([...names].sort());
    const nested = sessions
      .flatMap(({ spans }) => spans)
      .filter((span) => span.name.startsWith('invoke_agent') && span.parentSpanId !== '');
    const byId = new Map(sessions.flatMap(({ spans }) => spans).map((span) => [span.spanId, span]));
    expect(nested).toHaveLength(3);
    for (const span of nested) expect(byId.get(span.parentSpanId)?.name).toBe('execute_tool Task');
  });
});

/** Imports spans `times` times into a ledger. */
async function store(spans: readonly Span[], times: number) {
  const database = new LedgerDatabase(':memory:');
  const stored: Span[] = [];
  const stage = new LedgerStage({
    ledger: { write: (rows, activities) => Promise.resolve(database.write(rows, activities)) },
    prices: bundledPrices,
    metrics: new LedgerMetrics(() => undefined),
    conformance: new ConformanceReport(),
    clock: new ManualClock(),
    telemetry: noTelemetry,
  });
  const writer = {
    write: (batch: readonly Span[]) => Promise.resolve(void stored.push(...batch)),
    writeLogs: () => Promise.resolve(),
  };
  for (let i = 0; i < times; i++) {
    stored.length = 0;
    await new StoresTarget(writer, [stage], new ManualClock(), () => Promise.resolve()).write(spans);
  }
  return { database, spans: stored };
}
