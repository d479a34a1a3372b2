import { createHash } from 'node:crypto';
import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { Ticker } from '../../base/ticker';
import { GEN_AI, TELLTALE } from '../../domain/gen-ai';
import type { LedgerRow, SessionActivity } from '../../domain/ledger';
import type { LogRecord } from '../../domain/log-record';
import type { Resource } from '../../domain/resource';
import type { Span } from '../../domain/span';
import type { LedgerWriter, SpanWriter } from '../../storage';
import type { Reading } from '../dialects';
import type { ReadingListener } from './ledger-stage';

/** What the synthesizer is made of. */
export interface TraceSynthesizerParts {
  readonly spans: Pick<SpanWriter, 'write'>;
  readonly ledger: LedgerWriter;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A turn whose events are being gathered. */
interface PendingTurn {
  readonly id: string;
  readonly session: string;
  readonly emitter: string;
  readonly resource: Resource;
  readonly calls: Map<string, LedgerRow>;
  readonly activities: Map<string, SessionActivity>;
  lastSeen: EpochMillis;
}

/** From when to when a turn went, as last written. */
interface TurnWindow {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
}

/** Assistants whose events tell enough to make a trace of. */
const EMITTERS = new Set(['claude-code', 'codex', 'gemini-cli']);
/** A turn without an event for so long is written. Spans are exported every five seconds: by then they would be here. */
const SETTLE: Millis = 15_000;
const PERIOD: Millis = 5000;
/** Turns gathered at once at most; the oldest is written early beyond. */
const MAX_TURNS = 2000;
/** Calls and activities kept of one turn at most. */
const MAX_ITEMS = 5000;
/** Sessions remembered for having sent spans of their own. */
const MAX_SESSIONS = 10_000;

/**
 * Makes traces from events for assistants that send no spans: a root per turn, below it its model calls, tool calls and
 * waits, all marked `telltale.synthetic`. A session that sends spans of its own gets none: real spans take their place.
 */
export class TraceSynthesizer implements ReadingListener {
  private readonly turns = new Map<string, PendingTurn>();
  private readonly latestTurn = new Map<string, string>();
  private readonly withSpans = new Set<string>();
  /** Windows of the turns written: what comes later belongs to the same root, with the same start. */
  private readonly written = new Map<string, TurnWindow>();
  private readonly ticker: Ticker;

  constructor(private readonly parts: TraceSynthesizerParts) {
    this.ticker = new Ticker(parts.clock, PERIOD, (at) => this.settle(at));
  }

  start(): void {
    this.ticker.start();
  }

  /** Writes what was gathered. */
  async stop(): Promise<void> {
    this.ticker.stop();
    await this.settle(Infinity);
  }

  onSpan(_span: Span, reading: Reading): void {
    for (const { session } of [...(reading.calls ?? []), ...(reading.activities ?? [])]) {
      if (session === '' || this.withSpans.has(session)) continue;
      this.withSpans.add(session);
      if (this.withSpans.size > MAX_SESSIONS) dropOldest(this.withSpans);
      for (const [key, turn] of this.turns) if (turn.session === session) this.turns.delete(key);
    }
  }

  onLog(record: LogRecord, emitter: string, reading: Reading): void {
    // A record with a trace of its own needs none from us.
    if (!EMITTERS.has(emitter) || record.traceId !== '') return;
    for (const call of reading.calls ?? []) this.turnOf(call, emitter, record.resource)?.calls.set(call.id, call);
    for (const activity of reading.activities ?? []) {
      if (activity.kind === 'turn') this.latestTurn.set(activity.session, activity.turn);
      this.turnOf(activity, emitter, record.resource)?.activities.set(activity.id, activity);
    }
    if (this.latestTurn.size > MAX_SESSIONS) dropOldest(this.latestTurn);
  }

  /** Writes the turns that have been quiet; the writing of one may fail without keeping back the others. */
  async settle(at: EpochMillis): Promise<void> {
    for (const [key, turn] of this.turns) {
      if (at - turn.lastSeen < SETTLE) continue;
      this.turns.delete(key);
      await this.write(turn);
    }
  }

  private turnOf(
    item: { readonly session: string; readonly turn: string },
    emitter: string,
    resource: Resource,
  ): PendingTurn | undefined {
    if (item.session === '' || this.withSpans.has(item.session)) return undefined;
    const id = item.turn || (this.latestTurn.get(item.session) ?? '');
    const key = keyOf(item.session, id);
    let turn = this.turns.get(key);
    if (turn === undefined) {
      turn = { id, session: item.session, emitter, resource, calls: new Map(), activities: new Map(), lastSeen: 0 };
      this.turns.set(key, turn);
      if (this.turns.size > MAX_TURNS) this.writeOldest();
    }
    turn.lastSeen = this.parts.clock.now();
    return turn.calls.size + turn.activities.size < MAX_ITEMS ? turn : undefined;
  }

  private writeOldest(): void {
    const oldest = this.turns.entries().next();
    if (oldest.done === true) return;
    const [key, turn] = oldest.value;
    this.turns.delete(key);
    void this.write(turn);
  }

  private async write(turn: PendingTurn): Promise<void> {
    try {
      const key = keyOf(turn.session, turn.id);
      const { spans, rows, window } = toTrace(turn, this.written.get(key));
      if (window === undefined) return;
      this.written.delete(key);
      this.written.set(key, window);
      if (this.written.size > MAX_SESSIONS) dropOldest(this.written);
      await this.parts.spans.write(spans);
      await this.parts.ledger.write(rows, []);
    } catch (error) {
      this.parts.logger.warn('a trace made from events was not stored', {
        emitter: turn.emitter,
        error: messageOf(error),
      });
    }
  }
}

/** @param earlier the window of what was written of the turn before. */
function toTrace(
  turn: PendingTurn,
  earlier: TurnWindow | undefined,
): { spans: Span[]; rows: LedgerRow[]; window?: TurnWindow } {
  const traceId = hash(32, 'trace', turn.session, turn.id);
  const rootId = hash(16, 'turn', turn.session, turn.id);
  const children: Span[] = [];
  const rows: LedgerRow[] = [];
  let root: SessionActivity | undefined;
  const make = (
    spanId: string,
    name: string,
    at: EpochMillis,
    durationMs: Millis,
    ok: boolean,
    attributes: Readonly<Record<string, string | number | boolean | undefined>>,
    kind: Span['kind'] = 'internal',
  ): Span => ({
    traceId,
    spanId,
    parentSpanId: spanId === rootId ? '' : rootId,
    traceState: '',
    flags: 1,
    name,
    kind,
    startUnixNano: toNano(at),
    endUnixNano: toNano(at + durationMs),
    attributes: Object.fromEntries(
      Object.entries({
        ...attributes,
        [GEN_AI.conversationId]: turn.session,
        [TELLTALE.turnId]: turn.id,
        [TELLTALE.dialect]: turn.emitter,
        [TELLTALE.synthetic]: true,
      }).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value]])),
    ),
    events: [],
    links: [],
    status: { code: ok ? 'unset' : 'error', message: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: turn.resource,
    scope: { name: 'telltale/synthetic', version: '', attributes: {}, schemaUrl: '' },
  });
  for (const call of turn.calls.values()) {
    const spanId = hash(16, 'call', call.id);
    const model = call.responseModel || call.requestModel;
    children.push(
      make(
        spanId,
        `chat ${model}`.trim(),
        call.at,
        call.latencyMs ?? 0,
        call.outcome === 'ok',
        {
          [GEN_AI.operationName]: call.operation,
          [GEN_AI.providerName]: call.provider,
          [GEN_AI.requestModel]: call.requestModel,
          [GEN_AI.responseModel]: call.responseModel,
          [GEN_AI.inputTokens]: call.usage.input,
          [GEN_AI.outputTokens]: call.usage.output,
          [GEN_AI.cacheReadTokens]: call.usage.cacheRead,
          [GEN_AI.cacheWriteTokens]: call.usage.cacheWrite,
          [GEN_AI.reasoningTokens]: call.usage.reasoning,
          'error.type': call.errorType,
        },
        'client',
      ),
    );
    rows.push({ ...call, traceId, spanId });
  }
  for (const activity of turn.activities.values()) {
    if (activity.kind === 'turn') root = activity;
    else if (activity.kind === 'tool' || activity.kind === 'agent')
      children.push(
        make(
          hash(16, activity.kind, activity.id),
          activity.kind === 'tool' ? `execute_tool ${activity.name}` : `invoke_agent ${activity.name}`,
          activity.at,
          activity.durationMs ?? 0,
          activity.ok !== false,
          {
            [GEN_AI.operationName]: activity.kind === 'tool' ? 'execute_tool' : 'invoke_agent',
            [activity.kind === 'tool' ? GEN_AI.toolName : GEN_AI.agentName]: activity.name,
            'error.type': activity.errorType,
          },
        ),
      );
  }
  if (children.length === 0) return { spans: [], rows: [] };
  const starts = children.map((span) => span.startUnixNano);
  const ends = children.map((span) => span.endUnixNano);
  const first = Number(starts.reduce((a, b) => (a < b ? a : b)) / 1_000_000n);
  const last = Number(ends.reduce((a, b) => (a > b ? a : b)) / 1_000_000n) + 1;
  const start = earlier?.start ?? Math.min(root?.at ?? first, first);
  const end = Math.max(start, last, earlier?.end ?? start);
  const top = make(rootId, `invoke_agent ${turn.emitter}`, start, end - start, true, {
    [GEN_AI.operationName]: 'invoke_agent',
    [GEN_AI.agentName]: turn.emitter,
  });
  return { spans: [top, ...children], rows, window: { start, end } };
}

function keyOf(session: string, turn: string): string {
  return `${session}\u0000${turn}`;
}

function hash(digits: 16 | 32, ...parts: readonly string[]): string {
  return createHash('sha256')
    .update(['synthetic', ...parts].join('\u0000'))
    .digest('hex')
    .slice(0, digits);
}

function toNano(millis: EpochMillis): bigint {
  return BigInt(Math.round(millis * 1000)) * 1000n;
}

function dropOldest(collection: Set<string> | Map<string, unknown>): void {
  const oldest = collection.keys().next();
  if (oldest.done !== true) collection.delete(oldest.value);
}
