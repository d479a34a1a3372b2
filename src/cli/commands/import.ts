import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { commandClock } from '../../base/clock';
import {
  ImportSourceError,
  importClaudeCode,
  importCodex,
  importOtlpJson,
  sessionTotals,
  StackTarget,
} from '../../ingest/import';
import type { ImportedSession, ImportTarget, OnProgress } from '../../ingest/import';
import { totalTokens } from '../../domain/usage';
import type { TokenUsage } from '../../domain/usage';
import type { PriceList } from '../../pricing';
import { defineCommand, EXIT } from '../command';
import type { CommandDefinition, CommandEnvironment, ExitCode } from '../command';
import { importOpenmetrics } from './import-openmetrics';

/** Opens the stores of a data folder in this process, the configured one where none is named; given by the wiring. */
export type OpenDataFolder = (
  cwd: string,
  data: string | undefined,
) => Promise<{ readonly folder: string; readonly target: ImportTarget }>;

/** The prices that hold in a folder: its configuration may name own ones. Given by the wiring. */
export type OwnPrices = (cwd: string) => PriceList;

interface ImportOptions {
  readonly json?: boolean;
  readonly data?: string;
  readonly dryRun?: boolean;
}

const SOURCES = {
  'claude-code': {
    doc: 'Claude Code sessions, sub-agents included',
    folder: () => join(homedir(), '.claude', 'projects'),
    read: importClaudeCode,
  },
  codex: { doc: 'Codex sessions', folder: () => join(homedir(), '.codex', 'sessions'), read: importCodex },
} as const;

/**
 * `telltale import`: past sessions from disk into traces and the ledger. They go to the running stack; without one, into
 * the data folder. Importing twice changes nothing.
 */
export function importCommand(openData: OpenDataFolder, ownPrices: OwnPrices): CommandDefinition {
  return defineCommand({
    name: 'import',
    doc: 'reads past sessions from disk into traces and the token ledger',
    example: 'telltale import claude-code ~/.claude/projects --json',
    build(verb, wrap) {
      for (const source of ['claude-code', 'codex'] as const) {
        verb
          .command(`${source} [path]`)
          .description(`${SOURCES[source].doc} (default: ${SOURCES[source].folder().replace(homedir(), '~')})`)
          .option('--json', 'print the summary per session as JSON')
          .option('--data <folder>', 'write into this data folder instead of the running stack')
          .option('--dry-run', 'read and summarise only')
          .action(
            wrap((env, path: string | undefined, options: ImportOptions) =>
              runSessions(env, source, path, options, openData, ownPrices),
            ),
          );
      }
      importOpenmetrics(verb, wrap);
      verb
        .command('otlp-json <path>')
        .description("OTLP/JSON files, as the Collector's file exporter writes them, to the running stack")
        .option('--json', 'print what was sent as JSON')
        .action(wrap((env, path: string, options: ImportOptions) => runOtlpJson(env, path, options)));
    },
  });
}

async function runSessions(
  env: CommandEnvironment,
  source: keyof typeof SOURCES,
  path: string | undefined,
  options: ImportOptions,
  openData: OpenDataFolder,
  ownPrices: OwnPrices,
): Promise<ExitCode> {
  const from = path === undefined ? SOURCES[source].folder() : resolve(env.cwd, path);
  const sessions = await SOURCES[source].read(from, ownPrices(env.cwd), progress(env, 'reading'));
  if (sessions.length === 0) throw new ImportSourceError(`${from} holds no ${source} session`);
  const stored = options.dryRun === true ? 'nothing was stored' : await store(env, sessions, options, openData);
  if (options.json === true) env.out(`${JSON.stringify(toJson(sessions), undefined, 2)}\n`);
  else env.out(table(sessions));
  env.err(`${plural(sessions.length, 'session')} read from ${from}; ${stored}\n`);
  for (const note of notesOn(sessions)) env.err(`note: ${note}\n`);
  return EXIT.ok;
}

/** What a reader of the sums should know. */
function notesOn(sessions: readonly ImportedSession[]): string[] {
  const sum = (pick: (session: ImportedSession) => number): number =>
    sessions.reduce((total, session) => total + pick(session), 0);
  const notes: readonly (readonly [number, (count: number) => string])[] = [
    [
      sum(({ badLines }) => badLines),
      (n) => `${plural(n, 'line')} could not be read and ${n === 1 ? 'was' : 'were'} left out`,
    ],
    [
      sum(({ inheritedCalls }) => inheritedCalls),
      (n) => `${plural(n, 'call')} repeated from an earlier session; the ledger counts each once`,
    ],
    [
      sum(({ callsWithoutUsage }) => callsWithoutUsage),
      (n) => `${plural(n, 'call')} without a usage in the log: tokens unknown`,
    ],
    [
      sum(({ callsWithoutCost }) => callsWithoutCost),
      (n) => `${plural(n, 'call')} without a known price: cost is that of the others; own prices go into pricing.file`,
    ],
    [sum(({ apiErrors }) => apiErrors), (n) => `${plural(n, 'request')} failed for good and count as no call`],
    [sum(({ unansweredToolCalls }) => unansweredToolCalls), (n) => `${plural(n, 'tool call')} without a result`],
  ];
  return notes.filter(([count]) => count > 0).map(([count, text]) => text(count));
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** Writes the spans; says where they went. */
async function store(
  env: CommandEnvironment,
  sessions: readonly ImportedSession[],
  options: ImportOptions,
  openData: OpenDataFolder,
): Promise<string> {
  const stack = new StackTarget(env.stackUrl, commandClock, env.signal);
  const toStack = options.data === undefined && (await stack.isReachable());
  const { folder, target } = toStack ? { folder: '', target: stack } : await openData(env.cwd, options.data);
  const report = progress(env, 'storing');
  try {
    for (const [index, session] of sessions.entries()) {
      await target.write(session.spans);
      report(index + 1, sessions.length);
    }
  } finally {
    await target.close();
  }
  return toStack ? `stored by ${env.stackUrl}` : `stored in ${folder}`;
}

async function runOtlpJson(env: CommandEnvironment, path: string, options: ImportOptions): Promise<ExitCode> {
  const outcomes = await importOtlpJson(resolve(env.cwd, path), env.stackUrl, env.signal, progress(env, 'sending'));
  if (options.json === true) env.out(`${JSON.stringify(outcomes, undefined, 2)}\n`);
  else
    for (const { file, signals } of outcomes)
      env.out(
        `${file}: ${signals.traces} requests of traces, ${signals.metrics} of metrics, ${signals.logs} of logs\n`,
      );
  return EXIT.ok;
}

/** A bar on the terminal; silent elsewhere. */
function progress(env: CommandEnvironment, what: string): OnProgress {
  if (!env.interactive) return () => undefined;
  return (done, total) => {
    const width = Math.max(10, Math.min(40, env.columns - 40));
    const filled = Math.round((done / total) * width);
    env.err(
      `\r${what} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total}${done === total ? '\n' : ''}`,
    );
  };
}

function toJson(sessions: readonly ImportedSession[]) {
  return {
    sessions: sessions.map((session) => {
      const totals = sessionTotals(session);
      const [main, ...subAgents] = session.agents;
      return {
        session: session.session,
        sessionId: session.session,
        assistant: session.assistant,
        file: session.file,
        start: new Date(session.start).toISOString(),
        end: new Date(session.end).toISOString(),
        turns: session.turns,
        models: session.models,
        /** Sub-agents included, here and below. */
        modelCalls: totals.modelCalls,
        toolCalls: totals.toolCalls,
        failedToolCalls: session.failedToolCalls,
        unansweredToolCalls: session.unansweredToolCalls,
        subAgents: subAgents.length,
        startedSubAgents: session.startedSubAgents,
        tokens: tokensJson(totals.usage),
        costUsd: totals.costUsd ?? null,
        apiErrors: session.apiErrors,
        callsWithoutUsage: session.callsWithoutUsage,
        callsWithoutCost: session.callsWithoutCost,
        inheritedCalls: session.inheritedCalls,
        main: main === undefined ? null : agentJson(main),
        agents: subAgents.map(agentJson),
        badLines: session.badLines,
      };
    }),
    totals: totalsJson(sessions),
  };
}

function agentJson(agent: ImportedSession['agents'][number]) {
  return {
    agentId: agent.agentId,
    name: agent.name,
    modelCalls: agent.modelCalls,
    toolCalls: agent.toolCalls,
    tokens: tokensJson(agent.usage),
    costUsd: agent.costUsd ?? null,
  };
}

/** Classes that add up: `input` (all) = `uncached` + `cacheRead` + `cacheWrite`. */
function tokensJson(usage: TokenUsage) {
  return {
    input: usage.input ?? null,
    uncached: usage.uncached ?? null,
    cacheRead: usage.cacheRead ?? null,
    cacheWrite: usage.cacheWrite ?? null,
    cacheWrite5m: usage.cacheWrite5m ?? null,
    cacheWrite1h: usage.cacheWrite1h ?? null,
    output: usage.output ?? null,
    reasoning: usage.reasoning ?? null,
    total: totalTokens(usage) ?? null,
  };
}

function totalsJson(sessions: readonly ImportedSession[]) {
  return {
    sessions: sessions.length,
    /** Calls that several sessions repeat count once. */
    modelCalls: new Set(sessions.flatMap(({ callIds }) => callIds)).size,
    toolCalls: sessions.reduce((sum, session) => sum + sessionTotals(session).toolCalls, 0),
    subAgents: sessions.reduce((sum, session) => sum + session.agents.length - 1, 0),
  };
}

function table(sessions: readonly ImportedSession[]): string {
  const head = [
    'session',
    'started',
    'calls',
    'uncached',
    'cache read',
    'cache write',
    'output',
    'tools',
    'agents',
    'cost',
  ];
  const rows = sessions.map((session) => {
    const { usage, modelCalls, toolCalls, costUsd } = sessionTotals(session);
    const count = (value: number | undefined): string => (value === undefined ? '–' : value.toLocaleString('en-US'));
    return [
      session.session,
      new Date(session.start).toISOString().slice(0, 16).replace('T', ' '),
      count(modelCalls),
      count(usage.uncached),
      count(usage.cacheRead),
      count(usage.cacheWrite),
      count(usage.output),
      count(toolCalls),
      count(session.agents.length - 1),
      costUsd === undefined ? '–' : `$${costUsd.toFixed(4)}`,
    ];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return `${[head, ...rows].map(line).join('\n')}\n`;
}
