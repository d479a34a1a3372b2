import { bundledPrices } from '../../pricing';
import type { LedgerRow } from '../../domain/ledger';
import { completeUsage } from '../../domain/usage';
import type { UsageCounts } from '../../domain/usage';
import { NO_FACTS } from '../facts';
import type { CacheWindow, PeriodFacts, RequestFacts, StatementFacts, ToolCallFacts } from '../facts';
import { Pricer } from '../pricing/pricer';
import { recommend, RECOMMENDERS } from '.';

const START = Date.UTC(2026, 10, 2);
const MINUTE = 60_000;
const period = { start: START, end: START + 86_400_000 };
const pricer = new Pricer(bundledPrices);

function call(change: Omit<Partial<LedgerRow>, 'usage'> & { readonly usage?: UsageCounts }): LedgerRow {
  const { usage = {}, ...rest } = change;
  const model = change.requestModel ?? 'claude-sonnet-4-5';
  return {
    id: `${change.session ?? 's'}/${change.at ?? 0}/${change.agent ?? ''}`,
    aliases: [],
    at: START,
    session: 's',
    turn: '',
    agent: '',
    agentId: '',
    user: 'ada',
    repository: 'shop',
    branch: '',
    emitter: 'genai',
    service: 'assistant',
    operation: 'chat',
    provider: 'anthropic',
    requestModel: model,
    responseModel: change.outcome === 'error' ? '' : model,
    usage: completeUsage(usage).usage,
    tier: '',
    outcome: 'ok',
    errorType: '',
    traceId: `trace-${change.session ?? 's'}-${change.at ?? 0}`,
    spanId: '',
    source: 'span',
    authority: 40,
    sources: ['span'],
    provenance: {},
    discrepancies: [],
    superseded: false,
    ...rest,
  };
}

function toolCall(change: Partial<ToolCallFacts>): ToolCallFacts {
  return {
    session: 's',
    tool: 'read_file',
    at: START,
    durationMs: 20,
    ok: true,
    arguments: '',
    traceId: 't',
    ...change,
  };
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Conversations of `turns` calls a minute apart that grow by 500 tokens each; `usage` of a call by its place. */
function conversations(
  count: number,
  turns: number,
  usage: (turn: number, input: number) => UsageCounts,
  gap = MINUTE,
): LedgerRow[] {
  return times(count, (session) =>
    times(turns, (turn) => {
      const input = 20_000 + 500 * turn;
      return call({
        session: `s${session}`,
        at: START + session * 1000 + turn * gap,
        usage: { input, output: 300, ...usage(turn, input) },
        latencyMs: 4_000,
        timeToFirstTokenMs: 600 + 0.03 * (usage(turn, input).uncached ?? 0),
      });
    }),
  ).flat();
}

const cached = (turn: number, input: number, broken = false): UsageCounts => {
  const read = turn === 0 || broken ? 0 : input - 500;
  return { uncached: 50, cacheRead: read, cacheWrite: input - read - 50 };
};

const statement = (text: string, durationMs: number): StatementFacts => ({
  system: 'postgresql',
  statement: text,
  at: START,
  durationMs,
  stage: 'tool',
  traceId: 't',
});
const request = (connectMs: number | undefined): RequestFacts => ({
  host: 'docs.internal',
  at: START,
  durationMs: 60,
  ...(connectMs === undefined ? {} : { connectMs }),
  resends: 0,
  stage: 'tool',
  traceId: 't',
});
/** A day in which a cache answers more when requests come faster. */
const cacheWindows = (entries: number): CacheWindow[] =>
  times(24, (hour) => {
    const requests = 100 * 2 ** (hour % 5);
    const share = 0.08 * 2 ** ((hour % 5) / 1.6);
    return {
      start: START + hour * 3_600_000,
      hours: 1,
      hits: requests * share,
      misses: requests * (1 - share),
      entries,
    };
  });

interface Case {
  readonly kind: string;
  readonly name: string;
  readonly facts: Partial<PeriodFacts>;
  readonly stage: string;
  /** What it says to do. */
  readonly change: RegExp;
  readonly savings: readonly ('usd' | 'ms')[];
  /** Nearly the same, and no problem. */
  readonly harmless: Partial<PeriodFacts>;
}

const CASES: readonly Case[] = [
  {
    kind: 'prompt-cache-broken',
    name: 'the prefix changes at the fourth call of each conversation',
    facts: { calls: conversations(20, 8, (turn, input) => cached(turn, input, turn === 3)) },
    stage: 'inference',
    change: /the same from call 3 on/,
    savings: ['usd'],
    harmless: { calls: conversations(20, 8, (turn, input) => cached(turn, input)) },
  },
  {
    kind: 'prompt-cache-expired',
    name: 'turns come ten minutes apart',
    facts: { calls: conversations(20, 8, (turn, input) => cached(turn, input, true), 10 * MINUTE) },
    stage: 'inference',
    change: /ttl: "1h"/,
    savings: ['usd'],
    harmless: { calls: conversations(20, 8, (turn, input) => cached(turn, input, true), 90 * MINUTE) },
  },
  {
    kind: 'prompt-cache-unused',
    name: 'no call uses a cache',
    facts: { calls: conversations(20, 8, (_turn, input) => ({ uncached: input, cacheRead: 0, cacheWrite: 0 })) },
    stage: 'inference',
    change: /cache_control/,
    savings: ['usd'],
    harmless: { calls: conversations(20, 8, (_turn, input) => ({ input })) },
  },
  {
    kind: 'retry-storm',
    name: 'eight refusals in a row, five times',
    facts: {
      calls: times(5, (session) =>
        times(8, (attempt) =>
          call({
            session: `s${session}`,
            at: START + attempt * 500,
            outcome: 'error',
            errorType: '529',
            latencyMs: 300,
          }),
        ),
      ).flat(),
    },
    stage: 'inference',
    change: /At most 2 attempts .* Retry-After .* circuit breaker/,
    savings: ['ms'],
    harmless: {
      calls: times(20, (session) =>
        times(2, (attempt) =>
          call({ session: `s${session}`, at: START + attempt * 500, outcome: 'error', latencyMs: 300 }),
        ),
      ).flat(),
    },
  },
  {
    kind: 'model-too-large',
    name: 'titles are made by the largest model',
    facts: {
      calls: times(100, (index) =>
        call({
          session: `s${index}`,
          at: START + index,
          agent: 'title',
          requestModel: 'claude-opus-4-5',
          usage: { input: 900, output: 20 },
        }),
      ),
    },
    stage: 'inference',
    change: /claude-haiku-4-5.*telltale compare --baseline model:claude-opus-4-5 --candidate model:claude-haiku-4-5/,
    savings: ['usd'],
    harmless: {
      calls: times(100, (index) =>
        call({
          session: `s${index}`,
          at: START + index,
          agent: 'title',
          requestModel: 'claude-opus-4-5',
          usage: { input: 900, output: 900 },
        }),
      ),
    },
  },
  {
    kind: 'oversized-tool-results',
    name: 'a search answers with a hundred kilobytes now and then',
    facts: {
      calls: conversations(20, 8, (turn, input) => cached(turn, input)),
      toolCalls: times(100, (index) =>
        toolCall({
          tool: 'search',
          session: `s${index % 20}`,
          at: START + (index % 20) * 1000 + 5_000,
          resultBytes: index % 5 === 0 ? 120_000 : 3_000,
        }),
      ),
    },
    stage: 'tool',
    change: /Cut results of search to \d+ tokens/,
    savings: ['usd'],
    harmless: {
      calls: conversations(20, 8, (turn, input) => cached(turn, input)),
      toolCalls: times(100, (index) =>
        toolCall({
          tool: 'search',
          session: `s${index % 20}`,
          at: START + 5_000,
          resultBytes: index % 5 === 0 ? 12_000 : 3_000,
        }),
      ),
    },
  },
  {
    kind: 'repeated-reads',
    name: 'the same file is read again with nothing written in between',
    facts: {
      toolCalls: times(60, (index) =>
        toolCall({ at: START + index * 1000, arguments: '{"path":"a.ts"}', resultBytes: 900 }),
      ),
    },
    stage: 'tool',
    change: /answer a repetition with "unchanged/,
    savings: ['ms'],
    harmless: {
      toolCalls: times(60, (index) => [
        toolCall({ at: START + index * 1000, arguments: '{"path":"a.ts"}', resultBytes: 900 }),
        toolCall({ tool: 'update_file', at: START + index * 1000 + 500 }),
      ]).flat(),
    },
  },
  {
    kind: 'batch-window',
    name: 'requests wait half a second for company that does not come',
    facts: { batchers: [{ batcher: 'embeddings', windowMs: 500, batches: 1_000, items: 1_050, waitMs: 500_000 }] },
    stage: 'inference',
    change: /Set the window of the batcher embeddings to 0/,
    savings: ['ms'],
    harmless: { batchers: [{ batcher: 'embeddings', windowMs: 500, batches: 1_000, items: 8_000, waitMs: 2_000_000 }] },
  },
  {
    kind: 'pool-too-small',
    name: 'every third caller finds the pool empty',
    facts: {
      pools: [{ pool: 'database', limit: 4, demand: 9, acquisitions: 10_000, exhausted: 3_000, waitMs: 900_000 }],
    },
    stage: 'tool',
    change: /from 4 to 11/,
    savings: ['ms'],
    harmless: { pools: [{ pool: 'database', limit: 12, demand: 9, acquisitions: 10_000, exhausted: 20, waitMs: 900 }] },
  },
  {
    kind: 'cache-forgets',
    name: 'a cache that is never full answers too little',
    facts: { caches: [{ cache: 'files', limit: 2_000, loads: 5_000, loadMs: 1_000_000, windows: cacheWindows(300) }] },
    stage: 'tool',
    change: /Multiply the ttl of the cache files by [248]/,
    savings: ['ms'],
    harmless: {
      caches: [
        {
          cache: 'files',
          limit: 2_000,
          loads: 5_000,
          loadMs: 1_000_000,
          windows: cacheWindows(300).map((window) => ({ ...window, hits: 900, misses: 100 })),
        },
      ],
    },
  },
  {
    kind: 'cache-forgets',
    name: 'a cache that is always full',
    facts: { caches: [{ cache: 'files', limit: 300, loads: 5_000, loadMs: 1_000_000, windows: cacheWindows(300) }] },
    stage: 'tool',
    change: /Raise maxEntries of the cache files from 300 to/,
    savings: [],
    harmless: {},
  },
  {
    kind: 'slow-query',
    name: 'a filter without an index',
    facts: {
      statements: [
        ...times(50, () => statement('SELECT body FROM notes WHERE id = $1', 4)),
        ...times(50, () => statement('SELECT id FROM files WHERE owner = 17 AND created > 5 ORDER BY name', 700)),
      ],
    },
    stage: 'tool',
    change: /CREATE INDEX ON files \(owner, created, name\)/,
    savings: ['ms'],
    harmless: {
      statements: [
        ...times(50, () => statement('SELECT body FROM notes WHERE id = $1', 60)),
        ...times(50, () => statement('SELECT id FROM files WHERE owner = 17', 200)),
      ],
    },
  },
  {
    kind: 'connection-reuse',
    name: 'every request opens a connection',
    facts: { requests: times(80, () => request(40)) },
    stage: 'tool',
    change: /keep-alive pool for docs\.internal/,
    savings: ['ms'],
    harmless: { requests: times(80, (index) => request(index % 10 === 0 ? 40 : undefined)) },
  },
  {
    kind: 'sampling-too-low',
    name: 'one span of a hundred is kept',
    facts: { sampling: [{ service: 'assistant', counted: 50_000, kept: 500 }] },
    stage: 'parsing',
    change: /OTEL_TRACES_SAMPLER_ARG=0\.040/,
    savings: [],
    harmless: { sampling: [{ service: 'assistant', counted: 50_000, kept: 5_000 }] },
  },
];

test('every kind of advice has its case', () => {
  expect([...new Set(CASES.map(({ kind }) => kind))].sort()).toEqual(RECOMMENDERS.map(({ name }) => name).sort());
});

test.each(CASES)('$kind: $name', ({ kind, facts, stage, change, savings, harmless }) => {
  const found = recommend({ ...NO_FACTS, ...facts }, period, pricer);
  expect(found.map((advice) => advice.kind)).toEqual([kind]);
  const [advice] = found;
  expect(advice?.stage).toBe(stage);
  expect(advice?.change).toMatch(change);
  expect(advice?.evidence.join(' ')).toMatch(/\d/);
  expect(advice?.confidence).toMatch(/^(high|medium|low)$/);
  if (savings.includes('usd')) expect(advice?.savingUsd).toBeGreaterThan(0);
  if (savings.includes('ms')) expect(advice?.savingMs).toBeGreaterThan(0);
  expect(recommend({ ...NO_FACTS, ...harmless }, period, pricer)).toEqual([]);
});

test('a tool whose every answer is too large is held against the others', () => {
  const calls = conversations(20, 8, (turn, input) => cached(turn, input));
  const toolCalls = times(40, (index) => [
    toolCall({
      tool: 'dump',
      session: `s${index % 20}`,
      at: START + (index % 20) * 1000 + 5_000,
      resultBytes: 100_000,
    }),
    toolCall({
      tool: 'search',
      session: `s${index % 20}`,
      at: START + (index % 20) * 1000 + 6_000,
      resultBytes: 2_000,
    }),
  ]).flat();
  const found = recommend({ ...NO_FACTS, calls, toolCalls }, period, pricer);
  expect(found.map(({ kind, title }) => `${kind}: ${title}`)).toEqual([
    'oversized-tool-results: Results of dump fill the context',
  ]);
  expect(found[0]?.evidence[0]).toContain('those of other tools have 500');
});

test('a saving found in a part of the traces is given for all of them, and says so', () => {
  const facts = { ...NO_FACTS, requests: times(80, () => request(40)), detailShare: 0.25 };
  const [advice] = recommend(facts, period, pricer);
  expect(advice?.savingMs).toBeCloseTo((80 * 40) / 0.25, 6);
  expect(advice?.evidence.at(-1)).toContain('25 % of the traces');
});
