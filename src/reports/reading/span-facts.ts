import { GEN_AI } from '../../domain/gen-ai';
import type { LedgerRow } from '../../domain/ledger';
import { STAGE_ATTRIBUTE } from '../../domain/stage';
import type { SpanDetail, SpanDetailQuery, SpanDigester } from '../../storage';
import type { PeriodFacts, RequestFacts, StatementFacts, ToolCallFacts } from '../facts';
import type { ReportPeriod } from '../report';
import type { Page } from './call-pages';

/** Spans read in detail at most. */
const MAX_DETAILS = 30_000;
/** Spans that one answer should be about: a larger one would hold up everything else while it is unpacked, or made. */
const SPANS_PER_ANSWER = 10_000;
const PACKED_SPANS_PER_ANSWER = 25_000;

/** Attributes that hold the same thing, the most telling first: ours and the conventions', then what assistants write. */
const TOOL_NAME = [GEN_AI.toolName, 'tool_name', 'function_name', 'tool.name'] as const;
const TOOL_ARGUMENTS = [
  GEN_AI.toolCallArguments,
  'file_path',
  'full_command',
  'function_args',
  'tool_parameters',
  'github.copilot.tool.parameters.file_path',
  'github.copilot.tool.parameters.command',
  'input.value',
] as const;
const RESULT_BYTES = ['telltale.tool.result.size_bytes', 'tool_result_size_bytes', 'content_length'] as const;
const RESULT_TOKENS = ['result_tokens'] as const;
const RESULT_TEXT = [GEN_AI.toolCallResult, 'output.value'] as const;
const SESSION = [GEN_AI.conversationId, 'session.id', 'conversation.id'] as const;
const STATEMENT = ['db.query.text', 'db.statement', 'db.query.summary'] as const;
const DATABASE = ['db.system.name', 'db.system'] as const;
const METHOD = ['http.request.method', 'http.method'] as const;
const HOST = ['server.address', 'net.peer.name', 'http.host'] as const;
const RESENDS = ['http.request.resend_count', 'http.resend_count'] as const;
const FAILED = ['error.type', 'success'] as const;
/** Spans of opening a connection, as the net and http instrumentations of several languages name them. */
const CONNECTING = ['dns.lookup', 'tcp.connect', 'tls.connect', 'http.connect', 'http.tls', 'http.dns'];
const BYTES_PER_TOKEN = 4;

/** Tools, statements and requests. */
export type SpanFacts = Pick<PeriodFacts, 'toolCalls' | 'statements' | 'requests'>;

/**
 * Reads spans with tools, statements and requests in parts of the traces, each about a few thousand spans, until all
 * are read or enough; hands on each part. Gives the share of the traces that was read.
 * @param spans how many spans there are in all, to choose the size of a part.
 */
export async function readDetails(
  source: SpanDigester,
  period: ReportPeriod,
  spans: number,
  take: (details: Page<SpanDetail>) => Promise<void>,
): Promise<number> {
  const size = source.packedDetails === undefined ? SPANS_PER_ANSWER : PACKED_SPANS_PER_ANSWER;
  const parts = Math.max(1, Math.min(1024, Math.ceil(spans / size)));
  let read = 0;
  let taken = 0;
  while (read < parts && taken < MAX_DETAILS) {
    const query: SpanDetailQuery = {
      start: period.start,
      end: period.end - 1,
      withKey: [...TOOL_NAME, ...STATEMENT, ...METHOD],
      withName: CONNECTING,
      read: [
        ...TOOL_NAME,
        ...TOOL_ARGUMENTS,
        ...RESULT_BYTES,
        ...RESULT_TOKENS,
        ...SESSION,
        ...STATEMENT,
        ...DATABASE,
        ...METHOD,
        ...HOST,
        ...RESENDS,
        ...FAILED,
        STAGE_ATTRIBUTE,
      ],
      measure: RESULT_TEXT,
      part: { from: read / parts, to: (read + 1) / parts },
      limit: MAX_DETAILS,
    };
    read++;
    taken += await pass(source, query, take);
  }
  return read / parts;
}

/** Hands on one answer, packed where the store can; gives how many spans it holds. */
export async function pass(
  source: SpanDigester,
  query: SpanDetailQuery,
  take: (details: Page<SpanDetail>) => Promise<void>,
): Promise<number> {
  if (source.packedDetails !== undefined) {
    const { bytes, count } = await source.packedDetails(query);
    await take(bytes);
    return count;
  }
  const details = await source.details(query);
  await take(details);
  return details.length;
}

/** What spans tell of tools, statements and requests. */
export function toSpanFacts(details: readonly SpanDetail[], calls: readonly LedgerRow[]): SpanFacts {
  const sessions = new Map(calls.map(({ traceId, session }) => [traceId, session]));
  const byId = new Map(details.map((detail) => [detail.spanId, detail]));
  const connecting = new Map<string, number>();
  for (const detail of details)
    if (CONNECTING.includes(detail.name))
      connecting.set(detail.parentSpanId, (connecting.get(detail.parentSpanId) ?? 0) + detail.durationMs);
  const toolCalls: ToolCallFacts[] = [];
  const statements: StatementFacts[] = [];
  const requests: RequestFacts[] = [];
  for (const detail of details) {
    const tool = first(detail, TOOL_NAME);
    const statement = first(detail, STATEMENT);
    if (tool !== '') toolCalls.push(toToolCall(detail, tool, sessions));
    else if (statement !== '')
      statements.push({
        system: first(detail, DATABASE),
        statement,
        at: detail.startMs,
        durationMs: detail.durationMs,
        stage: stageOf(detail, byId),
        traceId: detail.traceId,
      });
    else if (first(detail, METHOD) !== '' && first(detail, HOST) !== '') {
      const connectMs = connecting.get(detail.spanId);
      requests.push({
        host: first(detail, HOST),
        at: detail.startMs,
        durationMs: detail.durationMs,
        ...(connectMs === undefined ? {} : { connectMs }),
        resends: Number(first(detail, RESENDS)) || 0,
        stage: stageOf(detail, byId),
        traceId: detail.traceId,
      });
    }
  }
  return { toolCalls, statements, requests };
}

function toToolCall(detail: SpanDetail, tool: string, sessions: ReadonlyMap<string, string>): ToolCallFacts {
  const bytes = first(detail, RESULT_BYTES);
  const tokens = first(detail, RESULT_TOKENS);
  const length = RESULT_TEXT.map((key) => detail.lengths[key]).find((known) => known !== undefined);
  const resultBytes = bytes !== '' ? Number(bytes) : tokens !== '' ? Number(tokens) * BYTES_PER_TOKEN : length;
  return {
    session: first(detail, SESSION) || (sessions.get(detail.traceId) ?? ''),
    tool,
    at: detail.startMs,
    durationMs: detail.durationMs,
    ok: !detail.failed && first(detail, ['error.type']) === '' && first(detail, ['success']) !== 'false',
    arguments: first(detail, TOOL_ARGUMENTS),
    ...(resultBytes === undefined || !Number.isFinite(resultBytes) ? {} : { resultBytes }),
    traceId: detail.traceId,
  };
}

/** The stage of the span or of the nearest span around it that tells one; a tool's insides belong to the tool. */
function stageOf(detail: SpanDetail, byId: ReadonlyMap<string, SpanDetail>): string {
  let at: SpanDetail | undefined = detail;
  for (let depth = 0; at !== undefined && depth < 16; depth++) {
    const stage = at.values[STAGE_ATTRIBUTE];
    if (stage !== undefined) return stage;
    if (first(at, TOOL_NAME) !== '') return 'tool';
    at = byId.get(at.parentSpanId);
  }
  return '';
}

function first(detail: SpanDetail, keys: readonly string[]): string {
  for (const key of keys) {
    const value = detail.values[key];
    if (value !== undefined && value !== '') return value;
  }
  return '';
}
